import type { HealthReport } from '@belay/cloud';
import { recordKey } from './dns.ts';
import { unreachable } from './shell.ts';
import type { InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * Who serves, seen from outside: a name is looked up at the zone's servers, its address followed to an instance, and
 * asked there. Only an instance that really answers counts; a half-moved shop is served by nobody.
 */
export interface Serving {
  readonly instanceId: string | undefined;
  /** Why nobody serves, or who does. */
  readonly detail: string;
}

/** Who answers for this name or address now. */
export function whoServes(world: World, nameOrAddress: string): Serving {
  const name = nameOrAddress.replace(/\.$/, '');
  const addresses = /^[\d.]+$|:/.test(name) ? [name] : resolve(world, `${name}.`);
  if (addresses.length === 0) return { instanceId: undefined, detail: `${name} has no address.` };
  let detail = '';
  for (const address of addresses) {
    const instance = holderOf(world, address);
    if (instance === undefined) {
      detail ||= `${address} leads to no server.`;
      continue;
    }
    const report = answerOf(world, instance.id, name);
    if (report.healthy) return { instanceId: instance.id, detail: report.detail };
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
  if (!isKnown && !/^[\d.]+$|:/.test(name))
    return { healthy: false, detail: `404: ${instanceId} has no site ${name}.` };
  return { healthy: true, detail: `200 from ${guest.hostname} (${instanceId}).` };
}

/** The instance that packets for this address reach. */
export function holderOf(world: World, address: string): InstanceRecord | undefined {
  const { instances, floatingIps } = world.state;
  const floating = Object.values(floatingIps).find((one) => one.address === address);
  if (floating !== undefined)
    return floating.routedTo === undefined ? undefined : instances[floating.routedTo];
  return Object.values(instances).find(
    ({ publicAddress, privateAddress, state }) =>
      state !== 'gone' && (publicAddress === address || privateAddress === address),
  );
}

/** The addresses of a name, through aliases. */
function resolve(world: World, name: string, depth = 0): readonly string[] {
  const { dns } = world.state;
  const own = [dns[recordKey(name, 'A')], dns[recordKey(name, 'AAAA')]].flatMap(
    (entry) => entry?.served?.values ?? [],
  );
  const alias = dns[recordKey(name, 'CNAME')]?.served?.values[0];
  return own.length > 0 || alias === undefined || depth > 8 ? own : resolve(world, alias, depth + 1);
}

/** The names that the data on this disk belong to: its folders under `sites/`. */
function sitesOn(volume: VolumeRecord | undefined): readonly string[] {
  const paths = Object.keys(volume?.filesystem?.files ?? {});
  return [...new Set(paths.flatMap((path) => /^sites\/([^/]+)/.exec(path)?.[1] ?? []))];
}
