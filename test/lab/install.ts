// What a lab needs of Debian, installed where it is missing. Nothing that it brings is started on the box itself.

import { spawnSync } from 'node:child_process';

const packages = [
  'openssh-server',
  'openssh-client',
  'rsync',
  'e2fsprogs',
  'xfsprogs',
  'runit',
  'dnsmasq-base',
  'bind9-dnsutils',
  'iputils-arping',
  'iproute2',
  'sqlite3',
];

/** Throws where it cannot: without them nothing here means anything. */
export function install(say: (line: string) => void): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('A lab needs Linux and root: namespaces, bridges and loop devices are made.');
  }
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  say(`installing ${missing.join(' ')}`);
  apt(['update', '-q']);
  apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  const still = missing.filter((name) => !isInstalled(name));
  if (still.length > 0) throw new Error(`apt-get did not install ${still.join(' ')}.`);
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8' });
  return /^Status: .* installed$/m.test(stdout);
}

function apt(words: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('apt-get', words, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${stdout}\n${stderr}`);
}
