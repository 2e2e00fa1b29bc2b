// The one-time key of a direct copy: what it can do, and that nothing of it stays.

import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CopySpec } from '@belay/cloud';
import { sshHosts } from '@belay/host';
import { type Box, openBox } from './box.ts';
import { check, must, place, type Story, story, until } from './story.ts';
import type { RealScene } from './subject.ts';

const uuid = '7a8b9c0d-1e2f-4a3b-8c4d-5e6f7a8b9c0d';

export const directStories: readonly Story[] = [
  story(
    'the key of a direct copy can do nothing else, and neither server keeps anything of it',
    async (scene) => {
      const { boxes, source } = scene;
      await mountTarget(scene);
      const before = keysOf(boxes.target);
      const tried: Tried[] = [];
      // The pass shall take longer than a thief needs for all his wishes.
      boxes.source.inside('sh', '-c', 'head -c 64M /dev/urandom >/srv/data/more');
      await scene.levers.inCopy?.(() => void tried.push(tryKey(scene)));
      const report = await must(source.copy(specOf(scene), { key: 'copy' }));
      check(report.way === 'direct', `It went ${report.way}: ${report.notDirect ?? ''}`);
      check(tried.length === 1, 'The key was not seen.');
      for (const { line, said } of tried) {
        check(line.includes('restrict,expiry-time="'), `It is let in by ${line}`);
        for (const [asked, answer] of Object.entries(said)) {
          check(answer.includes('for one copy and nothing else'), `Asked for ${asked}, it answers ${answer}`);
        }
      }
      check(keysOf(boxes.target) === before, `The target lets in ${keysOf(boxes.target)}`);
      check(leftIn(boxes.source) === '' && leftIn(boxes.target) === '', 'A folder is left in /run.');
    },
  ),
  story(
    'a process that is killed in a direct copy leaves no key behind, and nothing that goes on',
    async (scene) => {
      const { boxes, servers } = scene;
      await mountTarget(scene);
      const before = keysOf(boxes.target);
      const script = `
      import { sshHosts } from '@belay/host';
      const servers = ${JSON.stringify(servers, ['source', 'target', 'address', 'identityFile', 'hostKeys'])};
      const hosts = sshHosts({ places: [${JSON.stringify(place)}], reach: ({ id }) => servers[id] });
      const at = ${JSON.stringify({ ...place, id: 'source' })};
      await hosts.get(at).copy(${JSON.stringify(specOf(scene))}, { key: 'copy' });
    `;
      const words = ['--conditions=@belay/source', '--input-type=module', '--eval', script];
      boxes.source.inside('sh', '-c', 'head -c 16M /dev/urandom >/srv/data/bulk');
      boxes.source.plan('slow');
      const child = spawn(process.execPath, words, { stdio: 'ignore' });
      await until('the key is in', () => keysOf(boxes.target) !== before);
      await until('it copies', () => copies(boxes.target));
      child.kill('SIGKILL');
      await until('the key is out', () => keysOf(boxes.target) === before);
      await until('nobody copies', () => !copies(boxes.source) && !copies(boxes.target));
      await until('both folders are gone', () => leftIn(boxes.source) + leftIn(boxes.target) === '');
    },
  ),
  story('a key that was left behind is found and taken away by the next direct copy', async (scene) => {
    const { boxes, source } = scene;
    await mountTarget(scene);
    const before = keysOf(boxes.target);
    let line = '';
    await scene.levers.inCopy?.(() => {
      line = keysOf(boxes.target).slice(before.length);
    });
    await must(source.copy(specOf(scene), { key: 'copy' }));
    check(line.includes('ssh-ed25519'), 'The key was not seen.');
    const other = (until: number): string =>
      line.replace(/belay-copy-\S+/, `belay-copy-${'0'.repeat(16)}-${until}`);
    const soon = Math.round(Date.now() / 1_000) + 200;
    // As a power cut leaves it: of this copy, of one that nobody goes on with, and of one that just begins.
    appendFileSync(boxes.target.outside(keysFile), `${line}${other(1_700_000_000)}${other(soon)}`);
    await must(source.copy(specOf(scene), { key: 'again' }));
    check(keysOf(boxes.target) === `${before}${other(soon)}`, `It lets in ${keysOf(boxes.target)}`);
  }),
  story(
    'a server that shows another host key than the target gets nothing: the copy is relayed',
    async (scene) => {
      const { boxes, servers } = scene;
      await mountTarget(scene);
      const keys = join(boxes.source.root, '../stranger-keys');
      mkdirSync(keys);
      for (const name of ['host', 'user']) {
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, name)]);
      }
      const folder = join(boxes.source.root, '..');
      const stranger = await openBox({
        folder,
        keys,
        name: 'stranger',
        network: 62,
        disks: [],
        services: {},
        timers: [],
      });
      try {
        const reach = ({ id }: { readonly id: string }) =>
          id === 'source' ? servers.source : { ...servers.target, peerAddress: stranger.address };
        await using hosts = sshHosts({ places: [place], reach });
        const copied = hosts.get({ ...place, id: 'source' }).copy(specOf(scene), { key: 'copy' });
        const { way, notDirect = '' } = await must(copied);
        check(way === 'relayed' && /verification failed/.test(notDirect), `It went ${way}: ${notDirect}`);
      } finally {
        await stranger.close();
      }
    },
  ),
];

const keysFile = `${homedir()}/.ssh/authorized_keys`;

interface Tried {
  readonly line: string;
  readonly said: Readonly<Record<string, string>>;
}

/** Uses the key as a thief would. */
function tryKey({ boxes }: RealScene): Tried {
  const line = keysOf(boxes.target).trim().split('\n').at(-1) ?? '';
  const ask = (asked: string): string => {
    const script = `ssh -F none -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /run/belay-copy-*/key "$1" "$2" 2>&1; true`;
    return boxes.source.inside('sh', '-c', script, 'sh', `root@${boxes.target.address}`, asked);
  };
  const wishes = ['id', 'rsync --server . /', 'rsync --server --sender -logDtpr . /etc', 'sh'];
  return { line, said: Object.fromEntries(wishes.map((asked) => [asked, ask(asked)])) };
}

async function mountTarget({ target, spare, data }: RealScene): Promise<void> {
  const spec = { disk: spare, filesystemType: 'ext4', filesystemUuid: uuid } as const;
  await must(target.disks.format(spec, { key: 'format' }));
  const { mountPoint } = data;
  await must(target.mounts.mount({ disk: spare, mountPoint, filesystemUuid: uuid }, { key: 'mount' }));
}

function specOf({ data }: RealScene): CopySpec {
  return {
    pass: 'warm',
    way: 'direct',
    from: { path: data.mountPoint, filesystemUuid: data.filesystemUuid },
    to: { host: { ...place, id: 'target' }, path: data.mountPoint, filesystemUuid: uuid },
  };
}

function keysOf(box: Box): string {
  return readFileSync(box.outside(keysFile), 'utf8');
}

function leftIn(box: Box): string {
  return box.inside('sh', '-c', 'ls -d /run/belay-* 2>/dev/null; true');
}

function copies(box: Box): boolean {
  return box
    .inside('ps', '-eo', 'args')
    .split('\n')
    .some((words) => /rsync/.test(words));
}
