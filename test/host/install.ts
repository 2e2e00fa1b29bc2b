// The programs that the real test needs, from Debian's own packages.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A program of each package. */
const packages: Readonly<Record<string, string>> = {
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh': 'openssh-client',
  '/usr/bin/rsync': 'rsync',
  '/usr/bin/sqlite3': 'sqlite3',
  '/usr/bin/sudo': 'sudo',
  '/usr/lib/systemd/systemd': 'systemd',
  '/usr/bin/pg_createcluster': 'postgresql',
  '/usr/sbin/mariadbd': 'mariadb-server',
  '/usr/sbin/mkfs.ext4': 'e2fsprogs',
  '/usr/sbin/mkfs.xfs': 'xfsprogs',
  '/usr/sbin/ip': 'iproute2',
};

/** Installs what is missing. Throws where this is no Debian, nobody is root, or apt fails. */
export function install(say: (line: string) => void): void {
  if (process.getuid?.() !== 0) throw new Error('test:host needs root: it mounts disks and starts sshd.');
  const missing = Object.entries(packages).flatMap(([program, name]) => (existsSync(program) ? [] : [name]));
  if (missing.length === 0) return;
  say(`installing ${missing.join(' ')}`);
  // A fresh machine may start an sshd of its own when the package comes: this one shall not.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync('apt-get', ['-q', 'update'], { env, stdio: 'ignore' });
  const words = ['-q', '-y', '--no-install-recommends', 'install', ...missing];
  const { status, stderr } = spawnSync('apt-get', words, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`apt-get could not install ${missing.join(' ')}:\n${stderr}`);
}
