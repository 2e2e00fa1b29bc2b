import { simSubject } from '../../../packages/sim/test/subject.ts';
import type { CloudUnderTest } from '../cloud-under-test.ts';

export const simOpenstack: CloudUnderTest = {
  name: 'sim-openstack',
  lane: 'sim',
  adapter: '@belay/sim',
  what: 'the simulated cloud of the family openstack, in process and in virtual time',
  open: async () => ({ subject: simSubject('openstack'), close: async () => undefined }),
};
