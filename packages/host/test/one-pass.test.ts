// What a pass of a copy does at its target before it begins, in a real shell.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onlyPass } from '../src/one-pass.ts';

let folder: string;
let begun: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-pass-'));
  begun = [];
});

afterEach(async () => {
  for (const child of begun) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Begins a pass in a process group of its own, as sshd does, and resolves when its program begins. */
async function pass(id: string, ...program: readonly string[]): Promise<ChildProcess> {
  const script = `id=$1; shift\n${onlyPass(folder)}\necho begun; "$@"; rm -f -- "$mark"`;
  const child = spawn('sh', ['-c', script, 'belay', id, ...program], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  begun.push(child);
  await once(child.stdout, 'data');
  return child;
}

test('a pass whose process sleeps is ended before the next one between the same folders begins', async () => {
  const left = await pass('a', 'sleep', '60');
  expect(readdirSync(folder)).toEqual(['pass-a']);
  const next = await pass('a', 'true');
  expect(left.signalCode).toBe('SIGTERM');
  if (next.exitCode === null) await once(next, 'exit');
  expect([next.exitCode, readdirSync(folder)]).toEqual([0, []]);
});

test('a pass between other folders goes on, and so does whoever was given the number of one that is gone', async () => {
  const other = await pass('b', 'sleep', '60');
  writeFileSync(join(folder, 'pass-c'), `${other.pid} 1\n`);
  const next = await pass('c', 'true');
  if (next.exitCode === null) await once(next, 'exit');
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
});
