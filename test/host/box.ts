// A server on this box: namespaces of its own (mounts, processes, network, name), an sshd of Debian, disks that are loop
// devices, and services. It is gone when it is closed.

import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { bootScript, rsyncScript, sshdConfig, superviseScript } from './scripts.ts';

/** A disk of a server. */
export interface BoxDisk {
  readonly serial: string;
  readonly image: string;
  /** Of the loop device. */
  readonly number: number;
}

/** What a server shall be. */
export interface BoxSpec {
  readonly folder: string;
  readonly keys: string;
  readonly name: string;
  /** 1 to 60: its own small network. */
  readonly network: number;
  readonly disks: readonly BoxDisk[];
  readonly services: Readonly<Record<string, string>>;
  readonly timers: readonly string[];
  /** What its `/etc/fstab` says from the first boot on. */
  readonly fstab?: string;
}

export interface Box {
  readonly address: string;
  readonly root: string;
  /** The path of a file of the server, from outside. */
  outside(path: string): string;
  /** Runs a command inside. */
  inside(...words: readonly string[]): string;
  /** What rsync does next: see the script that stands before it. */
  plan(text: string): void;
  cutOff(): () => Promise<void>;
  reboot(): Promise<void>;
  addDisk(disk: BoxDisk): void;
  close(): Promise<void>;
}

export async function openBox(spec: BoxSpec): Promise<Box> {
  const { folder, keys, name, network } = spec;
  const root = join(folder, name);
  const address = `10.213.${network}.2`;
  const disks = [...spec.disks];
  mkdirSync(root, { recursive: true });
  const program = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    chmodSync(join(root, file), 0o755);
  };
  copyFileSync('/usr/bin/rsync', join(root, 'real-rsync'));
  program('boot', bootScript);
  program('supervise', superviseScript(root));
  program('rsync', rsyncScript(root, join(root, 'real-rsync')));
  program('sshd_config', sshdConfig(root, keys));
  copyFileSync(join(keys, 'user.pub'), join(root, 'authorized_keys'));
  for (const [service, run] of Object.entries(spec.services)) {
    program(`services/${service}/run`, run);
    program(`services/${service}/kind`, 'service\n');
  }
  for (const timer of spec.timers) program(`services/${timer}/kind`, timer === 'cron' ? 'cron\n' : 'timer\n');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/fstab'), spec.fstab ?? '');

  let ended: Promise<void> = Promise.resolve();
  let pid = 0;
  let kill = (): void => undefined;
  const link = `belayt${network}`;
  const boot = async (): Promise<void> => {
    rmSync(join(root, 'up'), { force: true });
    writeFileSync(join(root, 'boot_id'), `${randomUUID()}\n`);
    const words = disks.map(({ number, serial }) => `${number}:${serial}`);
    const child = spawn(
      'unshare',
      [
        '--mount',
        '--pid',
        '--net',
        '--uts',
        '--fork',
        '--kill-child=KILL',
        join(root, 'boot'),
        root,
        name,
        `${address}/30`,
        ...words,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    ended = new Promise((resolve) => child.once('close', () => resolve()));
    kill = () => child.kill('SIGKILL');
    const children = `/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`;
    await until(`${name} begins`, () => existsSync(children) && readFileSync(children, 'utf8').trim() !== '');
    pid = Number(readFileSync(children, 'utf8').trim().split(' ')[0]);
    const own = (file: string): string => execFileSync('readlink', [file], { encoding: 'utf8' }).trim();
    await until(`${name} has its network`, () => own(`/proc/${pid}/ns/net`) !== own('/proc/self/ns/net'));
    execFileSync('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
    execFileSync('ip', ['address', 'add', `10.213.${network}.1/30`, 'dev', link]);
    execFileSync('ip', ['link', 'set', link, 'up']);
    // Servers reach one another over the box: what comes in here is passed on.
    writeFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, '1');
    await until(`${name} is up: ${said}`, () => existsSync(join(root, 'up')));
  };
  const halt = async (): Promise<void> => {
    kill();
    await ended;
    // The peer of a namespace that is gone goes with it, a moment later.
    await until(`${link} is gone`, () => !existsSync(`/sys/class/net/${link}`));
  };
  const inside = (...words: readonly string[]): string =>
    execFileSync('nsenter', ['-t', String(pid), '-m', '-p', '-n', '--', ...words], { encoding: 'utf8' });
  const freeDisks = async (): Promise<void> => {
    for (const { number } of disks) {
      await until(`loop${number} is free`, () => {
        try {
          execFileSync('losetup', ['--detach', `/dev/loop${number}`], { stdio: 'ignore' });
          return true;
        } catch {
          return false;
        }
      });
    }
  };
  try {
    await boot();
  } catch (thrown) {
    kill();
    await ended;
    await freeDisks();
    throw thrown;
  }
  return {
    address,
    root,
    outside: (path) => `/proc/${pid}/root${path}`,
    inside,
    plan: (text) => writeFileSync(join(root, 'plan'), text),
    cutOff() {
      inside('sh', '-c', 'for id in $(pgrep -x sshd; pgrep sshd-); do kill -s KILL "$id"; done; true');
      return async () => {
        inside('/usr/sbin/sshd', '-f', join(root, 'sshd_config'), '-E', join(root, 'sshd.log'));
      };
    },
    async reboot() {
      await halt();
      await boot();
    },
    addDisk(disk) {
      disks.push(disk);
      inside('mknod', `/dev/loop${disk.number}`, 'b', '7', String(disk.number));
      inside('ln', '-s', `../../loop${disk.number}`, `/dev/disk/by-id/virtio-${disk.serial}`);
    },
    async close() {
      await halt();
      await freeDisks();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A disk of a new image; with a filesystem where one is named. */
export function newDisk(image: string, serial: string, sizeMiB: number, filesystemUuid?: string): BoxDisk {
  mkdirSync(dirname(image), { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, sizeMiB * 2 ** 20);
  if (filesystemUuid !== undefined) {
    execFileSync('mkfs.xfs', ['-q', '-m', `uuid=${filesystemUuid}`, image]);
  }
  return attachImage(image, serial);
}

/** A disk of an image that is there. */
export function attachImage(image: string, serial: string): BoxDisk {
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  return { serial, image, number: Number(device.replace('/dev/loop', '')) };
}

/** The disk is twice as large, as its kernel sees it. */
export function growDisk({ image, number }: BoxDisk): void {
  truncateSync(image, statSync(image).size * 2);
  execFileSync('losetup', ['--set-capacity', `/dev/loop${number}`]);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 4_000) throw new Error(`It never came about: ${what}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
