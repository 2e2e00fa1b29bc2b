import { ec2Subject } from '../../../packages/aws/test/subject-ec2.ts';
import type { CloudUnderTest } from '../cloud-under-test.ts';

export const aws: CloudUnderTest = {
  name: 'aws',
  lane: 'aws',
  adapter: '@belay/aws',
  what: 'the AWS SDK over HTTP, before the strict EC2 and Route 53 of the simulator',
  open: ({ runName }) => ec2Subject({ runName }),
};
