// A volume swap on EC2, from the first call to the last. It makes a small server with a data disk and an address,
// moves all of it to a server of another type, shows what happened, and takes everything away again.
//
//     AWS_REGION=eu-central-1 BELAY_IMAGE=ami-… \
//       npx node --conditions=@belay/source examples/volume-swap-aws.ts
//
// Credentials are found as the AWS SDK finds them. On real EC2 it costs a few cents; `BELAY_KEEP=1` keeps what was
// made. The insides of the two servers are on paper: see `volume-swap/paper-hosts.ts`.

import { awsCloud } from '@belay/aws';
import { cloudRegistry } from '@belay/cloud';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from './volume-swap/paper-hosts.ts';
import { services, setUp, tearDown } from './volume-swap/workload.ts';

const env = process.env;
const region = env['AWS_REGION'] ?? 'us-east-1';
const name = env['BELAY_NAME'] ?? 'belay-example';
const folder = env['BELAY_FOLDER'] ?? '.';
const imageId = env['BELAY_IMAGE'];
if (imageId === undefined) throw new Error('Set BELAY_IMAGE to an image of this region, such as ami-0abc…');

const cloud = awsCloud({
  account: env['BELAY_ACCOUNT'] ?? 'default',
  region,
  // EC2 may hide for some seconds what it made; an emulator does not.
  visibilityMs: env['AWS_ENDPOINT_URL'] === undefined ? 5_000 : 300,
});
const hosts = paperHosts(`${folder}/${name}.hosts.json`, cloud, services);
const runner = await openRunner({
  graphs: planner.graphs,
  services: { clouds: cloudRegistry([cloud]), hosts },
  journal: sqliteJournal(`${folder}/${name}.db`),
});

const made = await setUp(cloud, hosts, {
  name,
  zone: env['BELAY_ZONE'] ?? `${region}a`,
  imageId,
  instanceType: env['BELAY_TYPE'] ?? 't3.micro',
  newInstanceType: env['BELAY_NEW_TYPE'] ?? 't3.small',
  diskType: 'gp3',
});
if (made.isErr()) throw new Error(`The workload could not be made: ${made.error.message}`);
const workload = made.value;
console.log(`${workload.sourceId} serves, with ${workload.volumeId} at /srv`);

const outcome = await runner.run(planner.volumeSwap, workload.input, {
  id: `${name}-swap`,
  keys: [`node/${name}`],
});
if (outcome.isErr()) throw new Error(outcome.error.message);
for await (const { event } of runner.events(`${name}-swap`)) {
  if (event.kind === 'done') console.log(`  ${event.step}`);
}
console.log(`the swap: ${outcome.value.state}`);
const volume = await cloud.volumes.get(workload.volumeId);
if (volume.isOk()) {
  for (const { instanceId, disk } of volume.value.attachments) {
    console.log(`${workload.volumeId} is on ${instanceId}, as disk ${disk.serial}`);
  }
}
await runner.close();

if (env['BELAY_KEEP'] === undefined) {
  const errors = await tearDown(cloud, workload);
  for (const error of errors) console.error(`left behind: ${error.message}`);
  console.log(errors.length === 0 ? 'all of it is taken away again' : 'not all of it could be taken away');
  if (errors.length > 0) process.exitCode = 1;
}
if (outcome.value.state !== 'success') process.exitCode = 1;
