// `npx` ends and leaves what it started alone: the simulated cloud must not go on with its port, unseen.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { onceLeftAlone } from '../src/cli/left-alone.ts';
import { virtualClock } from '../src/index.ts';

const main = new URL('../src/cli/main.ts', import.meta.url).pathname;

/** As npm does it: a program starts a shell, and the shell starts the command. */
async function startedByNpm(): Promise<{ npm: ChildProcess; url: string }> {
  const script = `
    const { spawn } = require('node:child_process');
    const line = \`"${process.execPath}" --conditions=@belay/source ${main} ec2; true\`;
    spawn('sh', ['-c', line], { stdio: 'inherit' });
    setInterval(() => {}, 1000);`;
  const npm = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_command: 'exec' },
  });
  for await (const line of createInterface({ input: npm.stdout })) {
    const url = /^ec2 (http:\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    onTestFinished(() => void npm.kill('SIGKILL'));
    return { npm, url };
  }
  throw new Error('It never said where it listens.');
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined)) !== undefined;
}

test.each(['SIGTERM', 'SIGKILL'] as const)('ended by %s, npm takes the command with it', async (signal) => {
  const { npm, url } = await startedByNpm();
  expect(await answers(url)).toBe(true);
  npm.kill(signal);
  await expect.poll(() => answers(url), { timeout: 20_000, interval: 200 }).toBe(false);
});

test('what stays with its parents goes on, and is told once when one of them is gone', async () => {
  const clock = virtualClock();
  let ancestors = [7, 1];
  const told: number[] = [];
  const end = onceLeftAlone(() => told.push(clock.now()), { clock, ancestors: () => ancestors });
  await clock.advance(60_000);
  expect(told).toEqual([]);
  ancestors = [7, 9];
  await clock.advance(60_000);
  expect(told).toHaveLength(1);
  end();
});
