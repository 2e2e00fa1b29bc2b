// Two real servers for each promise of the Host port: sshd of Debian, rsync, loop devices with XFS and ext4.

import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type GuestDisk, systemClock } from '@belay/cloud';
import type { HostScene, HostSubject, Side } from '@belay/cloud/conformance';
import { commandInit, type SshServer, sshHosts } from '@belay/host';
import { attachImage, type Box, growDisk, newDisk, openBox } from './box.ts';

const mountPoint = '/srv/data';
const port = 8080;
const place = { provider: 'box', account: 'test', region: 'here' };

/** What a scene of the real subject has beyond what the cases need. */
export interface RealScene extends HostScene {
  readonly boxes: Readonly<Record<Side, Box>>;
  readonly servers: Readonly<Record<Side, SshServer>>;
}

export interface RealSubject extends HostSubject {
  open(): Promise<RealScene>;
}

export function realSubject(folder: string): RealSubject {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true });
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, name)]);
  }
  let scenes = 0;
  return {
    name: 'ssh to sshd of Debian',
    traits: new Set(['timers', 'sqlite', 'http', 'own-address', 'direct-way']),
    levers: new Set(['reboot', 'cutOff', 'twin', 'growDisk', 'vanish', 'spoilFile', 'noWay', 'inCopy']),
    clock: systemClock,
    patienceMs: 60_000,
    open: () => openScene(folder, ++scenes, keys),
  };
}

async function openScene(all: string, number: number, keys: string): Promise<RealScene> {
  const folder = join(all, `scene${number}`);
  // Two networks each; one that did not go away in time is not in the way of the next scene.
  const network = 1 + (number % 30) * 2;
  // One kernel for all scenes: it mounts no second XFS with the same UUID.
  const dataUuid = randomUUID();
  const data = newDisk(join(folder, 'disks/data.img'), 'data-disk-1', 320, dataUuid);
  const spare = newDisk(join(folder, 'disks/spare.img'), 'spare-disk-1', 352);
  const shop = new URL('shop.mjs', import.meta.url).pathname;
  const services = {
    shop: `#!/bin/sh\nexec ${process.execPath} ${shop} ${mountPoint} ${port}\n`,
    worker: '#!/bin/sh\nexec sleep 100000\n',
  };
  const timers = ['clean.timer', 'cron'];
  const shared = { folder, keys, services, timers };
  const boxes = await openBoth(
    openBox({
      ...shared,
      name: 'source',
      network,
      disks: [data],
      fstab: `# as installed\nUUID=${dataUuid} ${mountPoint} xfs defaults,nofail 0 2`,
    }),
    openBox({
      ...shared,
      name: 'target',
      network: network + 1,
      disks: [spare],
      services: { worker: services.worker },
    }),
  );
  const closeBoxes = async (): Promise<void> => {
    await Promise.all([boxes.source.close(), boxes.target.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('the shop serves', () => existsSync(boxes.source.outside(`${mountPoint}/shop.log`)));
  } catch (thrown) {
    await closeBoxes();
    throw thrown;
  }
  const hostKey = readFileSync(join(keys, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const server = ({ address, root }: Box): SshServer => ({
    address,
    identityFile: join(keys, 'user'),
    hostKeys: [hostKey],
    init: commandInit({ program: [join(root, 'supervise')] }),
  });
  const servers = { source: server(boxes.source), target: server(boxes.target) };
  const hosts = sshHosts({
    places: [place],
    reach: ({ id }) => (id === 'source' || id === 'target' ? servers[id] : undefined),
  });
  const disk = (serial: string): GuestDisk => ({ serial, byId: [`virtio-${serial}`] });
  return {
    boxes,
    servers,
    source: hosts.get({ ...place, id: 'source' }),
    target: hosts.get({ ...place, id: 'target' }),
    data: { disk: disk('data-disk-1'), mountPoint, filesystemUuid: dataUuid },
    spare: disk('spare-disk-1'),
    services: ['shop', 'worker'],
    timers,
    database: `${mountPoint}/shop.db`,
    site: { name: 'shop.example', port },
    device: 'eth0',
    files: {
      async write(side, path, text) {
        mkdirSync(dirname(boxes[side].outside(path)), { recursive: true });
        writeFileSync(boxes[side].outside(path), text);
      },
      async read(side, path) {
        const file = boxes[side].outside(path);
        return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      },
      async remove(side, path) {
        rmSync(boxes[side].outside(path));
      },
    },
    levers: {
      reboot: (side) => boxes[side].reboot(),
      cutOff: (side) => boxes[side].cutOff(),
      async twin() {
        const image = join(folder, 'disks/twin.img');
        copyFileSync(data.image, image);
        boxes.source.addDisk(attachImage(image, 'twin-disk-1'));
        return disk('twin-disk-1');
      },
      growDisk: async () => growDisk(data),
      vanish: (path) => boxes.source.plan(`vanish ${path}`),
      spoilFile: () => boxes.source.plan('spoil'),
      noWay: () => void boxes.source.inside('ip', 'route', 'add', 'unreachable', boxes.target.address),
      async inCopy(then) {
        writeFileSync(boxes.source.outside(`${mountPoint}/bulk`), randomBytes(16 * 2 ** 20));
        boxes.source.plan('slow');
        void until('rsync goes slowly', () => existsSync(join(boxes.source.root, 'slow')))
          .then(() => new Promise((wake) => setTimeout(wake, 700)))
          .then(then)
          // What goes wrong there after the case has ended is the case's to tell.
          .catch(() => undefined);
      },
    },
    async close() {
      await hosts.close();
      await closeBoxes();
    },
  };
}

/** Both boxes, or none: one that is up alone is closed again. */
async function openBoth(source: Promise<Box>, target: Promise<Box>): Promise<Readonly<Record<Side, Box>>> {
  const [one, other] = await Promise.allSettled([source, target]);
  if (one.status === 'fulfilled' && other.status === 'fulfilled')
    return { source: one.value, target: other.value };
  for (const end of [one, other]) if (end.status === 'fulfilled') await end.value.close();
  throw one.status === 'rejected' ? one.reason : new Error('The target did not come up.');
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 1_500) throw new Error(`It never came about: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
