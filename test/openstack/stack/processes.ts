// The stack's processes outlive the command that starts them. Each is the leader of a process group and is recorded
// with the moment of its start, so that a number that another process got in the meantime is never taken for it.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function logOf(folder: string, name: string): string {
  return `${folder}/log/${name}.log`;
}

/** Starts it unless it runs. It keeps running when this process ends. */
export function start(folder: string, { name, command, args, env }: Program): void {
  if (isAlive(folder, name)) return;
  mkdirSync(`${folder}/run`, { recursive: true });
  const log = openSync(logOf(folder, name), 'a');
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: folder, ...env },
  });
  child.on('error', () => {
    // The record is missing then, and whoever waits for the program is told that it has ended.
  });
  if (child.pid !== undefined) {
    writeFileSync(recordOf(folder, name), `${child.pid} ${startedAt(child.pid) ?? 'gone'}\n`);
    child.unref();
  }
}

export function isAlive(folder: string, name: string): boolean {
  return recorded(folder, name) !== undefined;
}

/** Fails as soon as the program has ended, with the last lines that it wrote. */
export function mustBeAlive(folder: string, name: string): void {
  if (isAlive(folder, name)) return;
  const last = existsSync(logOf(folder, name)) ? readFileSync(logOf(folder, name), 'utf8') : '';
  throw new Error(`${name} has ended. Its last lines:\n${last.trimEnd().split('\n').slice(-12).join('\n')}`);
}

/** Asks all that run to end, and ends what does not within the patience. */
export async function stop(folder: string, names: readonly string[], patienceMs: number): Promise<void> {
  const groups = names.flatMap((name) => recorded(folder, name) ?? []);
  for (const group of groups) signal(group, 'SIGTERM');
  const deadlineMs = Date.now() + patienceMs;
  while (groups.some((group) => signal(group, 0)) && Date.now() < deadlineMs) await pause(100);
  for (const group of groups) signal(group, 'SIGKILL');
  for (const name of names) rmSync(recordOf(folder, name), { force: true });
}

/** Sends a signal to all processes of the program; nothing where it does not run. */
export function signalProgram(folder: string, name: string, what: NodeJS.Signals): void {
  const group = recorded(folder, name);
  if (group !== undefined) signal(group, what);
}

/** The names of all that was ever started and not stopped. */
export function recordedNames(folder: string): readonly string[] {
  if (!existsSync(`${folder}/run`)) return [];
  return readdirSync(`${folder}/run`).flatMap((file) => /^(.+)\.process$/.exec(file)?.[1] ?? []);
}

function recordOf(folder: string, name: string): string {
  return `${folder}/run/${name}.process`;
}

/** Its process group, if it is still the process that was recorded. */
function recorded(folder: string, name: string): number | undefined {
  if (!existsSync(recordOf(folder, name))) return undefined;
  const [pid, at] = readFileSync(recordOf(folder, name), 'utf8').trim().split(' ');
  return startedAt(Number(pid)) === at ? Number(pid) : undefined;
}

/** The moment of its start in the kernel's ticks; none for a process that has ended. */
function startedAt(pid: number): string | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  try {
    // The second field is the program's name in brackets, and may have blanks in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Was there anybody in the group to hear it? */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false;
  }
}
