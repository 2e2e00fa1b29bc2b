import { simSubject } from '../../../packages/sim/test/subject.ts';
import type { CloudUnderTest } from '../cloud-under-test.ts';

export const simEc2: CloudUnderTest = {
  name: 'sim-ec2',
  lane: 'sim',
  adapter: '@belay/sim',
  what: 'the simulated cloud of the family ec2, in process and in virtual time',
  // Always the same seed: what fails here fails again.
  open: async () => ({ subject: simSubject('ec2'), close: async () => undefined }),
};
