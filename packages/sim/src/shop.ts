import type { Place } from '@belay/cloud';
import type { Sim } from './sim.ts';

/**
 * A scene to try things on: a web shop on one server, `web12`, with its data on a disk of their own, a floating
 * address and a name; types to grow into, and stock of them in every zone. Asked for again, in a world that has it
 * already, it only says where everything is.
 */
export interface Shop {
  readonly at: Place;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly imageId: string;
  readonly dataVolumeId: string;
  readonly rootVolumeId: string;
  readonly filesystemUuid: string;
  readonly mountPoint: string;
  readonly floatingIpId: string;
  readonly address: string;
  /** As a browser knows it: `shop.example`. */
  readonly name: string;
  /** As DNS knows it: `shop.example.`. */
  readonly recordName: string;
  readonly ttlSeconds: number;
  /** In the order in which they are stopped; started the other way round. */
  readonly services: readonly string[];
  readonly diskType: string;
  readonly dataSizeGiB: number;
}

const instanceName = 'web12';
const filesystemUuid = '6f1c2a54-7d0e-4b59-9f3d-51c8a0e7b912';
const mountPoint = '/data';
const name = 'shop.example';
const recordName = 'shop.example.';
const ttlSeconds = 300;
const services = ['nginx', 'php-fpm', 'mysql'] as const;
const dataSizeGiB = 1000;

const types = {
  'eagle-xl': { vcpus: 4, memoryMiB: 16_384, volumeSlots: 8 },
  'eagle-2xl': { vcpus: 8, memoryMiB: 32_768, volumeSlots: 8 },
  'eagle-3xl': { vcpus: 12, memoryMiB: 49_152, volumeSlots: 8 },
  'eagle-4xl': { vcpus: 16, memoryMiB: 65_536, volumeSlots: 16 },
  'eagle-5xl': { vcpus: 32, memoryMiB: 131_072, volumeSlots: 16 },
} as const;

const machinesEach = 3;

/** Builds the shop, or finds it. Throws where only parts of it are left: it mends nothing. */
export function shopScenario(sim: Pick<Sim, 'at' | 'world'>): Shop {
  const known = Object.values(sim.world.state().instances).find((one) => one.tags['belay:scene'] === 'shop');
  if (known === undefined) build(sim);
  return describe(sim);
}

function build({ world }: Pick<Sim, 'world'>): void {
  const { seed } = world;
  const [zone = 'a', ...otherZones] = Object.keys(world.state().zones);
  const [diskType = 'gp3'] = Object.keys(world.state().diskTypes);
  for (const [type, size] of Object.entries(types)) {
    seed.instanceType(type, size);
    for (const each of [zone, ...otherZones]) world.setStock(type, each, machinesEach);
  }
  const imageId = seed.image({ name: 'web-2026-11', minDiskGiB: 20, guest: webServer });
  seed.image({
    name: 'debian-12',
    minDiskGiB: 8,
    guest: { os: 'debian 12', kernel: '6.1.0-41', services: [] },
  });
  const dataVolumeId = seed.volume({
    name: `${instanceName}-data`,
    zone,
    sizeGiB: dataSizeGiB,
    diskType,
    filesystem: {
      uuid: filesystemUuid,
      type: 'ext4',
      files: {
        'db/orders': 'order 1\norder 2\norder 3\n',
        'db/mysql_version': '8.0.44',
        [`sites/${name}/index.php`]: '<?php echo "Welcome to the shop";',
      },
      otherBytes: 412_000_000_000,
      otherInodes: 2_100_000,
    },
  });
  const instanceId = seed.server({
    name: instanceName,
    zone,
    instanceType: 'eagle-2xl',
    imageId,
    tags: { 'belay:scene': 'shop' },
    writeBytesPerSecond: 2_000_000,
    volumes: [{ volumeId: dataVolumeId, mountPoint }],
  });
  seed.floatingIp({ boundTo: instanceId, tags: { 'belay:scene': 'shop' } });
  const address = Object.values(world.state().floatingIps).find(
    (one) => one.instanceId === instanceId,
  )?.address;
  seed.record({ name: recordName, type: 'A', values: [address ?? ''], ttlSeconds });
}

const webServer = {
  os: 'debian 12',
  kernel: '6.1.0-41',
  databases: { mysql: '8.0.44' },
  services: [
    {
      name: 'mysql',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [2_000, 6_000, 20_000],
      startMs: [1_000, 3_000, 9_000],
    },
    {
      name: 'php-fpm',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [300, 1_000, 5_000],
      startMs: [200, 500, 2_000],
    },
    {
      name: 'nginx',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [200, 800, 3_000],
      startMs: [100, 300, 1_000],
    },
  ],
} as const;

function describe({ at, world }: Pick<Sim, 'at' | 'world'>): Shop {
  const { instances, volumes, images, floatingIps } = world.state();
  const instance = Object.values(instances).find((one) => one.tags['belay:scene'] === 'shop');
  const data = Object.values(volumes).find(
    (one) => one.name === `${instanceName}-data` && one.state !== 'gone',
  );
  const image = Object.values(images).find((one) => one.name === 'web-2026-11');
  const floating = Object.values(floatingIps).find((one) => one.tags['belay:scene'] === 'shop');
  if (instance === undefined || data === undefined || image === undefined || floating === undefined) {
    throw new Error('This world has only parts of the shop left.');
  }
  return {
    at,
    instanceId: instance.id,
    instanceName,
    instanceType: instance.instanceType,
    zone: instance.zone,
    imageId: image.id,
    dataVolumeId: data.id,
    rootVolumeId: instance.rootVolumeId,
    filesystemUuid,
    mountPoint,
    floatingIpId: floating.id,
    address: floating.address,
    name,
    recordName,
    ttlSeconds,
    services,
    diskType: data.diskType,
    dataSizeGiB: data.sizeGiB,
  };
}
