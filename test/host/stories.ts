// What the conformance cases cannot ask of every adapter: stories of ssh itself.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type SshServer, sshHosts } from '@belay/host';
import { check, must, place, refused, type Story, story, until } from './story.ts';
import type { RealScene } from './subject.ts';

export const stories: readonly Story[] = [
  story(
    'a server that shows another host key is not worked with, and its key is not learned',
    async (scene) => {
      // The key of a user: a good one, and not the server's.
      const other = readFileSync(`${scene.servers.source.identityFile ?? ''}.pub`, 'utf8').trim();
      for (const hostKeys of [[other], []]) {
        await using hosts = hostsOf({ ...scene.servers.source, hostKeys });
        const host = hosts.get({ ...place, id: 'source' });
        for (const _ of ['first', 'second']) {
          const { kind, message, applied } = await refused(host.services.stop(['shop'], { key: 'stop' }));
          check(kind === 'forbidden' && applied === 'no', `It is ${kind}, applied ${applied}: ${message}`);
        }
        check((await refused(host.ready({ timeoutMs: 3_000 }))).kind === 'forbidden', 'It is waited for.');
      }
      const log = readFileSync(`${scene.boxes.source.root}/sshd.log`, 'utf8');
      check(!log.includes('Accepted'), 'Somebody was let in.');
    },
  ),
  story(
    'a key that the server does not know is forbidden, and ready knocks until its time is over',
    async (scene) => {
      const keys = scene.servers.source.identityFile ?? '';
      await using hosts = hostsOf({ ...scene.servers.source, identityFile: keys.replace(/user$/, 'host') });
      const host = hosts.get({ ...place, id: 'source' });
      check((await refused(host.observe())).kind === 'forbidden', 'It is something else.');
      const { kind, message } = await refused(host.ready({ timeoutMs: 8_000 }));
      check(kind === 'timeout' && message.includes('does not let'), `${kind}: ${message}`);
    },
  ),
  story(
    'a call that is cancelled ends its command at the far side, and all that the command began',
    async (scene) => {
      const controller = new AbortController();
      const { signal } = controller;
      const probing = scene.source.probe({ mountPoints: ['/srv/data'], sampleMs: 654_000 }, { signal });
      await until('somebody sleeps there', () => sleeps(scene, '654'));
      controller.abort();
      check((await refused(probing)).kind === 'cancelled', 'It is something else.');
      check(!sleeps(scene, '654'), 'It sleeps on.');
    },
  ),
  story('a process that is killed leaves nothing behind on its servers', async (scene) => {
    const { address, identityFile, hostKeys, init } = scene.servers.source;
    const program = init?.list[0];
    const script = `
      import { commandInit, sshHosts } from '@belay/host';
      const place = ${JSON.stringify(place)};
      const server = ${JSON.stringify({ address, identityFile, hostKeys })};
      const init = commandInit({ program: ${JSON.stringify([program])} });
      const hosts = sshHosts({ places: [place], reach: () => ({ ...server, init }) });
      await hosts.get({ ...place, id: 'source' }).probe({ mountPoints: ['/srv/data'], sampleMs: 543_000 });
    `;
    const child = spawn(
      process.execPath,
      ['--conditions=@belay/source', '--input-type=module', '--eval', script],
      { stdio: 'ignore' },
    );
    await until('somebody sleeps there', () => sleeps(scene, '543'));
    child.kill('SIGKILL');
    await until('nobody sleeps there any more', () => !sleeps(scene, '543'));
    await until('the line is gone', () => lines(scene) === 0);
  }),
  story('many calls at once share one line, and each has its own answer', async (scene) => {
    const names = Array.from({ length: 24 }, (_, i) => `/srv/data/${i}`);
    for (const name of names) await scene.files.write('source', `${name}/file`, name);
    const errors = await Promise.all(
      names.map((name) => refused(scene.source.mounts.holders(name, { timeoutMs: 60_000 }))),
    );
    check(
      errors.every(({ kind, message }, i) => kind === 'not-found' && message.includes(`${names[i]}.`)),
      'An answer came to another call.',
    );
    check(lines(scene) === 1, `There are ${lines(scene)} lines.`);
  }),
  story('a mount point may be called as people call their folders', async (scene) => {
    const { target, spare } = scene;
    const filesystemUuid = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
    const mountPoint = '/srv/it\'s "the" $(data) \\ ü';
    const call = { key: 'mount' };
    await must(target.disks.format({ disk: spare, filesystemType: 'ext4', filesystemUuid }, call));
    const mount = await must(target.mounts.mount({ disk: spare, mountPoint, filesystemUuid }, call));
    check(mount.mountPoint === mountPoint && mount.bootEntry === 'uuid', `It is ${JSON.stringify(mount)}.`);
    await must(target.mounts.freeze({ mountPoint, forAtMostMs: 20_000 }, call));
    check((await refused(target.mounts.unmount(mountPoint, call))).kind === 'busy', 'A frozen one came off.');
    check((await must(target.mounts.thaw(mountPoint, call))).held, 'It did not hold.');
    await must(target.mounts.unmount(mountPoint, call));
    check((await must(target.mounts.list())).length === 0, 'It is still mounted.');
  }),
];

function hostsOf(server: SshServer): ReturnType<typeof sshHosts> {
  return sshHosts({ places: [place], reach: () => server });
}

function sleeps({ boxes }: RealScene, seconds: string): boolean {
  return boxes.source.inside('ps', '-eo', 'args').split('\n').includes(`sleep ${seconds}`);
}

/** Connections that the source's sshd has. */
function lines({ boxes }: RealScene): number {
  return boxes.source
    .inside('ps', '-eo', 'args')
    .split('\n')
    .filter((words) => /^sshd(-session)?: root@notty/.test(words)).length;
}
