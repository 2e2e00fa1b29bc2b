/**
 * Swaps over the `Cloud` port: belay's own waits, batched for all that wait at once.
 */

import { awsCloud } from '@belay/aws';
import type { Clock, Cloud } from '@belay/cloud';
import { createSim, type Family, type Sim } from '@belay/sim';
import { startEc2 } from '@belay/sim/ec2';
import { seedPairs } from '../scene.ts';
import { watchedSim } from '../watched-sim.ts';
import type { Subject, Trial } from './subject.ts';
import { runSwaps } from './swap.ts';

/** The simulated cloud's own adapter, in process and in virtual time. */
export function overSim(family: Family): Subject {
  return {
    name: `belay, sim-${family} in process`,
    title: `belay's waits over a simulated cloud of the family ${family}, virtual time`,
    realTime: false,
    run(swaps, seed) {
      const sim = createSim({ seed, traits: family });
      return sim.clock.until(swapsIn(sim, sim.cloud, swaps));
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
      return await swapsIn(server.sim, cloud, swaps);
    } finally {
      await server.close();
    }
  },
};

function swapsIn(sim: Sim<Clock>, cloud: Cloud, swaps: number): Promise<Trial> {
  return runSwaps(cloud, seedPairs(sim, swaps), watchedSim(sim));
}
