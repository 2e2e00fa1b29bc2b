// A process that sleeps in the middle of a call, and is replaced meanwhile: what the SDK has not sent by then it does
// not send when the process wakes up.

import { describe, expect, it } from 'vitest';
import { awsCloud } from '../src/aws-cloud.ts';
import { must, mustFail, openEc2, zones } from './open-ec2.ts';

const spec = { name: 'data', zone: zones[0], sizeGiB: 8, diskType: 'gp3' };

describe('a create of a process that was replaced', () => {
  it('is not sent where it slept while the SDK fetched credentials', async () => {
    const { server, clock, world } = await openEc2();
    let isReplaced = false;
    let fetched = 0;
    const cloud = awsCloud({
      region: server.sim.at.region,
      account: server.sim.at.account,
      endpoint: server.url,
      clock,
      credentials: async () => {
        fetched += 1;
        isReplaced = isAsked;
        // They are over as soon as they are there, so each request fetches its own.
        return { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret', expiration: new Date(0) };
      },
    });
    let isAsked = false;
    const stillOurs = (): boolean => {
      isAsked = true;
      return !isReplaced;
    };
    const error = await mustFail(cloud.volumes.create(spec, { key: 'k', stillOurs }));
    expect(error).toMatchObject({ kind: 'cancelled', applied: 'no' });
    expect(fetched).toBeGreaterThan(0);
    expect(Object.keys(world.state().volumes)).toEqual([]);
  });

  it('is sent where it still is its own to do', async () => {
    const { cloud } = await openEc2();
    const made = await must(cloud.volumes.create(spec, { key: 'k', stillOurs: async () => true }));
    expect(made.state).toBe('available');
  });
});
