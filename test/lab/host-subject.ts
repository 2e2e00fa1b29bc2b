// Two servers of a lab for each promise of the Host port: disks, boots and twins come by the lab's own cloud port.

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GuestDisk, type Ref, refAt, systemClock } from '@belay/cloud';
import type { HostScene, HostSubject, Side } from '@belay/cloud/conformance';
import { commandInit, sshHosts } from '@belay/host';
import type { Lab } from '@belay/lab';
import { rsyncScript } from '../host/scripts.ts';
import { inGuest, outside } from './box.ts';
import { must, openTestLab, pause } from './open.ts';

const mountPoint = '/srv/data';
const port = 8080;

/** Where the program that stands before rsync keeps its plan, and rsync itself. */
const rehearsal = '/var/lib/rehearsal';

/** The cases have timers of an init system: a lab's servers have services, and nothing that starts by the clock. */
export async function labHosts(folder: string): Promise<{ lab: Lab; subject: HostSubject }> {
  const programs = fileURLToPath(new URL('../host', import.meta.url));
  const lab = await openTestLab(folder, {
    binds: [
      { from: dirname(process.execPath), to: '/opt/node' },
      { from: programs, to: '/opt/shop' },
    ],
  });
  let scenes = 0;
  return {
    lab,
    subject: {
      name: 'servers of a lab',
      traits: new Set(['sqlite', 'http', 'own-address', 'direct-way']),
      levers: new Set(['reboot', 'cutOff', 'twin', 'growDisk', 'vanish', 'spoilFile', 'noWay', 'inCopy']),
      clock: systemClock,
      patienceMs: 60_000,
      open: () => openScene(lab, `scene-${++scenes}`),
    },
  };
}

async function openScene(lab: Lab, name: string): Promise<HostScene> {
  const { cloud, folder } = lab;
  const { instances, volumes, snapshots } = cloud;
  const hosts = sshHosts({
    places: [cloud.at],
    async reach({ id }) {
      const door = await lab.door(id);
      if (door.isErr()) return undefined;
      return { ...door.value, init: commandInit({ program: door.value.serviceProgram }) };
    },
  });
  const made: string[] = [];
  const server = async (side: Side): Promise<Made> => {
    const key = `${name}/${side}`;
    const userData = side === 'source' ? installAll : installWorker;
    const spec = { name: side, zone: 'a', instanceType: 'lab.small', imageId: lab.imageId, userData };
    const { id, privateAddresses } = await must(instances.create(spec, { key }));
    const disk = { name: key, zone: 'a', sizeGiB: 1, diskType: 'blank' };
    const { id: volumeId } = await must(volumes.create(disk, { key: `${key}/disk` }));
    made.push(volumeId);
    const attached = await must(volumes.attach({ volumeId, instanceId: id }, { key: `${key}/attach` }));
    return { ref: refAt(cloud.at, id), volumeId, disk: attached.disk, address: privateAddresses[0] ?? '' };
  };
  const [source, target] = await Promise.all([server('source'), server('target')]);
  const sides: Readonly<Record<Side, Made>> = { source, target };
  const path = (side: Side, file: string): string => outside(folder, sides[side].ref.id, file);
  const plan = (text: string): void => writeFileSync(path('source', `${rehearsal}/plan`), text);
  const from = hosts.get(source.ref);
  let booted = Promise.resolve();
  const filesystemUuid = randomUUID();
  const data = { disk: source.disk, mountPoint, filesystemUuid };
  await must(from.disks.format({ ...data, filesystemType: 'xfs' }, { key: `${name}/format` }));
  await must(from.mounts.mount(data, { key: `${name}/mount` }));
  await must(from.services.start(['shop', 'worker'], { key: `${name}/start` }));
  await until('the shop serves', () => existsSync(path('source', `${mountPoint}/shop.log`)));
  return {
    source: from,
    target: hosts.get(target.ref),
    data,
    spare: target.disk,
    services: ['shop', 'worker'],
    database: `${mountPoint}/shop.db`,
    site: { name: 'shop.example', port },
    device: 'eth0',
    files: {
      async write(side, file, text) {
        mkdirSync(dirname(path(side, file)), { recursive: true });
        writeFileSync(path(side, file), text);
      },
      async read(side, file) {
        return existsSync(path(side, file)) ? readFileSync(path(side, file), 'utf8') : undefined;
      },
      async remove(side, file) {
        rmSync(path(side, file));
      },
    },
    levers: {
      reboot(side) {
        const { id } = sides[side].ref;
        const call = { key: `${name}/${randomUUID()}` };
        booted = must(lab.pullPlug(id, call).andThen(() => instances.start(id, call))).then(() => undefined);
        return booted;
      },
      cutOff(side) {
        const { id } = sides[side].ref;
        inGuest(folder, id, 'sh', '-c', 'sv -w 5 force-stop /etc/service/ssh; pkill -KILL sshd; true');
        return () => void inGuest(folder, id, 'sv', 'start', '/etc/service/ssh');
      },
      async twin() {
        const { volumeId } = source;
        const taken = await must(snapshots.create({ name: 'twin', volumeId }, { key: `${name}/snapshot` }));
        const spec = { name: 'twin', zone: 'a', sizeGiB: 1, diskType: 'blank', snapshotId: taken.id };
        const twin = await must(volumes.create(spec, { key: `${name}/twin` }));
        made.push(twin.id);
        await must(snapshots.delete(taken.id, { key: `${name}/snapshot-gone` }));
        const on = { volumeId: twin.id, instanceId: source.ref.id };
        return (await must(volumes.attach(on, { key: `${name}/twin-on` }))).disk;
      },
      async growDisk() {
        await must(volumes.modify(source.volumeId, { sizeGiB: 2 }, { key: `${name}/grow` }));
      },
      vanish: (file) => plan(`vanish ${file}`),
      spoilFile: () => plan('spoil'),
      noWay() {
        const { address } = target;
        inGuest(folder, source.ref.id, 'ip', 'route', 'add', 'unreachable', address);
      },
      async inCopy(then) {
        inGuest(folder, source.ref.id, 'sh', '-c', `head -c 16M /dev/urandom > ${mountPoint}/bulk`);
        plan('slow');
        void until('rsync goes slowly', () => existsSync(path('source', `${rehearsal}/slow`)))
          .then(() => pause(700))
          .then(then)
          // What goes wrong there after the case has ended is the case's to tell.
          .catch(() => undefined);
      },
    },
    async close() {
      await hosts.close();
      // A case may end before its server has booted.
      await booted;
      for (const { ref } of [source, target]) {
        await must(instances.delete(ref.id, { key: `${name}/end/${ref.id}` }));
      }
      for (const id of made) await must(volumes.delete(id, { key: `${name}/end/${id}` }));
    },
  };
}

interface Made {
  readonly ref: Ref;
  readonly volumeId: string;
  readonly disk: GuestDisk;
  readonly address: string;
}

/** A service that waits to be started, and before rsync the program that does once what it is told. */
const installWorker = `#!/bin/sh
set -eu
install_service() {
  mkdir -p "/etc/service/$1"
  touch "/etc/service/$1/down"
  cat > "/etc/service/$1/run"
  chmod +x "/etc/service/$1/run"
}
install_service worker <<'END'
#!/bin/sh
exec sleep 100000
END
mkdir -p ${rehearsal}
cp /usr/bin/rsync ${rehearsal}/rsync
cat > /usr/bin/rsync.new <<'END'
${rsyncScript(rehearsal, `${rehearsal}/rsync`)}
END
chmod +x /usr/bin/rsync.new
mv /usr/bin/rsync.new /usr/bin/rsync
`;

const installAll = `${installWorker}
install_service shop <<'END'
#!/bin/sh
exec /opt/node/node /opt/shop/shop.mjs ${mountPoint} ${port}
END
`;

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 1_500) throw new Error(`It never came about: ${what}`);
    await pause(20);
  }
}
