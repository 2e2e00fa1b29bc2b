// One server of the shop in a lab: what it is made of, how the shop gets onto it, and how belay gets in.

import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ref, refAt } from '@belay/cloud';
import { commandInit, type SshHosts, sshHosts } from '@belay/host';
import { type Lab, openLab } from '@belay/lab';
import type { PlanOptions, Target, Workload } from '@belay/planner';
import { expectOk } from './expect.ts';
import { guestOf } from './guest.ts';

export const mountPoint = '/srv/shop';
const shopFolder = fileURLToPath(new URL('../../examples/lab-shop', import.meta.url));
const node = '/opt/node/node';

/** A lab whose instances see the shop's program; those of labs with one transit reach one another. */
export async function openShopLab(folder: string, region: string, transit?: string): Promise<Lab> {
  return expectOk(
    await openLab({
      folder,
      region,
      zones: ['a'],
      dnsZone: `${region}.example.`,
      transit,
      binds: [
        { from: dirname(process.execPath), to: '/opt/node' },
        { from: shopFolder, to: '/opt/shop' },
      ],
    }),
  );
}

/** The way into the servers of these labs. */
export function hostsOf(labs: readonly Lab[]): SshHosts {
  return sshHosts({
    places: labs.map(({ cloud }) => cloud.at),
    async reach({ id, region }) {
      const door = await labs.find(({ cloud }) => cloud.at.region === region)?.door(id);
      return door === undefined || door.isErr()
        ? undefined
        : { ...door.value, init: commandInit({ program: door.value.serviceProgram }) };
    },
  });
}

/** The first server of the shop, with so many files on a disk of its own; it serves when this resolves. */
export async function firstServer(
  lab: Lab,
  hosts: SshHosts,
  files: number,
  filesystemType: 'ext4' | 'xfs' = 'ext4',
): Promise<ShopOnDisk> {
  const { cloud } = lab;
  const spec = { name: 'shop', zone: 'a', instanceType: 'lab.small', imageId: lab.imageId, userData };
  const server = expectOk(await cloud.instances.create(spec, { key: 'stage/server' }));
  const disk = { name: 'shop-data', zone: 'a', sizeGiB: sizeFor(files), diskType: 'blank' };
  const volume = expectOk(await cloud.volumes.create(disk, { key: 'stage/disk' }));
  const instance = refAt(cloud.at, server.id);
  const attached = expectOk(
    await cloud.volumes.attach({ volumeId: volume.id, instanceId: server.id }, { key: 'stage/attach' }),
  );
  const host = hosts.get(instance);
  const filesystemUuid = randomUUID();
  const filesystem = { disk: attached.disk, filesystemType, filesystemUuid };
  expectOk(await host.disks.format(filesystem, { key: 'stage/format' }));
  expectOk(
    await host.mounts.mount({ disk: attached.disk, mountPoint, filesystemUuid }, { key: 'stage/mount' }),
  );
  await guestOf(lab.folder, server.id)(node, '/opt/shop/shop.ts', 'fill', mountPoint, String(files));
  expectOk(await host.services.start(['shop'], { key: 'stage/start' }));
  return { instance, volumeId: volume.id, mountPoint, filesystemUuid };
}

/** Where the shop's data is. */
export type ShopOnDisk = Pick<Workload, 'instance' | 'volumeId' | 'mountPoint' | 'filesystemUuid'>;

/** Where its data is on the server that it has moved to, as cloud and server say. */
export async function shopOn({ cloud }: Lab, hosts: SshHosts, server: Ref): Promise<ShopOnDisk> {
  const { volumes } = expectOk(await cloud.instances.get(server.id));
  const mounts = expectOk(await hosts.get(server).mounts.list());
  const mount = mounts.find((one) => one.mountPoint === mountPoint);
  const [data] = volumes;
  if (data === undefined || mount === undefined) throw new Error(`${server.id} has no data.`);
  return { instance: server, volumeId: data.volumeId, mountPoint, filesystemUuid: mount.filesystemUuid };
}

/** What is the same of the shop wherever it is. */
export const shop: Pick<Workload, 'name' | 'services' | 'probe' | 'rootDisk'> = {
  name: 'shop',
  services: ['shop'],
  probe: { name: 'shop.lab.example', port: 80, path: '/', inARow: 1 },
  rootDisk: 'can-be-made-again',
};

/** Another server in that lab: of the other type, so that there is something to move for. */
export function targetIn(lab: Lab, typeNow: string, files: number): Target {
  return {
    at: lab.cloud.at,
    name: 'shop',
    zones: ['a'],
    instanceType: typeNow === 'lab.small' ? 'lab.large' : 'lab.small',
    imageId: lab.imageId,
    diskType: 'blank',
    sizeGiB: sizeFor(files),
    userData,
    carries: {
      filesystems: ['ext4', 'xfs'],
      instanceTypes: ['lab.small', 'lab.large'],
      databases: { sqlite: process.versions['sqlite'] ?? '3' },
    },
  };
}

/** What nobody can read from outside, and whoever made the scene knows. */
export const acceptances: NonNullable<PlanOptions['accept']> = [
  {
    guard: 'versions-match',
    by: 'bench',
    reason: 'both servers run the same shop on the same Node, and its SQLite is in there',
  },
];

function sizeFor(files: number): number {
  return 1 + Math.ceil(files / 50_000);
}

/** The shop is installed on every server that is made for it, and does not start where its disk is not. */
const userData = `#!/bin/sh
set -eu
mkdir -p ${mountPoint} /etc/service/shop
cd /etc/service/shop
touch down
cat > run <<'END'
#!/bin/sh
mountpoint -q ${mountPoint} || exit 1
exec ${node} /opt/shop/shop.ts serve ${mountPoint} 80 > /var/log/shop.log 2>&1
END
cat > check <<'END'
#!/bin/bash
exec 3<> /dev/tcp/127.0.0.1/80
END
chmod +x run check
`;
