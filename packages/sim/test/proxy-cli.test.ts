// `npx @belay/sim proxy …` as somebody uses it from a script.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { proxyCommand } from '../src/cli/proxy.ts';
import { ask, openService, soon } from './proxy-scene.ts';

interface Started {
  readonly out: readonly string[];
  readonly complaints: readonly string[];
  readonly exit: Promise<number>;
  stop(): void;
}

function start(...args: string[]): Started {
  const out: string[] = [];
  const complaints: string[] = [];
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const exit = proxyCommand(args, {
    out: (line) => out.push(line),
    complain: (line) => complaints.push(line),
    signal: stop.signal,
  });
  return { out, complaints, exit, stop: () => stop.abort() };
}

async function rulesFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-proxy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'rules.json');
  await writeFile(file, text);
  return file;
}

test('it says where it listens, strikes by the rules of a file, and ends when it is told', async () => {
  const service = await openService();
  const rules = await rulesFile('[{"path": "/lost", "fault": {"kind": "drop-reply"}}]');
  const proxy = start('--to', `compute=${service.url}`, '--to', service.url, '--rules', rules, '--seed', '7');
  await soon(() => proxy.out).toHaveLength(2);
  const [compute = '', other = ''] = proxy.out.map((line) => line.split(' ')[1] ?? '');
  expect(proxy.out).toEqual([`compute ${compute}`, `service ${other}`]);
  expect(await ask(`${compute}/lost`)).toMatchObject({ status: 0 });
  expect(await ask(`${other}/lost`)).toMatchObject({ status: 200, body: 'did 2' });
  proxy.stop();
  expect(await proxy.exit).toBe(0);
  expect((await ask(compute)).broke).toContain('ECONNREFUSED');
});

test('it listens where it is told, and says so when somebody else does', async () => {
  const service = await openService();
  const first = start('--to', service.url);
  await soon(() => first.out).toHaveLength(1);
  const { port } = new URL(first.out[0]?.split(' ')[1] ?? '');
  const second = start('--to', `a=${service.url}`, '--port', `a=${port}`);
  expect(await second.exit).toBe(1);
  expect(second.complaints).toEqual([`Port ${port} is taken.`]);
  first.stop();
  await first.exit;
  const third = start('--to', service.url, '--port', port);
  await soon(() => third.out).toEqual(first.out);
});

test('asked for help, it says what can be said', async () => {
  const { exit, out } = start('--help');
  expect(await exit).toBe(0);
  expect(out.join('\n')).toContain('--to http://127.0.0.1:8774');
});

test('arguments without sense are answered with what can be said, and files without sense with their place', async () => {
  const complaint = async (...args: string[]): Promise<readonly [number, string]> => {
    const started = start(...args);
    return [await started.exit, started.complaints.join('\n')];
  };
  const service = await openService();
  for (const args of [
    [],
    ['--what'],
    ['--to', service.url, '--port', 'x'],
    ['--to', service.url, '--port', 'a=1'],
    ['--to', service.url, '--also', 'a=http://a'],
  ]) {
    const [code, text] = await complaint(...args);
    expect(code).toBe(2);
    expect(text).toContain('--to http://127.0.0.1:8774');
  }
  const bad = await rulesFile('[{"fault": {"kind": "delay"}}]');
  expect(await complaint('--to', service.url, '--rules', bad)).toEqual([
    1,
    expect.stringContaining('0.fault.delayMs'),
  ]);
  expect(await complaint('--to', service.url, '--rules', `${bad}.gone`)).toEqual([
    1,
    expect.stringContaining('cannot be read'),
  ]);
});
