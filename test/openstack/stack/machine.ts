// What the stack asks of the machine: root, Debian 12, its packages. What is missing is installed, once; what cannot
// be is said in one sentence.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Debian's own packages; the services' Python code without the packages that would start them by themselves. */
const packages = [
  ...['keystone', 'placement', 'nova', 'cinder', 'glance', 'neutron'].map((name) => `python3-${name}`),
  // What Debian's packages of the services would have brought along.
  ...['pymysql', 'pastescript', 'memcache', 'sqlalchemy-ext'].map((name) => `python3-${name}`),
  'mariadb-server',
  'rabbitmq-server',
  // The independent client that judges what came of a test.
  'python3-openstackclient',
];

/** These are unpacked and not installed: only the wiring of the APIs (`api-paste.ini`) is wanted. */
const unpacked = ['nova-common', 'cinder-common', 'glance-common', 'neutron-common'];

/** Throws the sentence that says why this machine will not do. */
export function mustFit(): void {
  const isLinux = process.platform === 'linux';
  const release = isLinux && existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID=debian$/m.test(release) || !/^VERSION_ID="12"$/m.test(release))
    throw new Error('The OpenStack test stack is made of Debian 12 packages; this machine is not Debian 12.');
  if (process.getuid?.() !== 0)
    throw new Error('The OpenStack test stack must be started by root: it installs packages.');
}

/** Installs what is missing. */
export async function readyMachine(folder: string, say: (line: string) => void): Promise<void> {
  await installPackages(say);
  await unpackPackages(`${folder}/packages`);
}

async function installPackages(say: (line: string) => void): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  say(`installing ${missing.length} Debian packages and what they need (once, some minutes)`);
  // Debian starts a server when it is installed. This file, where Debian looks for leave, says no; only the
  // machine's owner may have put one there already.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await apt(['update']);
    await apt(['install', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', ...missing]);
  } finally {
    if (ours) rmSync(policy);
  }
  const still = await missingPackages();
  if (still.length > 0) throw new Error(`Debian packages are missing: ${still.join(', ')}.`);
}

async function missingPackages(): Promise<readonly string[]> {
  // dpkg-query ends with 1 as soon as it does not know one of them; what it knows it has printed all the same.
  const format = '--showformat=$' + '{Package} $' + '{db:Status-Status}\\n';
  const { stdout } = await execute('dpkg-query', ['--show', format, ...packages]).catch(
    (thrown: { stdout: string }) => thrown,
  );
  const installed = new Set(stdout.split('\n'));
  return packages.filter((name) => !installed.has(`${name} installed`));
}

async function unpackPackages(folder: string): Promise<void> {
  const complete = `${folder}/complete`;
  if (existsSync(complete)) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await apt(['download', ...unpacked], folder).catch(async () => {
    await apt(['update']);
    await apt(['download', ...unpacked], folder);
  });
  for (const file of readdirSync(folder)) await execute('dpkg-deb', ['-x', `${folder}/${file}`, folder]);
  writeFileSync(complete, '');
}

async function apt(args: readonly string[], cwd = '/'): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Root downloads as root: apt's own user may not be let into the folder.
  const options = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'APT::Sandbox::User=root'];
  await execute('apt-get', [...options, ...args], { cwd, env, maxBuffer: 64 << 20 }).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      const last = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-12).join('\n');
      throw new Error(`apt-get ${args[0]} failed. Its last lines:\n${last}`);
    },
  );
}
