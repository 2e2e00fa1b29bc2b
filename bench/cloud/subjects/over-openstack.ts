/**
 * The adapter for OpenStack over HTTP, before the small OpenStack of its tests, in virtual time. What takes time takes
 * as long there as in the simulated cloud of that family.
 */

import type { Cloud } from '@belay/cloud';
import { connectOpenstack } from '@belay/openstack';
import { virtualClock } from '@belay/sim';
import {
  type FakeCall,
  type FakeWork,
  fakeOpenstack,
  imageId,
} from '../../../packages/openstack/test/fake-openstack.ts';
import { environmentOf } from '../../../packages/openstack/test/open-fake.ts';
import { type LatencyName, latenciesOf, sampleMs } from '../../../packages/sim/src/latency.ts';
import { seededRandom } from '../../../packages/sim/src/random.ts';
import type { Pair } from '../scene.ts';
import type { Calls, Kind, Wait, Watched } from '../watch.ts';
import type { Subject } from './subject.ts';
import { must, runSwaps } from './swap.ts';

export const overOpenstack: Subject = {
  name: 'belay, openstack over HTTP',
  title:
    "@belay/openstack against the small OpenStack of its tests with the family's latencies, virtual time",
  realTime: false,
  async run(swaps, seed) {
    const clock = virtualClock();
    const random = seededRandom(seed);
    const latencies = latenciesOf('openstack');
    const listeners = new Set<(wait: Wait, id: string, atMs: number) => void>();
    const stack = fakeOpenstack(clock, {
      takesMs: (what) => sampleMs(latencies[takes[what]], random, what),
      wayMs: () => sampleMs(latencies.read, random, 'read') / 2,
      onReached(what, id) {
        for (const hear of listeners) hear(waitFor[what], id, clock.now());
      },
    });
    const source = {
      environment: environmentOf(stack),
      folder: '/nowhere',
      home: '/nowhere',
      readText: async () => undefined,
    };
    const chance = (): number => random.next('chance');
    const cloud = must(await clock.until(connectOpenstack({ source, fetch: stack.fetch, clock, chance })));
    const pairs = await clock.until(makePairs(cloud, swaps));
    await clock.advance(quietMs);
    const watched: Watched = {
      clock,
      onReached(hear) {
        listeners.add(hear);
        return () => listeners.delete(hear);
      },
      calls: (kind) => callsOf(stack.calls, kind),
    };
    return clock.until(runSwaps(cloud, pairs, watched));
  },
};

/** So long nobody asks anything before the swaps begin: they meet paces that are at rest. */
const quietMs = 20_000;

const takes: Readonly<Record<FakeWork, LatencyName>> = {
  launch: 'instances.create',
  attach: 'volumes.attach',
  detach: 'volumes.detach',
};

const waitFor: Readonly<Record<FakeWork, Wait>> = {
  launch: 'instance-running',
  attach: 'volume-attached',
  detach: 'volume-available',
};

const zone = 'nova';
const instanceType = 'm1.tiny';

/** So many servers with a data disk each, made as anybody makes them. */
function makePairs(cloud: Cloud, count: number): Promise<readonly Pair[]> {
  const timeoutMs = 3_600_000;
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `pair-${index + 1}`;
      const [server, volume] = await Promise.all([
        cloud.instances.create({ name, zone, instanceType, imageId }, { key: `${name}/source`, timeoutMs }),
        cloud.volumes.create(
          { name: `${name}-data`, zone, sizeGiB: 100, diskType: 'lab' },
          { key: `${name}/data`, timeoutMs },
        ),
      ]);
      const [sourceId, volumeId] = [must(server).id, must(volume).id];
      must(await cloud.volumes.attach({ volumeId, instanceId: sourceId }, { key: `${name}/on`, timeoutMs }));
      return { name, sourceId, volumeId, zone, instanceType, imageId };
    }),
  );
}

const paths: Readonly<Record<Kind, string>> = { instances: '/servers', volumes: '/volumes' };

/** Every page counts, and so does every id that is asked for alone. */
function callsOf(all: readonly FakeCall[], kind: Kind): Calls {
  const path = paths[kind];
  const reads = all.filter((call) => call.method === 'GET' && isBelow(call.path, path));
  const byTag = reads.filter(looksByTag).length;
  return { byId: reads.length - byTag, byTag };
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** By tag or metadata, and the list that shows which servers Nova cannot show. */
function looksByTag({ path, query }: FakeCall): boolean {
  return path === '/servers' || ['tags', 'tags-any', 'metadata'].some((name) => query.has(name));
}
