import { cloudCases, runConformance, type Subject } from '@belay/cloud/conformance';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../cloud/test/virtual-clock.ts';
import { ec2Cloud } from '../src/ec2-cloud.ts';
import { fakeEc2, zones } from './fake-ec2.ts';

function subject(): Subject {
  const clock = virtualClock();
  const ec2 = fakeEc2(clock);
  const open = () =>
    ec2Cloud({
      account: 'test',
      region: 'xx-test-1',
      client: ec2.api,
      clock,
      chance: () => 0.5,
      visibilityMs: 5_000,
    });
  return {
    name: 'fake EC2',
    cloud: open(),
    traits: new Set(['zone-bound-volumes', 'detach-while-running', 'one-per-key', 'floating-ips']),
    levers: { ...ec2.levers, anotherProcess: open },
    runName: 'run',
    zones,
    instanceType: 't3.micro',
    imageId: 'ami-1',
    diskType: 'gp3',
    missing: { volumeId: 'vol-00000000000000000', instanceId: 'i-00000000000000000' },
    clock,
    patienceMs: 300_000,
    drive: (work) => clock.run(work),
  };
}

describe('the port over EC2', () => {
  for (const one of cloudCases) {
    it(`${one.id}: ${one.title}`, async () => {
      const { results } = await runConformance([one], subject());
      expect(results[0]).toEqual({ id: one.id, title: one.title, verdict: 'passed' });
    });
  }
});
