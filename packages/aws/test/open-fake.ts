import type { Cloud } from '@belay/cloud';
import { type VirtualClock, virtualClock } from '../../cloud/test/virtual-clock.ts';
import { ec2Cloud } from '../src/ec2-cloud.ts';
import { route53Client } from '../src/route53-client.ts';
import { type FakeEc2, fakeEc2 } from './fake-ec2.ts';

export interface Opened {
  readonly clock: VirtualClock;
  readonly ec2: FakeEc2;
  readonly cloud: Cloud;
  /** A second adapter over the same EC2, as another process would open it. */
  open(): Cloud;
}

export function openFake(): Opened {
  const clock = virtualClock();
  const ec2 = fakeEc2(clock);
  const open = (): Cloud =>
    ec2Cloud({
      account: 'test',
      region: 'xx-test-1',
      client: ec2.api,
      dnsClient: route53Client({ region: 'xx-test-1' }),
      clock,
      chance: () => 0.5,
      visibilityMs: 5_000,
    });
  return { clock, ec2, cloud: open(), open };
}
