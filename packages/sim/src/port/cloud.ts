import type { Cloud, Images } from '@belay/cloud';
import type { ApiOptions } from '../api.ts';
import { describeImage, listImages } from '../images.ts';
import type { World } from '../world.ts';
import { type Adapter, openAdapter } from './adapter.ts';
import { dnsPort } from './dns.ts';
import { floatingIpsPort } from './floating-ips.ts';
import { instancesPort } from './instances.ts';
import { getVisible } from './keyed.ts';
import { pages } from './pages.ts';
import { permissionsPort } from './permissions.ts';
import { reservationsPort } from './reservations.ts';
import { snapshotsPort } from './snapshots.ts';
import { runTask } from './task.ts';
import { imageView } from './view.ts';
import { volumesPort } from './volumes.ts';

/** An adapter of the port over the simulated API, as another process would open one of its own. */
export function openCloud(world: World, options: ApiOptions = {}): Cloud {
  const api = openAdapter(world, options);
  return {
    at: world.at,
    traits: world.profile.traits,
    instances: instancesPort(world, api),
    volumes: volumesPort(world, api),
    snapshots: snapshotsPort(world, api),
    floatingIps: floatingIpsPort(world, api),
    images: imagesPort(world, api),
    dns: dnsPort(world, api),
    reservations: reservationsPort(world, api),
    permissions: permissionsPort(world, api),
  };
}

function imagesPort(world: World, api: Adapter): Images {
  return {
    get: (id, options) =>
      runTask(world, api, 'images.get', options, async (task) =>
        (await getVisible(task, () => task.read('images.get', (inside) => describeImage(inside, id)))).map(
          imageView,
        ),
      ),
    list: (filter, options) =>
      pages(api, 'images.list', options?.signal, listImages, (_, one) =>
        filter?.name === undefined || one.name === filter.name ? imageView(one) : undefined,
      ),
  };
}
