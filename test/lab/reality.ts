// Did it really happen? Each story works through the port and then asks the box: the kernel, the guest, a client.

import { connect } from 'node:net';
import type { FloatingIp, Instance, StorageVolume } from '@belay/cloud';
import type { Lab } from '@belay/lab';
import { inGuest, linksOf, linksThatBegin, loopsOf, processesOf, sh } from './box.ts';
import { must, openTestLab, pause } from './open.ts';
import { check, type Story } from './story.ts';

/** Two instances, a volume on the first and an address. */
interface Stage {
  readonly lab: Lab;
  readonly a: Instance;
  readonly b: Instance;
  readonly data: StorageVolume;
  readonly ip: FloatingIp;
}

export const realityStories: readonly Story[] = [
  {
    title: 'a file that was written on one server is read on the next one, on the very same disk',
    async play(folder) {
      const { lab, a, b, data } = await setStage(folder);
      const { volumes } = lab.cloud;
      const link = `/dev/disk/by-id/virtio-${data.id}`;
      check(loopsOf(folder).length === 1, `There are ${loopsOf(folder).length} loop devices for one volume.`);
      inGuest(folder, a.id, 'mount', link, '/srv');
      inGuest(folder, a.id, 'sh', '-c', 'echo order 1 > /srv/orders && sync');
      const uuid = inGuest(folder, a.id, 'findmnt', '-no', 'UUID', '/srv').trim();
      const serial = inGuest(folder, a.id, 'lsblk', '-ndo', 'SERIAL', link).trim();
      check(serial === data.id, `Its serial is ${serial}.`);

      const off = { volumeId: data.id, instanceId: a.id };
      const held = await volumes.detach(off, { key: 'held' });
      check(held.isErr() && held.error.kind === 'busy', 'It came off while it was mounted.');
      inGuest(folder, a.id, 'umount', '/srv');
      await must(volumes.detach(off, { key: 'off' }));
      check(loopsOf(folder).length === 0, 'A detached volume has a loop device.');
      check(blockDevices(folder, a.id) === '', `The source still shows ${blockDevices(folder, a.id)}.`);

      await must(volumes.attach({ volumeId: data.id, instanceId: b.id }, { key: 'on' }));
      inGuest(folder, b.id, 'mount', `UUID=${uuid}`, '/srv');
      const read = inGuest(folder, b.id, 'cat', '/srv/orders').trim();
      check(read === 'order 1', `The target reads ${read}.`);
      await must(lab.destroy());
    },
  },
  {
    title: 'an address answers from the next server at once, and not when its neighbours forget the last one',
    async play(folder) {
      const { lab, a, b, ip } = await setStage(folder);
      await serve(folder, a.id, 'a');
      await serve(folder, b.id, 'b');
      const { floatingIps } = lab.cloud;
      await must(floatingIps.move(ip.id, { from: undefined, to: a.id }, { key: 'to-a' }));
      check((await greeting(ip.address)) === 'a', 'The address does not lead to the first server.');
      for (const [from, to, name] of [
        [a.id, b.id, 'b'],
        [b.id, a.id, 'a'],
      ] as const) {
        const { longestGapMs, last } = await watchedMove(ip.address, () =>
          must(floatingIps.move(ip.id, { from, to }, { key: `to-${name}-again` })),
        );
        check(last === name, `After the move ${last} answers, and not ${name}.`);
        // What was remembered of the last server would go on for up to a minute.
        check(longestGapMs < 3_000, `Nobody answered for ${longestGapMs} ms.`);
        const addresses = inGuest(folder, from, 'ip', '-o', 'addr');
        check(!addresses.includes(`${ip.address}/`), `The last server still has ${ip.address}.`);
      }
      await must(lab.destroy());
    },
  },
  {
    title: 'a snapshot of a disk that is being written is one moment of it, and a volume made of it mounts',
    async play(folder) {
      const { lab, a, b, data } = await setStage(folder);
      const { snapshots, volumes } = lab.cloud;
      inGuest(folder, a.id, 'mount', `/dev/disk/by-id/virtio-${data.id}`, '/srv');
      const writer =
        'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i >> /srv/log; echo $i > /srv/$i; done';
      inGuest(folder, a.id, 'sh', '-c', `(${writer}) > /dev/null 2>&1 & sleep 0.2`);
      const taken = await must(snapshots.create({ name: 'hot', volumeId: data.id }, { key: 'hot' }));
      const spec = { name: 'copy', zone: 'a', sizeGiB: 1, diskType: 'ext4', snapshotId: taken.id };
      const copy = await must(volumes.create(spec, { key: 'copy' }));
      await must(volumes.attach({ volumeId: copy.id, instanceId: b.id }, { key: 'copy-on' }));
      const link = `/dev/disk/by-id/virtio-${copy.id}`;
      sh('sh', '-c', `e2fsck -fn ${folder}/disks/${taken.id}.img > /dev/null 2>&1`);
      inGuest(folder, b.id, 'mount', link, '/srv');
      const lines = Number(inGuest(folder, b.id, 'sh', '-c', 'wc -l < /srv/log'));
      const files = Number(inGuest(folder, b.id, 'sh', '-c', 'ls /srv | grep -c "^[0-9]"'));
      check(lines > 0 && Math.abs(lines - files) <= 1, `It has ${lines} lines and ${files} files.`);
      await must(lab.destroy());
    },
  },
  {
    title: 'a server whose plug was pulled starts again with its disk, its name and another boot id',
    async play(folder) {
      const { lab, a, data } = await setStage(folder);
      const bootId = () => inGuest(folder, a.id, 'cat', '/proc/sys/kernel/random/boot_id');
      const before = bootId();
      inGuest(folder, a.id, 'sh', '-c', 'echo here > /var/lib/note');
      await must(lab.pullPlug(a.id, { key: 'plug' }));
      const dead = await must(lab.cloud.instances.get(a.id));
      check(dead.state === 'stopped', `Without power it is ${dead.state}.`);
      await must(lab.cloud.instances.start(a.id, { key: 'start' }));
      check(bootId() !== before, 'It has the boot id of before.');
      check(inGuest(folder, a.id, 'cat', '/var/lib/note').trim() === 'here', 'It lost a file of its root.');
      check(inGuest(folder, a.id, 'hostname').trim() === 'a', 'It has another name.');
      inGuest(folder, a.id, 'mount', `/dev/disk/by-id/virtio-${data.id}`, '/srv');
      await must(lab.destroy());
    },
  },
  {
    title: 'two labs stand side by side, and one goes without the other; nothing of it is left on the box',
    async play(folder) {
      const [one, two] = [`${folder}-one`, `${folder}-two`];
      const [first, second] = [await setStage(one), await setStage(two)];
      const prefix = linksOf(one)[0]?.slice(0, 9) ?? 'none';
      check(linksOf(one).length === 3, `One lab has the links ${linksOf(one).join(' ')}.`);
      await must(first.lab.destroy());
      for (const left of [loopsOf(one), linksThatBegin(prefix), processesOf(one)]) {
        check(left.length === 0, `Of a lab that is gone there is left: ${left.join(' ')}`);
      }
      const { state } = await must(second.lab.cloud.instances.get(second.a.id));
      check(state === 'running' && loopsOf(two).length === 1, 'The other lab was touched.');
      await must(second.lab.destroy());
    },
  },
];

async function setStage(folder: string): Promise<Stage> {
  const lab = await openTestLab(folder);
  const { instances, volumes, floatingIps } = lab.cloud;
  const spec = (name: string) => ({ name, zone: 'a', instanceType: 'lab.small', imageId: lab.imageId });
  const a = await must(instances.create(spec('a'), { key: 'a' }));
  const b = await must(instances.create(spec('b'), { key: 'b' }));
  const data = await must(
    volumes.create({ name: 'data', zone: 'a', sizeGiB: 1, diskType: 'ext4' }, { key: 'data' }),
  );
  await must(volumes.attach({ volumeId: data.id, instanceId: a.id }, { key: 'attach' }));
  const ip = await must(floatingIps.create({}, { key: 'ip' }));
  return { lab, a, b, data, ip };
}

function blockDevices(folder: string, instanceId: string): string {
  return inGuest(folder, instanceId, 'sh', '-c', 'ls /sys/block /dev/disk/by-id').replaceAll(
    /\s|\/\S+:/g,
    '',
  );
}

/** A server on port 8000 that says its name to whoever comes. */
async function serve(folder: string, instanceId: string, name: string): Promise<void> {
  const program = `require('node:net').createServer((s) => s.end('${name}')).listen(8000)`;
  inGuest(folder, instanceId, 'sh', '-c', `setsid node -e "${program}" > /dev/null 2>&1 < /dev/null &`);
  await pause(700);
}

/** What the server at the address says, or nothing. */
function greeting(address: string): Promise<string> {
  return new Promise((settle) => {
    let text = '';
    const socket = connect({ host: address, port: 8000 });
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => settle(text));
  });
}

/** Asks all the time while the move goes on, and for a second after it. */
async function watchedMove(
  address: string,
  move: () => Promise<unknown>,
): Promise<{ readonly longestGapMs: number; readonly last: string }> {
  let isOver = false;
  let longestGapMs = 0;
  let answeredMs = Date.now();
  let last = '';
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const text = await greeting(address);
      if (text !== '') {
        longestGapMs = Math.max(longestGapMs, Date.now() - answeredMs);
        answeredMs = Date.now();
        last = text;
      }
      await pause(5);
    }
  };
  const watching = watch();
  await move();
  await pause(1_000);
  isOver = true;
  await watching;
  longestGapMs = Math.max(longestGapMs, Date.now() - answeredMs);
  return { longestGapMs, last };
}
