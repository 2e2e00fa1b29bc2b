// A server into which one gets as a user who is not root, and who may call `sh` by sudo and nothing else.

import { readFileSync } from 'node:fs';
import { sshHosts } from '@belay/host';
import type { Box } from './box.ts';
import { check, must, place, refused, type Story, story } from './story.ts';

export const sudoStory: Story = story(
  'a user who is not root does all of it by sudo, and one whom sudo refuses is told so',
  async (scene) => {
    const { boxes, servers, data, spare, services } = scene;
    const key = readFileSync(`${servers.source.identityFile ?? ''}.pub`, 'utf8');
    for (const box of [boxes.source, boxes.target]) makeUser(box, key);
    const reach = ({ id }: { readonly id: string }) =>
      id === 'source' || id === 'target' ? { ...servers[id], user: 'deploy', sudo: true } : undefined;
    await using hosts = sshHosts({ places: [place], reach });
    const [source, target] = [hosts.get({ ...place, id: 'source' }), hosts.get({ ...place, id: 'target' })];
    const refusedNow = await refused(source.ready({ timeoutMs: 20_000 }));
    check(
      refusedNow.kind === 'forbidden' && refusedNow.message.includes('sudo'),
      `It is ${refusedNow.kind}: ${refusedNow.message}`,
    );
    for (const box of [boxes.source, boxes.target]) {
      box.inside(
        'sh',
        '-ec',
        'umask 337; echo "deploy ALL=(root) NOPASSWD: /usr/bin/sh" >/etc/sudoers.d/belay',
      );
    }
    const facts = await must(source.probe({ mountPoints: [data.mountPoint], sampleMs: 0 }));
    check(facts.openForWrite.known && facts.openForWrite.value.length > 0, 'Nobody is seen to write.');
    const filesystemUuid = '5b6c7d8e-9f0a-4b1c-8d2e-3f4a5b6c7d8e';
    const { mountPoint } = data;
    const call = { key: 'sudo' };
    await must(target.disks.format({ disk: spare, filesystemType: 'ext4', filesystemUuid }, call));
    await must(target.mounts.mount({ disk: spare, mountPoint, filesystemUuid }, call));
    await must(source.services.stop(services, call));
    for (const way of ['direct', 'relayed'] as const) {
      const report = await must(
        source.copy(
          {
            pass: 'final',
            way,
            from: { path: mountPoint, filesystemUuid: data.filesystemUuid },
            to: { path: mountPoint, host: target.at, filesystemUuid },
          },
          call,
        ),
      );
      check(report.way === way, `It went ${report.way}: ${report.notDirect ?? ''}`);
    }
    check((await scene.files.read('target', `${mountPoint}/shop.log`)) !== undefined, 'A file is missing.');
    const keys = boxes.target.inside('cat', '/srv/deploy/.ssh/authorized_keys');
    check(keys === key, `It lets in ${keys}`);
    await must(source.services.start(services, call));
  },
);

/** With a home of his own, the key of the test, and no password. */
function makeUser(box: Box, key: string): void {
  // sudo looks its own server's name up, and there is nobody to ask but this file.
  const script = `
echo "127.0.1.1 source target" >>/etc/hosts
useradd --password '*' --home-dir /srv/deploy --create-home --shell /bin/sh deploy
install -d -m 700 -o deploy -g deploy /srv/deploy/.ssh
printf '%s' "$1" >/srv/deploy/.ssh/authorized_keys
chown deploy: /srv/deploy/.ssh/authorized_keys`;
  box.inside('sh', '-ec', script, 'sh', key);
}
