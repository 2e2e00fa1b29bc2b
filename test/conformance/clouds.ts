// All clouds that the cases are put to, in the order of the table. One that is added here is in all that follows.

import type { CloudUnderTest } from './cloud-under-test.ts';
import { aws } from './subjects/aws.ts';
import { awsMoto } from './subjects/aws-moto.ts';
import { openstack, openstackProxy } from './subjects/openstack.ts';
import { simEc2 } from './subjects/sim-ec2.ts';
import { simOpenstack } from './subjects/sim-openstack.ts';

export const clouds: readonly CloudUnderTest[] = [
  simEc2,
  simOpenstack,
  aws,
  awsMoto,
  openstack,
  openstackProxy,
];
