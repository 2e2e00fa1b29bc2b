// The simulated API without the adapter on top: what it accepts and refuses, at the moment of the request.

import type { Traits } from '@belay/cloud';
import type { Result } from 'neverthrow';
import { faultBook } from '../src/fault-book.ts';
import { type Latencies, latenciesOf } from '../src/latency.ts';
import { seededRandom } from '../src/random.ts';
import type { Refusal } from '../src/refusal.ts';
import { seeding } from '../src/seed.ts';
import { emptyState } from '../src/state.ts';
import { type Family, profileOf } from '../src/traits.ts';
import { type VirtualClock, virtualClock } from '../src/virtual-clock.ts';
import { openWorld, type World } from '../src/world.ts';

export interface Judge {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly imageId: string;
  /** A request; whatever has fallen due until now has happened before it. */
  ask<T>(request: (world: World) => Result<T, Refusal>): Result<T, Refusal>;
  /** Asks for what must be granted, and lets it come to its end. */
  done<T>(request: (world: World) => Result<T, Refusal>): Promise<T>;
  server(name?: string, zone?: string): string;
  volume(name?: string, zone?: string): string;
}

/** All that takes time takes ten seconds here, and reads are never stale. */
const tenSeconds = [10_000, 10_000, 10_000] as const;
const never = [0, 0, 0] as const;

export function openJudge(traits: Family | Traits, latencies: Partial<Latencies> = {}): Judge {
  const clock = virtualClock();
  const profile = profileOf(traits);
  const state = emptyState('judge', clock.now());
  const names = Object.keys(latenciesOf(profile.family));
  const slow = Object.fromEntries(names.map((name) => [name, name === 'visibility' ? never : tenSeconds]));
  const world: World = openWorld({
    at: { provider: 'sim', account: 'test', region: 'here' },
    state,
    clock,
    profile,
    random: seededRandom(state.seed, state.draws),
    faults: faultBook(),
    latencies: latenciesOf(profile.family, { ...slow, ...latencies }),
    reach: () => [world],
    keep: () => undefined,
    emit: () => undefined,
  });
  const seed = seeding(world);
  for (const zone of ['a', 'b']) state.zones[zone] = true;
  for (const diskType of ['ssd', 'hdd']) seed.diskType(diskType);
  seed.instanceType('small', { volumeSlots: 2 });
  seed.instanceType('big', {});
  const imageId = seed.image({ name: 'plain', guest: { os: 'debian 12', kernel: '6.1', services: [] } });
  const ask: Judge['ask'] = (request) => world.change(() => request(world));
  return {
    world,
    clock,
    imageId,
    ask,
    async done(request) {
      const granted = ask(request);
      await clock.advance(20_000);
      world.change(() => undefined);
      return granted._unsafeUnwrap();
    },
    server: (name = 'web', zone = 'a') => seed.server({ name, zone, instanceType: 'small', imageId }),
    volume: (name = 'data', zone = 'a') => seed.volume({ name, zone, sizeGiB: 10, diskType: 'ssd' }),
  };
}
