// The command line itself: what is answered to words that make no sense, and the help. And what its page says to try.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandsByName, parts } from '../src/commands.ts';
import { helpOf, overview } from '../src/help.ts';
import { openHouse } from './play/bin.ts';

describe('words that make no sense', () => {
  test('are answered with the nearest ones that do', async ({ onTestFinished }) => {
    const { belay } = await openHouse(onTestFinished, { backup: false });
    expect(await belay('plam', 'web12')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'There is no command plam. Did you mean belay plan?\nbelay help lists all commands.\n',
    });
    expect((await belay('apply', 'p-1', '--digst', 'x')).stderr).toContain(
      'belay apply: there is no option --digst. Did you mean --digest?',
    );
    expect((await belay('breaker')).stderr).toContain('belay breaker needs one more word: breaker status');
    expect((await belay('status', 'a', 'b')).stderr).toContain('b is one word too many.');
    expect((await belay('plan')).stderr).toContain('something is missing: belay plan <workload>');
    expect((await belay('plan', 'web13', '--to', 'eagle-4xl')).stderr).toContain(
      'there is no workload web13',
    );
    expect((await belay('plan', 'web12', '--to', 'eagle-4x')).stderr).toContain('Did you mean eagle-4xl?');
    expect((await belay('status', '--config', 'nowhere.json')).stderr).toContain(
      'there is no file nowhere.json',
    );
  });
});

describe('the help', () => {
  test('of every command names its options, examples and exit codes, and fits 40, 80 and 120 columns', async () => {
    const commands = await Promise.all(
      Object.entries(commandsByName).map(async ([name, load]) => ({ name, command: await load() })),
    );
    for (const { name, command } of commands) {
      expect(command.name).toBe(name);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(example).toMatch(new RegExp(`^belay ${name}\\b`));
      for (const columns of [80, 120]) {
        const lines = helpOf(command, columns).filter(
          (line) => !line.startsWith('  belay ') && !line.startsWith('Usage:'),
        );
        expect({ name, long: lines.filter((line) => line.length > columns) }).toEqual({ name, long: [] });
      }
      expect(helpOf(command, 40).join('\n')).toContain('Exit codes');
    }
    const all = overview(
      commands.map(({ command }) => command),
      parts,
      80,
    );
    for (const title of Object.values(parts)) expect(all).toContain(title);
    for (const { name } of commands) expect(all.some((line) => line.startsWith(`  ${name}`))).toBe(true);
  });
});

test('what the page says to try can be tried', { timeout: 300_000 }, async ({ onTestFinished }) => {
  const house = await openHouse(onTestFinished, { backup: false });
  const page = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  const config = JSON.parse(/## Try it[\s\S]*?```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  config.clouds.toy.file = 'another.json';
  writeFileSync(join(house.folder, 'belay.config.json'), JSON.stringify(config));
  const first = await house.belay('plan', 'web12', '--to', 'eagle-4xl');
  expect(first.stdout).toMatch(/NO-GO fresh-backup/);
  expect(first).toMatchObject({ code: 4 });
  const risk = ['--accept-risk=fresh-backup', '--reason', 'only a simulation'];
  const second = await house.belay('plan', 'web12', '--to', 'eagle-4xl', ...risk);
  expect(second).toMatchObject({ code: 0 });
});
