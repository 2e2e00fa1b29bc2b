import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { systemClock } from '@belay/cloud';
import type { CommandEnd, Machine } from './machine.ts';

/** The box that this process runs on. The only file of the lab that starts processes. */
export const linux: Machine = {
  unfit,
  run,
  lock,
  startOf,
  isClaimed,
  mountInfo: (pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8'),
  answers,
  clock: systemClock,
  chance: () => Math.random(),
};

/** The commands that a lab calls, and the Debian packages that bring them. */
const tools: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  losetup: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  runsvdir: 'runit',
  dnsmasq: 'dnsmasq-base',
  dig: 'bind9-dnsutils',
  arping: 'iputils-arping',
};

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

async function unfit(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `A lab needs Linux, and this is ${process.platform}.`;
  if (process.getuid?.() !== 0)
    return 'A lab makes namespaces, bridges and loop devices, and that needs root.';
  const missing: string[] = [];
  for (const [tool, debianPackage] of Object.entries(tools)) {
    if (!(await isInstalled(tool))) missing.push(debianPackage);
  }
  if (missing.length === 0) return undefined;
  return `A lab needs more of Debian: apt-get install ${missing.join(' ')}`;
}

async function isInstalled(tool: string): Promise<boolean> {
  for (const folder of folders) {
    const found = await access(`${folder}/${tool}`, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** Children get this and nothing of the caller's environment, which may hold secrets. */
const environment = { PATH: folders.join(':'), LC_ALL: 'C.UTF-8' };

/** A process group of its own: what ends this process with Ctrl-C must not end a half-done change. */
function run(argv: readonly string[], input = ''): Promise<CommandEnd> {
  const [command = '', ...rest] = argv;
  return new Promise((settle) => {
    const child = spawn(command, rest, { env: environment, detached: true });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    // A command that reads no input may be gone before it is written.
    child.stdin.on('error', () => {});
    child.on('error', (error) => settle({ code: undefined, stdout: '', stderr: error.message }));
    child.on('close', (code) =>
      settle({
        code: code ?? undefined,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(errors).toString(),
      }),
    );
    child.stdin.end(input);
  });
}

/** `flock` holds the lock for as long as its input is open; the kernel closes that when this process ends. */
async function lock(
  files: readonly string[],
  { wait, signal }: { readonly wait: boolean; readonly signal?: AbortSignal | undefined },
): Promise<(() => void) | undefined> {
  if (signal?.aborted === true) return undefined;
  const argv = files.flatMap((file) => ['flock', ...(wait ? [] : ['--nonblock']), file]);
  const [command = '', ...rest] = [...argv, 'sh', '-c', 'echo held && exec cat'];
  const child = spawn(command, rest, { env: environment, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  const leave = (): void => {
    // The whole group: the one that waits may hold the locks before it by inheritance.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  signal?.addEventListener('abort', leave, { once: true });
  const held = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'close').then(() => false),
  ]).catch(() => false);
  signal?.removeEventListener('abort', leave);
  if (!held) return undefined;
  return () => child.stdin.end();
}

async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name before it, in brackets, may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

/** Whoever opens a block device exclusively is refused while a mount has it. */
async function isClaimed(device: string): Promise<boolean> {
  try {
    const file = await open(device, constants.O_RDONLY | constants.O_EXCL);
    await file.close();
    return false;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EBUSY';
  }
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      settle(answer);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
