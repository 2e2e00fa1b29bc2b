// Services and timers of a real systemd, by the Host port over ssh.

import { dirname } from 'node:path';
import { sshHosts } from '@belay/host';
import { check, must, place, refused, type Story, story } from './story.ts';
import { openSystemdBox } from './systemd-box.ts';

const service = (command: string, more = ''): string => `[Service]\nExecStart=${command}\n${more}`;

const units = {
  'shop.service': service('/usr/bin/sleep 100000', 'TimeoutStopSec=90\nRestart=always\n'),
  // Mixed: or else systemd, which looks for new processes while it sends its signal, ends the trap's own sleep, too.
  'slow.service': service(
    `/bin/sh -c 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.1; done'`,
    'KillMode=mixed\n',
  ),
  'clean.service': service('/bin/true', 'Type=oneshot\n'),
  'clean.timer': '[Timer]\nOnCalendar=hourly\n[Install]\nWantedBy=timers.target\n',
  'broken.service': service('/bin/false', 'Type=oneshot\n'),
};

export const systemdStory: Story = story(
  'services and timers of a real systemd are stopped, kept down and brought back',
  async (scene) => {
    const folder = dirname(scene.boxes.source.root);
    const { identityFile = '', hostKeys } = scene.servers.source;
    const { 'broken.service': broken, ...atBoot } = units;
    const box = await openSystemdBox(folder, dirname(identityFile), atBoot);
    try {
      const server = { address: box.address, identityFile, hostKeys };
      await using hosts = sshHosts({ places: [place], reach: () => server });
      const host = hosts.get({ ...place, id: 'unit' });
      const { services, timers } = host;
      const call = { key: 'systemd' };
      const is = (name: string): string =>
        box.inside('sh', '-c', 'systemctl is-active "$1" || true', 'sh', name).trim();

      const facts = await must(host.probe({ sampleMs: 0 }));
      check(facts.services.known, 'The services are not known.');
      const shop = facts.services.value.find(({ name }) => name === 'shop');
      check(shop?.state === 'active' && shop.stopTimeoutMs === 90_000, `It is ${JSON.stringify(shop)}.`);

      // Units of the administrator's own, which `systemctl mask` refuses.
      const down = await must(services.stop(['shop', 'slow'], call));
      check(
        down.every(({ state, masked }) => state !== 'active' && masked),
        `They are ${JSON.stringify(down)}.`,
      );
      check(is('shop') === 'inactive' && is('slow') === 'inactive', 'systemd says otherwise.');
      box.inside('sh', '-c', 'systemctl start shop.service 2>/dev/null || true');
      box.inside('systemctl', 'daemon-reload');
      check(is('shop') === 'inactive', 'Somebody else started it.');
      const after = await must(host.probe({ sampleMs: 0 }));
      const slow = after.services.known
        ? after.services.value.find(({ name }) => name === 'slow')
        : undefined;
      const tookMs = slow?.lastStopMs ?? 0;
      check(tookMs >= 900 && tookMs < 20_000, `It stopped in ${tookMs} ms, and takes a second.`);
      const up = await must(services.start(['slow', 'shop'], call));
      check(
        up.every(({ state, masked }) => state === 'active' && !masked),
        `They are ${JSON.stringify(up)}.`,
      );
      check(
        box.inside('ls', '/etc/systemd/system').includes('shop.service.d') === false,
        'A drop-in is left.',
      );

      const pid = (): string => box.inside('systemctl', 'show', '-p', 'MainPID', 'shop').trim();
      const before = pid();
      await must(services.restart(['shop'], call));
      check(pid() !== before, 'It was not started again.');

      // One timer of the administrator's, and one that the distribution brings, which systemd masks by itself.
      const own = ['clean.timer', 'systemd-tmpfiles-clean.timer'];
      const masked = await must(timers.mask(own, call));
      const isStill = own.every((name) => is(name) !== 'active');
      check(masked.length === 2 && masked.every((one) => one.masked) && isStill, JSON.stringify(masked));
      await must(timers.unmask(own, call));
      check(
        (await must(timers.list())).every((one) => !one.masked),
        'One is masked still.',
      );

      box.inside(
        'sh',
        '-c',
        'printf %s "$1" >/etc/systemd/system/broken.service; systemctl daemon-reload',
        'sh',
        broken,
      );
      const failed = await refused(services.start(['broken'], call));
      check(failed.kind === 'failed', `It is ${failed.kind}: ${failed.message}`);
      const missing = await refused(services.stop(['shop', 'no-such'], call));
      check(
        missing.kind === 'not-found' && is('shop') === 'active',
        `It is ${missing.kind}: ${missing.message}`,
      );
    } finally {
      await box.close();
    }
  },
);
