// What the box itself says, past the lab: its loop devices, links, processes and what a guest sees of them.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command; throws with its own words where it fails. */
export function sh(...argv: readonly string[]): string {
  const [command = '', ...rest] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, rest, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** Runs a command inside an instance, as somebody at its console would. */
export function inGuest(folder: string, instanceId: string, ...argv: readonly string[]): string {
  return sh('nsenter', '--target', String(pidOf(folder, instanceId)), '--all', '--', ...argv);
}

/** A file of an instance, as the box sees it, on whatever it is mounted there. */
export function outside(folder: string, instanceId: string, path: string): string {
  return `/proc/${pidOf(folder, instanceId)}/root${path}`;
}

/** The first process of an instance. */
function pidOf(folder: string, instanceId: string): number {
  return JSON.parse(readFileSync(join(folder, 'instances', `${instanceId}.json`), 'utf8')).process.pid;
}

/** The loop devices that show a file of this folder. */
export function loopsOf(folder: string): readonly string[] {
  return sh('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE')
    .split('\n')
    .filter((line) => line.includes(`${folder}/`))
    .map((line) => line.trim().split(/\s+/)[0] ?? '');
}

/** The network links of a lab: all that begin as its bridge does. */
export function linksOf(folder: string): readonly string[] {
  const file = join(folder, 'lab.json');
  const prefix = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).prefix : undefined;
  return prefix === undefined ? [] : linksThatBegin(prefix);
}

export function linksThatBegin(prefix: string): readonly string[] {
  return sh('ip', '-o', 'link', 'show')
    .split('\n')
    .map((line) => line.split(': ')[1]?.split('@')[0] ?? '')
    .filter((name) => name.startsWith(prefix));
}

/** Processes that name this folder in their arguments. */
export function processesOf(folder: string): readonly string[] {
  return sh('ps', '-eo', 'pid,args')
    .split('\n')
    .filter((line) => line.includes(`${folder}/`) && !line.includes('ps -eo'));
}

/** The boots of a lab's instances: as many as run, where nobody was started twice. */
export function bootsOf(folder: string): number {
  return processesOf(folder).filter((line) => line.includes('lab-boot')).length;
}
