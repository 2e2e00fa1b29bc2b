/**
 * Swaps over the `Cloud` port: belay's own waits, batched for all that wait at once.
 */

import { awsCloud } from '@belay/aws';
import type { Clock, Cloud, CloudError } from '@belay/cloud';
import { createSim, type Family, type Sim } from '@belay/sim';
import { startEc2 } from '@belay/sim/ec2';
import type { Result } from 'neverthrow';
import { type Pair, seedPairs } from '../scene.ts';
import { type Watch, watch } from '../watch.ts';
import type { Subject, Trial } from './subject.ts';

/** The simulated cloud's own adapter, in process and in virtual time. */
export function overSim(family: Family): Subject {
  return {
    name: `belay, sim-${family} in process`,
    title: `belay's waits over a simulated cloud of the family ${family}, virtual time`,
    realTime: false,
    run(swaps, seed) {
      const sim = createSim({ seed, traits: family });
      return sim.clock.until(runSwaps(sim, sim.cloud, swaps));
    },
  };
}

/** The adapter for AWS with the real SDK, over HTTP to a simulated EC2. */
export const overEc2: Subject = {
  name: 'belay, aws over HTTP',
  title: '@belay/aws with the real SDK against the strict EC2 dialect, real time',
  realTime: true,
  async run(swaps, seed) {
    const server = (await startEc2({ world: { seed } }))._unsafeUnwrap();
    try {
      const { account, region } = server.sim.at;
      const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
      const cloud = awsCloud({ account, region, endpoint: server.url, credentials });
      return await runSwaps(server.sim, cloud, swaps);
    } finally {
      await server.close();
    }
  },
};

async function runSwaps(sim: Sim<Clock>, cloud: Cloud, swaps: number): Promise<Trial> {
  const pairs = seedPairs(sim, swaps);
  const onlooker = watch(sim);
  const beganMs = sim.clock.now();
  await Promise.all(pairs.map((pair) => swap(pair, cloud, onlooker)));
  const seconds = (sim.clock.now() - beganMs) / 1_000;
  return { swaps, seconds, ...onlooker.seen() };
}

async function swap(pair: Pair, cloud: Cloud, { nowMs, noticed }: Watch): Promise<void> {
  const { name, sourceId, volumeId, zone, instanceType, imageId } = pair;
  const spec = { name: `${name}-new`, zone, instanceType, imageId };
  const launchedAtMs = nowMs();
  const target = must(await cloud.instances.create(spec, { key: `${name}/launch` }));
  noticed('instance-running', target.id, launchedAtMs);
  const detachedAtMs = nowMs();
  must(await cloud.volumes.detach({ volumeId, instanceId: sourceId }, { key: `${name}/detach` }));
  noticed('volume-available', volumeId, detachedAtMs);
  const attachedAtMs = nowMs();
  must(await cloud.volumes.attach({ volumeId, instanceId: target.id }, { key: `${name}/attach` }));
  noticed('volume-attached', volumeId, attachedAtMs);
}

function must<T>(result: Result<T, CloudError>): T {
  if (result.isErr()) throw new Error(`A swap failed: ${result.error.message}`);
  return result.value;
}
