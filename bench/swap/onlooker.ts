/**
 * Stands between the steps and the ports, and writes down when the cloud or a server was at work on what. A call that
 * changes the cloud counts until the state was really reached, which the simulated cloud knows, and the news of it had
 * come back; what passes until the wait notices is belay's own, and so is everything between two calls.
 */

import type { Cloud, CloudRegistry, Host, HostRegistry } from '@belay/cloud';
import type { ScaledClock, Sim } from '@belay/sim';
import type { ResultAsync } from 'neverthrow';
import { readMs } from './scene.ts';

/** From when until when something was at work, in milliseconds of the simulated cloud. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Onlooker {
  readonly clouds: CloudRegistry;
  readonly hosts: HostRegistry;
  /** When anything was at work on one of these servers, disks and addresses, in the order in which it ended. */
  spansOf(ids: ReadonlySet<string>): readonly Span[];
}

type Reached = 'volume.detached' | 'volume.attached' | 'address.routed';

export function onlookerOf({ clock, world, clouds, hosts }: Sim<ScaledClock>): Onlooker {
  const work: (Span & { readonly id: string })[] = [];
  const reachedAtMs = new Map<string, number>();
  world.onEvent(({ what, atMs, details }) => {
    for (const id of Object.values(details)) reachedAtMs.set(`${what} ${id}`, atMs);
  });
  /** Writes down how long the call took, or how long the cloud took where that is less. */
  const timed = <T, E>(id: string, call: () => ResultAsync<T, E>, reached?: Reached): ResultAsync<T, E> => {
    const fromMs = clock.now();
    const answer = call();
    void answer.then(() => {
      const thereMs = reachedAtMs.get(`${reached} ${id}`) ?? -1;
      const heardMs = thereMs < fromMs ? Number.POSITIVE_INFINITY : thereMs + readMs / 2;
      work.push({ id, fromMs, untilMs: Math.min(clock.now(), heardMs) });
    });
    return answer;
  };
  const cloudOf = (cloud: Cloud): Cloud => ({
    ...cloud,
    volumes: {
      ...cloud.volumes,
      get: (id, options) => timed(id, () => cloud.volumes.get(id, options)),
      detach: (pair, call) => timed(pair.volumeId, () => cloud.volumes.detach(pair, call), 'volume.detached'),
      attach: (pair, call) => timed(pair.volumeId, () => cloud.volumes.attach(pair, call), 'volume.attached'),
    },
    floatingIps: {
      ...cloud.floatingIps,
      move: (id, way, call) => timed(id, () => cloud.floatingIps.move(id, way, call), 'address.routed'),
    },
  });
  const hostOf = (host: Host, id: string): Host => ({
    ...host,
    services: {
      ...host.services,
      stop: (names, call) => timed(id, () => host.services.stop(names, call)),
      start: (names, call) => timed(id, () => host.services.start(names, call)),
    },
    mounts: {
      ...host.mounts,
      mount: (spec, call) => timed(id, () => host.mounts.mount(spec, call)),
      unmount: (mountPoint, call) => timed(id, () => host.mounts.unmount(mountPoint, call)),
    },
    check: (probe, options) => timed(id, () => host.check(probe, options)),
  });
  return {
    clouds: { ...clouds, get: (at) => cloudOf(clouds.get(at)) },
    hosts: { ...hosts, get: (server) => hostOf(hosts.get(server), server.id) },
    spansOf: (ids) => work.filter(({ id }) => ids.has(id)),
  };
}
