// A volume swap on EC2, from the first call to the last. It makes a small server with a data disk and an address,
// moves all of it to a server of another type, shows what happened, and takes everything away again: see
// `volume-swap/carry-out.ts`.
//
//     AWS_REGION=eu-central-1 BELAY_IMAGE=ami-… \
//       npx node --conditions=@belay/source examples/volume-swap-aws.ts
//
// Credentials are found as the AWS SDK finds them. On real EC2 it costs a few cents; `BELAY_KEEP=1` keeps what was
// made. The insides of the two servers are on paper: see `volume-swap/paper-hosts.ts`.

import { awsCloud } from '@belay/aws';
import { carryOut } from './volume-swap/carry-out.ts';

const env = process.env;
const region = env['AWS_REGION'] ?? 'us-east-1';
const imageId = env['BELAY_IMAGE'];
if (imageId === undefined) throw new Error('Set BELAY_IMAGE to an image of this region, such as ami-0abc…');

const cloud = awsCloud({
  account: env['BELAY_ACCOUNT'] ?? 'default',
  region,
  // EC2 may hide for some seconds what it made; an emulator does not.
  visibilityMs: env['AWS_ENDPOINT_URL'] === undefined ? 5_000 : 300,
});
const wanted = {
  name: env['BELAY_NAME'] ?? 'belay-example',
  zone: env['BELAY_ZONE'] ?? `${region}a`,
  imageId,
  instanceType: env['BELAY_TYPE'] ?? 't3.micro',
  newInstanceType: env['BELAY_NEW_TYPE'] ?? 't3.small',
  diskType: 'gp3',
};
const folder = env['BELAY_FOLDER'] ?? '.';
const isFine = await carryOut(cloud, wanted, { folder, keep: env['BELAY_KEEP'] !== undefined });
process.exitCode = isFine ? 0 : 1;
