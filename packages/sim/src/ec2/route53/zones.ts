import { fingerprint } from '../../random.ts';
import type { World } from '../../world.ts';

/**
 * The hosted zones of the account: one for each domain that it has record sets in, and those that were named when it
 * was started. The zone of `www.shop.example.` is `shop.example.`, unless a longer one was named.
 */
export interface HostedZone {
  /** As it stands in addresses: `Z08D6A7F22C0E8F6F91B5`. */
  readonly id: string;
  /** With the dot at its end. */
  readonly name: string;
}

/** In the order in which Route 53 lists them: by their labels from the last to the first. */
export function zonesOf(world: World, extra: readonly string[]): readonly HostedZone[] {
  const fromRecords = Object.values(world.state.dns).map(({ name }) => name.split('.').slice(-3).join('.'));
  const names = new Set([...extra.map(absolute), ...fromRecords]);
  return [...names].sort((a, b) => compareNames(a, b)).map((name) => ({ id: idOf(name), name }));
}

/** Does this name belong to the zone? */
export function liesIn(name: string, zone: HostedZone): boolean {
  return name === zone.name || name.endsWith(`.${zone.name}`);
}

/** Names as Route 53 keeps them: lower case, with the dot at the end. */
export function absolute(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/** By labels from the right: all names of a domain stand together. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [reversed(a), reversed(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function reversed(name: string): string {
  return name.split('.').reverse().join('.');
}

function idOf(name: string): string {
  return `Z${(fingerprint(name) + fingerprint(`${name} zone`)).slice(0, 20).toUpperCase()}`;
}
