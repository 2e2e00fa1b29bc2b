// A volume swap on OpenStack, from the first call to the last. It makes a small server with a data disk and an
// address, moves all of it to a server of another flavor, shows what happened, and takes everything away again.
//
//     OS_CLOUD=mycloud BELAY_IMAGE=… BELAY_NETWORK=… \
//       npx node --conditions=@belay/source examples/volume-swap-openstack.ts
//
// The cloud and its credentials are found as OpenStack's own clients find them: `clouds.yaml`, or OS_AUTH_URL and its
// like. BELAY_KEEP=1 keeps what was made. The insides of the two servers are on paper: see
// `volume-swap/paper-hosts.ts`.

import { cloudRegistry } from '@belay/cloud';
import { connectOpenstack } from '@belay/openstack';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from './volume-swap/paper-hosts.ts';
import { services, setUp, tearDown } from './volume-swap/workload.ts';

const env = process.env;
const name = env['BELAY_NAME'] ?? 'belay-example';
const folder = env['BELAY_FOLDER'] ?? '.';
const imageId = env['BELAY_IMAGE'];
if (imageId === undefined) throw new Error('Set BELAY_IMAGE to the id of an image: openstack image list');

const connected = await connectOpenstack({ floatingNetwork: env['BELAY_FLOATING_NETWORK'] });
if (connected.isErr()) throw new Error(connected.error.message);
const cloud = connected.value;
const hosts = paperHosts(`${folder}/${name}.hosts.json`, cloud, services);
const runner = await openRunner({
  graphs: planner.graphs,
  services: { clouds: cloudRegistry([cloud]), hosts },
  journal: sqliteJournal(`${folder}/${name}.db`),
});

const made = await setUp(cloud, hosts, {
  name,
  zone: env['BELAY_ZONE'] ?? 'nova',
  imageId,
  instanceType: env['BELAY_FLAVOR'] ?? 'm1.tiny',
  newInstanceType: env['BELAY_NEW_FLAVOR'] ?? 'm1.small',
  diskType: env['BELAY_VOLUME_TYPE'] ?? '__DEFAULT__',
  networkId: env['BELAY_NETWORK'],
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
