// Two clouds on one box: what of one lab is reached from another one, and what is not.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refAt } from '@belay/cloud';
import { commandInit, type SshHosts, sshHosts } from '@belay/host';
import type { Lab } from '@belay/lab';
import { inGuest, sh } from './box.ts';
import { must, openTestLab } from './open.ts';
import { check, type Story } from './story.ts';

export const twoLabStories: readonly Story[] = [
  {
    title:
      'servers of two labs of one transit reach one another and ask either name server; a third lab is alone',
    async play(folder) {
      const folders = ['one', 'two', 'alone'].map((name) => `${folder}-${name}`);
      const labs: Lab[] = [];
      for (const [i, one] of folders.entries()) {
        labs.push(await openTestLab(one, { region: `r${i}`, ...(i === 2 ? {} : { transit: 'copies' }) }));
      }
      const servers = await Promise.all(labs.map((lab) => oneServer(lab, 'a')));
      for (const [i, from] of servers.entries()) {
        const place = folders[i] ?? '';
        for (const [j, to] of servers.entries()) {
          if (i === j) continue;
          const isReached = shakesHands(place, from.id, to.address, 22);
          check(isReached === (i + j === 1), `From lab ${i} to lab ${j}: ${isReached ? 'a way' : 'no way'}.`);
        }
        const way = 'ip -o -4 addr show | grep -v " lo " | grep -qv " eth0 "';
        check(!succeeds(place, from.id, 'sh', '-c', way), 'A server has a second network.');
        // A packet to the outside does not leave the box, and the server is told so at once.
        check(!shakesHands(place, from.id, '203.0.113.1', 22), 'The outside is reached.');
      }
      for (const [i, lab] of labs.slice(0, 2).entries()) {
        const record = { name: `shop.lab.example.`, type: 'A', ttlSeconds: 60 } as const;
        const to = { ...record, values: [`192.0.2.${i + 1}`] };
        await must(lab.cloud.dns.change({ from: undefined, to }, { key: 'name' }));
      }
      for (const [i, { id }] of servers.slice(0, 2).entries()) {
        const asked = labs
          .slice(0, 2)
          .map((lab) =>
            inGuest(folders[i] ?? '', id, 'dig', '+short', '+time=2', `@${lab.gateway}`, 'shop.lab.example'),
          );
        check(asked.join('') === '192.0.2.1\n192.0.2.2\n', `Asked from lab ${i}: ${asked.join(' ')}`);
      }
      // Opened again, a lab keeps its way and makes no second one.
      const before = sh('ip', 'rule');
      await openTestLab(folders[0] ?? '');
      check(sh('ip', 'rule') === before, `The rules were ${before} and are ${sh('ip', 'rule')}.`);
      for (const lab of labs) await must(lab.destroy());
      check(!/217\d\d:/.test(sh('ip', 'rule')), `There is left: ${sh('ip', 'rule')}`);
    },
  },
  {
    title: 'files of a server of one lab are copied straight to a server of another one',
    async play(folder) {
      const [one, two] = [`${folder}-one`, `${folder}-two`];
      const first = await openTestLab(one, { region: 'r1', transit: 'copies' });
      const second = await openTestLab(two, { region: 'r2', transit: 'copies' });
      const [from, to] = [await withDisk(first, 'one'), await withDisk(second, 'two')];
      await using hosts = hostsOf([first, second]);
      const source = hosts.get(from.ref);
      const target = hosts.get(to.ref);
      for (const [host, { disk, filesystemUuid }] of [
        [source, from],
        [target, to],
      ] as const) {
        await must(host.disks.format({ disk, filesystemType: 'ext4', filesystemUuid }, { key: 'format' }));
        await must(host.mounts.mount({ disk, mountPoint: '/srv', filesystemUuid }, { key: 'mount' }));
      }
      inGuest(one, from.ref.id, 'sh', '-c', 'echo order 1 > /srv/orders && sync');
      const report = await must(
        source.copy(
          {
            pass: 'final',
            way: 'direct',
            from: { path: '/srv', filesystemUuid: from.filesystemUuid },
            to: { path: '/srv', host: to.ref, filesystemUuid: to.filesystemUuid },
          },
          { key: 'copy' },
        ),
      );
      check(report.way === 'direct', `It went ${report.way}: ${report.notDirect ?? ''}`);
      check(report.changedFiles === 1, `${report.changedFiles} files were copied.`);
      const read = inGuest(two, to.ref.id, 'cat', '/srv/orders').trim();
      check(read === 'order 1', `The target reads ${read}.`);
      // The way that a program on the source itself would take.
      const key = readFileSync(join(second.folder, 'ssh/id_ed25519'), 'utf8');
      inGuest(one, from.ref.id, 'sh', '-c', 'umask 077; printf %s "$1" > /run/key', 'sh', key);
      const ssh = [
        'ssh',
        '-i',
        '/run/key',
        '-o',
        'StrictHostKeyChecking=no',
        `root@${to.address}`,
        'hostname',
      ];
      check(inGuest(one, from.ref.id, ...ssh).trim() === 'two', 'Another server answers.');
      await must(second.destroy());
      await must(first.destroy());
    },
  },
];

/** An instance of the lab, and the address that the others know. */
async function oneServer({ cloud, imageId }: Lab, name: string): Promise<{ id: string; address: string }> {
  const spec = { name, zone: 'a', instanceType: 'lab.small', imageId };
  const { id, privateAddresses } = await must(cloud.instances.create(spec, { key: name }));
  return { id, address: privateAddresses[0] ?? '' };
}

/** An instance with a disk that is mounted at `/srv`. */
async function withDisk(lab: Lab, name: string) {
  const { cloud } = lab;
  const { id, address } = await oneServer(lab, name);
  const spec = { name, zone: 'a', sizeGiB: 1, diskType: 'blank' };
  const { id: volumeId } = await must(cloud.volumes.create(spec, { key: `${name}/disk` }));
  const { disk } = await must(cloud.volumes.attach({ volumeId, instanceId: id }, { key: `${name}/attach` }));
  return { ref: refAt(cloud.at, id), address, disk, filesystemUuid: randomUUID() };
}

/** All servers of these labs, reached from the box. */
function hostsOf(labs: readonly Lab[]): SshHosts {
  return sshHosts({
    places: labs.map(({ cloud }) => cloud.at),
    async reach({ region, id }) {
      const lab = labs.find(({ cloud }) => cloud.at.region === region);
      const door = await lab?.door(id);
      if (door === undefined || door.isErr()) return undefined;
      return { ...door.value, init: commandInit({ program: door.value.serviceProgram }) };
    },
  });
}

/** Is there somebody at the other end who takes a connection of this server? */
function shakesHands(folder: string, instanceId: string, address: string, port: number): boolean {
  return succeeds(folder, instanceId, 'timeout', '2', 'bash', '-c', `exec 3<> /dev/tcp/${address}/${port}`);
}

function succeeds(folder: string, instanceId: string, ...argv: readonly string[]): boolean {
  try {
    inGuest(folder, instanceId, ...argv);
    return true;
  } catch {
    return false;
  }
}
