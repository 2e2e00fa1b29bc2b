// A volume swap on OpenStack, from the first call to the last. It makes a small server with a data disk and an
// address, moves all of it to a server of another flavor, shows what happened, and takes everything away again: see
// `volume-swap/carry-out.ts`.
//
//     OS_CLOUD=mycloud BELAY_IMAGE=… BELAY_NETWORK=… \
//       npx node --conditions=@belay/source examples/volume-swap-openstack.ts
//
// The cloud and its credentials are found as OpenStack's own clients find them: `clouds.yaml`, or OS_AUTH_URL and its
// like. BELAY_KEEP=1 keeps what was made. The insides of the two servers are on paper: see
// `volume-swap/paper-hosts.ts`.

import { connectOpenstack } from '@belay/openstack';
import { carryOut } from './volume-swap/carry-out.ts';

const env = process.env;
const imageId = env['BELAY_IMAGE'];
if (imageId === undefined) throw new Error('Set BELAY_IMAGE to the id of an image: openstack image list');

const connected = await connectOpenstack({ floatingNetwork: env['BELAY_FLOATING_NETWORK'] });
if (connected.isErr()) throw new Error(connected.error.message);
const wanted = {
  name: env['BELAY_NAME'] ?? 'belay-example',
  zone: env['BELAY_ZONE'] ?? 'nova',
  imageId,
  instanceType: env['BELAY_FLAVOR'] ?? 'm1.tiny',
  newInstanceType: env['BELAY_NEW_FLAVOR'] ?? 'm1.small',
  diskType: env['BELAY_VOLUME_TYPE'] ?? '__DEFAULT__',
  networkId: env['BELAY_NETWORK'],
};
const folder = env['BELAY_FOLDER'] ?? '.';
const isFine = await carryOut(connected.value, wanted, { folder, keep: env['BELAY_KEEP'] !== undefined });
process.exitCode = isFine ? 0 : 1;
