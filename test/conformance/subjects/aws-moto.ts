import { motoSubject } from '../../aws/subject-moto.ts';
import type { CloudUnderTest } from '../cloud-under-test.ts';

export const awsMoto: CloudUnderTest = {
  name: 'aws-moto',
  lane: 'aws-moto',
  adapter: '@belay/aws',
  what: 'the AWS SDK over HTTP, before moto, an emulator that others wrote; what it lets pass is not applicable there',
  open: ({ runName, say }) => motoSubject({ runName, say }),
};
