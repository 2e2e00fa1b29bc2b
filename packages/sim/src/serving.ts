import { type DnsRecord, type HealthReport, type Ref, refAt } from '@belay/cloud';
import { recordKey } from './dns.ts';
import { unreachable } from './shell.ts';
import type { VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * Who serves, seen from outside: a name is looked up at the zone's servers, its address followed to an instance, and
 * asked there. Only an instance that really answers counts; a half-moved shop is served by nobody.
 */
export interface Serving {
  readonly instanceId: string | undefined;
  /** The same server by its whole reference: it may be in another cloud on the same internet. */
  readonly server?: Ref | undefined;
  /** Why nobody serves, or who does. */
  readonly detail: string;
}

/** Who answers for this name or address now. */
export function whoServes(world: World, nameOrAddress: string): Serving {
  const name = nameOrAddress.replace(/\.$/, '');
  const addresses = isAddress(name) ? [name] : resolve(world, `${name}.`);
  if (addresses.length === 0) return { instanceId: undefined, detail: `${name} has no address.` };
  let detail = '';
  for (const address of addresses) {
    const holder = holderOf(world, address);
    if (holder === undefined) {
      detail ||= `${address} leads to no server.`;
      continue;
    }
    const report = answerOf(holder.world, holder.instanceId, name);
    if (report.healthy) {
      const { instanceId } = holder;
      return { instanceId, server: refAt(holder.world.at, instanceId), detail: report.detail };
    }
    detail ||= report.detail;
  }
  return { instanceId: undefined, detail };
}

/** Would this server answer a request for this name, if it were sent there? */
export function answerOf(world: World, instanceId: string, name: string): HealthReport {
  const guest = world.state.guests[instanceId];
  const why = unreachable(world, instanceId);
  if (guest === undefined || why !== undefined)
    return { healthy: false, detail: why ?? 'There is no server.' };
  const down = guest.services.find(({ state }) => state !== 'active' && state !== 'stopping');
  if (down !== undefined)
    return { healthy: false, detail: `${down.name} is ${down.state} on ${instanceId}.` };
  const stopping = guest.services.find(({ state }) => state === 'stopping');
  if (stopping !== undefined)
    return { healthy: false, detail: `${stopping.name} is stopping on ${instanceId}.` };
  if (guest.services.length === 0) return { healthy: false, detail: `${instanceId} has no service.` };
  const sites = guest.mounts.flatMap(({ volumeId }) => sitesOn(world.state.volumes[volumeId]));
  const isKnown = sites.length === 0 || sites.includes(name.replace(/\.$/, ''));
  if (!isKnown && !isAddress(name))
    return { healthy: false, detail: `404: ${instanceId} has no site ${name}.` };
  return { healthy: true, detail: `200 from ${guest.hostname} (${instanceId}).` };
}

interface Holder {
  readonly world: World;
  readonly instanceId: string;
}

/** The instance that packets for this address reach. */
function holderOf(from: World, address: string): Holder | undefined {
  for (const world of from.reach()) {
    const { instances, floatingIps } = world.state;
    const floating = Object.values(floatingIps).find((one) => one.address === address);
    if (floating !== undefined) {
      return floating.routedTo === undefined ? undefined : { world, instanceId: floating.routedTo };
    }
    const own = Object.values(instances).find(
      ({ publicAddress, privateAddress, state }) =>
        state !== 'gone' && (publicAddress === address || (world === from && privateAddress === address)),
    );
    if (own !== undefined) return { world, instanceId: own.id };
  }
  return undefined;
}

/** The addresses of a name, through aliases, whoever serves its zone. */
function resolve(world: World, name: string, depth = 0): readonly string[] {
  const answers = (type: DnsRecord['type']): readonly string[] =>
    world.reach().flatMap(({ state }) => state.dns[recordKey(name, type)]?.served?.values ?? []);
  const own = [...answers('A'), ...answers('AAAA')];
  const [alias] = answers('CNAME');
  return own.length > 0 || alias === undefined || depth > 8 ? own : resolve(world, alias, depth + 1);
}

function isAddress(name: string): boolean {
  return /^[\d.]+$|:/.test(name);
}

/** The names that the data on this disk belong to: its folders under `sites/`. */
function sitesOn(volume: VolumeRecord | undefined): readonly string[] {
  const paths = Object.keys(volume?.filesystem?.files ?? {});
  return [...new Set(paths.flatMap((path) => /^sites\/([^/]+)/.exec(path)?.[1] ?? []))];
}
