import type { Cloud, CloudRegistry } from './cloud.ts';
import type { Host, HostRegistry } from './host.ts';
import { missingCloud, missingHost } from './missing.ts';
import { formatPlace, formatRef, type Place, type Ref, samePlace } from './ref.ts';

/**
 * Finds the adapter that answers for a place, or the inside of a server. A place that nobody registered is not a
 * crash: its cloud answers every call with an error that names the place, and the run goes its ordinary way back.
 */

/**
 * The registry of these clouds. Two clouds for one place are a mistake in the program, and throw here, at the start,
 * and not in the middle of a migration.
 */
export function cloudRegistry(clouds: readonly Cloud[]): CloudRegistry {
  const byPlace = new Map<string, Cloud>();
  for (const cloud of clouds) {
    const place = formatPlace(cloud.at);
    if (byPlace.has(place)) throw new Error(`Two clouds are registered for ${place}.`);
    byPlace.set(place, cloud);
  }
  return {
    get: (at) => byPlace.get(formatPlace(at)) ?? missingCloud(at),
    has: (at) => byPlace.has(formatPlace(at)),
    places: () => clouds.map((cloud) => cloud.at),
  };
}

/** Opens the inside of a server, or says by `undefined` that it cannot. Asked anew each time: keep what is costly. */
export type HostOpener = (server: Ref) => Host | undefined;

/** The registry of these hosts, known beforehand. */
export function hostRegistry(hosts: readonly Host[]): HostRegistry;
/** A registry that opens hosts when they are asked for, at these places only. */
export function hostRegistry(open: HostOpener, places: readonly Place[]): HostRegistry;
export function hostRegistry(
  source: readonly Host[] | HostOpener,
  places: readonly Place[] = [],
): HostRegistry {
  if (typeof source !== 'function') return registryOfList(source);
  const has = (at: Place): boolean => places.some((place) => samePlace(place, at));
  return { get: (server) => (has(server) ? source(server) : undefined) ?? missingHost(server), has };
}

function registryOfList(hosts: readonly Host[]): HostRegistry {
  const byRef = new Map(hosts.map((host) => [formatRef(host.at), host]));
  return {
    get: (server) => byRef.get(formatRef(server)) ?? missingHost(server),
    has: (at) => hosts.some((host) => samePlace(host.at, at)),
  };
}
