import type { World } from '../world.ts';

/** The account, the region and its zones, by the names that EC2 gives them. */

/** Twelve digits, whatever the account is called elsewhere. */
export function ownerId({ at }: World): string {
  return /^\d{12}$/.test(at.account) ? at.account : '000000000000';
}

/** The name that a zone has in every account: `use1-az1` for `us-east-1a`. */
export function zoneId(world: World, zone: string): string {
  const [area = '', side = '', number = ''] = world.at.region.split('-');
  const region = number === '' ? world.at.region : `${area}${sides[side] ?? side}${number}`;
  return `${region}-az${Object.keys(world.state.zones).indexOf(zone) + 1}`;
}

/** The zone that a request names, in one way or the other. */
export function zoneNamed(
  world: World,
  name: string | undefined,
  id: string | undefined,
): string | undefined {
  if (name !== undefined || id === undefined) return name;
  return Object.keys(world.state.zones).find((zone) => zoneId(world, zone) === id) ?? id;
}

const sides: Readonly<Record<string, string>> = {
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  central: 'c',
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
};

/** A time as EC2 writes it. */
export function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
