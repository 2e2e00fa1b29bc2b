/**
 * The same swaps as somebody writes them with the AWS SDK alone: a call, then the SDK's own waiter for it.
 */

import {
  AttachVolumeCommand,
  DetachVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilVolumeAvailable,
  waitUntilVolumeInUse,
} from '@aws-sdk/client-ec2';
import { startEc2 } from '@belay/sim/ec2';
import { type Pair, seedPairs } from '../scene.ts';
import { type Watch, watch } from '../watch.ts';
import { watchedSim } from '../watched-sim.ts';
import type { Subject } from './subject.ts';

/** How often a waiter looks, in seconds. */
interface Pace {
  readonly minDelay: number;
  readonly maxDelay: number;
}

/** The waiters as they come: they look at once, then after 15 seconds, then ever more rarely. */
export const sdkWaiters: Subject = {
  name: 'AWS SDK waiters',
  title: 'the waiters of the AWS SDK as they come, against the strict EC2 dialect, real time',
  realTime: true,
  run: (swaps, seed) => run(swaps, seed, {}),
};

/** The waiters told to look every second: what their callers can make of them. */
export const sdkWaitersEverySecond: Subject = {
  name: 'AWS SDK waiters, every second',
  title: 'the waiters of the AWS SDK with minDelay and maxDelay of one second, the same otherwise',
  realTime: true,
  run: (swaps, seed) => run(swaps, seed, { minDelay: 1, maxDelay: 1 }),
};

const patienceS = 600;

async function run(swaps: number, seed: number, pace: Partial<Pace>): ReturnType<Subject['run']> {
  const server = (await startEc2({ world: { seed } }))._unsafeUnwrap();
  const client = new EC2Client({
    region: server.sim.at.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  try {
    const pairs = seedPairs(server.sim, swaps);
    const onlooker = watch(watchedSim(server.sim));
    const beganMs = server.sim.clock.now();
    await Promise.all(pairs.map((pair) => swap(pair, client, pace, onlooker)));
    const seconds = (server.sim.clock.now() - beganMs) / 1_000;
    return { swaps, seconds, ...onlooker.seen() };
  } finally {
    client.destroy();
    await server.close();
  }
}

async function swap(pair: Pair, client: EC2Client, pace: Partial<Pace>, { noticed }: Watch): Promise<void> {
  const { sourceId, volumeId: VolumeId, instanceType, imageId: ImageId, zone } = pair;
  const waiter = { client, maxWaitTime: patienceS, ...pace };
  const launched = await client.send(
    new RunInstancesCommand({
      // The SDK knows the types of today by name; a bench needs only one that the simulation knows.
      InstanceType: instanceType as 'm5.large',
      ...{ ImageId, MinCount: 1, MaxCount: 1, Placement: { AvailabilityZone: zone } },
    }),
  );
  const targetId = launched.Instances?.[0]?.InstanceId ?? '';
  await waitUntilInstanceRunning(waiter, { InstanceIds: [targetId] });
  noticed('instance-running', targetId);
  await client.send(new DetachVolumeCommand({ VolumeId, InstanceId: sourceId }));
  await waitUntilVolumeAvailable(waiter, { VolumeIds: [VolumeId] });
  noticed('volume-available', VolumeId);
  await client.send(new AttachVolumeCommand({ VolumeId, InstanceId: targetId, Device: '/dev/sdf' }));
  await waitUntilVolumeInUse(waiter, { VolumeIds: [VolumeId] });
  noticed('volume-attached', VolumeId);
}
