// The scene: a lab in which a shop serves on a server of its own, from a disk of its own, at a floating address.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cloud, cloudRegistry, refAt, systemClock } from '@belay/cloud';
import { commandInit, type SshHosts, sshHosts } from '@belay/host';
import { type Lab, openLab } from '@belay/lab';
import {
  observe,
  type Parameters,
  type Plan,
  type PlanOptions,
  plan,
  type StrategyName,
  type Target,
  type Workload,
} from '@belay/planner';
import { expectOk } from './expect.ts';

export interface Stage {
  readonly lab: Lab;
  readonly cloud: Cloud;
  readonly hosts: SshHosts;
  readonly services: { readonly clouds: ReturnType<typeof cloudRegistry>; readonly hosts: SshHosts };
  /** The shop as it stands now: where it serves, and from which disk. */
  current(): Workload;
  /** The shop has moved there: the server before it is given up. */
  hasMovedTo(instanceId: string): Promise<void>;
  readonly target: Target;
  readonly address: string;
  /** A plan from fresh facts. */
  makePlan(options?: PlanWish): Promise<Plan>;
  close(): Promise<void>;
}

/** Which strategy is wanted, and the figures that own runs have taught. */
interface PlanWish {
  readonly strategy?: StrategyName | undefined;
  readonly parameters?: Partial<Parameters> | undefined;
}

export const mountPoint = '/srv/shop';
const shopFolder = fileURLToPath(new URL('../../examples/lab-shop', import.meta.url));
const node = '/opt/node/node';

/** Makes lab, server, disk, files and address, and starts the shop. Takes some seconds, and more for many files. */
export async function openStage(folder: string, files: number): Promise<Stage> {
  const lab = expectOk(
    await openLab({
      folder,
      zones: ['a'],
      dnsZone: 'lab.example.',
      binds: [
        { from: dirname(process.execPath), to: '/opt/node' },
        { from: shopFolder, to: '/opt/shop' },
      ],
    }),
  );
  const { cloud } = lab;
  const hosts = hostsOf(lab);
  const sizeGiB = 1 + Math.ceil(files / 50_000);
  const spec = { name: 'shop', zone: 'a', instanceType: 'lab.small', imageId: lab.imageId, userData };
  const server = expectOk(await cloud.instances.create(spec, { key: 'stage/server' }));
  const disk = { name: 'shop-data', zone: 'a', sizeGiB, diskType: 'blank' };
  const volume = expectOk(await cloud.volumes.create(disk, { key: 'stage/disk' }));
  const source = refAt(cloud.at, server.id);
  const attached = expectOk(
    await cloud.volumes.attach({ volumeId: volume.id, instanceId: server.id }, { key: 'stage/attach' }),
  );
  const host = hosts.get(source);
  const filesystemUuid = randomUUID();
  const filesystem = { disk: attached.disk, filesystemType: 'ext4', filesystemUuid } as const;
  expectOk(await host.disks.format(filesystem, { key: 'stage/format' }));
  expectOk(
    await host.mounts.mount({ disk: attached.disk, mountPoint, filesystemUuid }, { key: 'stage/mount' }),
  );
  inGuest(folder, server.id, node, '/opt/shop/shop.ts', 'fill', mountPoint, String(files));
  expectOk(await host.services.start(['shop'], { key: 'stage/start' }));
  const ip = expectOk(await cloud.floatingIps.create({}, { key: 'stage/address' }));
  expectOk(await cloud.floatingIps.move(ip.id, { from: undefined, to: server.id }, { key: 'stage/bind' }));
  expectOk(await cloud.snapshots.create({ name: 'nightly', volumeId: volume.id }, { key: 'stage/backup' }));

  let workload: Workload = {
    name: 'shop',
    instance: source,
    volumeId: volume.id,
    mountPoint,
    filesystemUuid,
    floatingIps: [ip.id],
    names: [],
    services: ['shop'],
    probe: { name: 'shop.lab.example', port: 80, path: '/', inARow: 1 },
    rootDisk: 'can-be-made-again',
  };
  const target: Target = {
    at: cloud.at,
    name: 'shop',
    zones: ['a'],
    instanceType: 'lab.large',
    imageId: lab.imageId,
    diskType: 'blank',
    sizeGiB,
    userData,
    carries: {
      filesystems: ['ext4', 'xfs'],
      instanceTypes: ['lab.small', 'lab.large'],
      databases: { sqlite: process.versions['sqlite'] ?? '3' },
    },
  };
  const services = { clouds: cloudRegistry([cloud]), hosts };
  return {
    lab,
    cloud,
    hosts,
    services,
    current: () => workload,
    async hasMovedTo(instanceId) {
      const before = workload;
      const server = expectOk(await cloud.instances.get(instanceId));
      const [data] = server.volumes;
      const mounts = expectOk(await hosts.get(refAt(cloud.at, instanceId)).mounts.list());
      const mount = mounts.find((one) => one.mountPoint === mountPoint);
      if (data === undefined || mount === undefined) throw new Error(`${instanceId} has no data.`);
      const { volumeId } = data;
      const { filesystemUuid: uuid } = mount;
      workload = { ...before, instance: refAt(cloud.at, instanceId), volumeId, filesystemUuid: uuid };
      expectOk(await cloud.instances.delete(before.instance.id, { key: `stage/end/${before.instance.id}` }));
      const call = { key: `stage/backup/${volumeId}` };
      if (volumeId === before.volumeId) return;
      expectOk(await cloud.volumes.delete(before.volumeId, { key: `stage/end/${before.volumeId}` }));
      expectOk(await cloud.snapshots.create({ name: 'nightly', volumeId }, call));
    },
    target,
    address: ip.address,
    async makePlan({ strategy, parameters } = {}) {
      const { instanceType } = expectOk(await cloud.instances.get(workload.instance.id));
      const to = { ...target, instanceType: instanceType === 'lab.small' ? 'lab.large' : 'lab.small' };
      const facts = expectOk(
        await observe(workload, to, services, { clock: systemClock, probe: { sampleMs: 1_000 } }),
      );
      return plan(facts, to, {
        now: new Date().toISOString(),
        accept: acceptances,
        ...(strategy === undefined ? {} : { strategy }),
        ...(parameters === undefined ? {} : { parameters }),
      });
    },
    async close() {
      await hosts.close();
      expectOk(await lab.destroy());
    },
  };
}

/** What nobody can read from outside, and whoever made the scene knows. */
const acceptances: PlanOptions['accept'] = [
  {
    guard: 'versions-match',
    by: 'bench',
    reason: 'both servers run the same shop on the same Node, and its SQLite is in there',
  },
];

function hostsOf(lab: Lab): SshHosts {
  return sshHosts({
    places: [lab.cloud.at],
    async reach({ id }) {
      const door = await lab.door(id);
      return door.isErr()
        ? undefined
        : { ...door.value, init: commandInit({ program: door.value.serviceProgram }) };
    },
  });
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

/** Runs a command inside an instance from the box, past ssh: the scene is set by it, and looked at. */
export function inGuest(folder: string, instanceId: string, ...argv: readonly string[]): string {
  const record = JSON.parse(readFileSync(join(folder, 'instances', `${instanceId}.json`), 'utf8'));
  const { status, stdout, stderr } = spawnSync(
    'nsenter',
    ['--target', String(record.process.pid), '--all', '--', ...argv],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}
