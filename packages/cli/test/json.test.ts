// What scripts read: every `--json` is written down in docs/json.md, and gives the fields that stand there.

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandsByName } from '../src/commands.ts';
import { buildHouse, dayMs, type House, scanForDays } from './scanner-house.ts';

const page = readFileSync(new URL('../docs/json.md', import.meta.url), 'utf8');

let house: House;
beforeEach(async () => {
  house = await buildHouse();
});
afterEach(() => house.tearDown());

/** What a command gives, one value a line; nothing else stands on standard output. */
async function valuesOf(...args: string[]): Promise<Record<string, unknown>[]> {
  const { data, people } = await house.belay(...args, '--json');
  const lines = data.trimEnd().split('\n');
  expect(lines[0], people).not.toBe('');
  return lines.map((line) => JSON.parse(line));
}

/** The names of the fields of its only value. */
async function fieldsOf(...args: string[]): Promise<string> {
  const [value = {}, ...others] = await valuesOf(...args);
  expect(others).toEqual([]);
  return names(value);
}

function names(value: object): string {
  return Object.keys(value).sort().join(' ');
}

function nested(value: Record<string, unknown> | undefined, field: string): string {
  const found = value?.[field];
  return typeof found === 'object' && found !== null ? names(found) : '';
}

test('every command that takes --json is written down', async () => {
  const commands = await Promise.all(Object.values(commandsByName).map((load) => load()));
  const silent = commands.filter(({ name, options }) => 'json' in options && !page.includes(`\`${name}`));
  expect(silent.map(({ name }) => name)).toEqual([]);
  expect(commands.filter(({ options }) => 'json' in options).length).toBeGreaterThan(10);
});

test('the commands of the scanner give the fields that are written down, from a scan to a purge', async () => {
  for (let n = 1; n <= 4; n += 1) house.store(`archives/ann/${n}.tar`);
  house.store('archives/ann/old.tar', { forgotten: true });
  await scanForDays(house, 4);
  house.pass(dayMs);
  const [scan] = await valuesOf('scan', 'offsite');
  expect(names(scan ?? {})).toBe('breaker formatVersion plan report scope');
  expect(nested(scan, 'report')).toBe(
    'at doubts inDoubt keys missing neededInQuarantine number orphans outcome run',
  );
  expect(await fieldsOf('scan', 'offsite', '--overdue')).toBe('formatVersion isOverdue scope');
  const [plan = {}] = await valuesOf('review', 'offsite');
  expect(names(plan)).toBe(
    'digest environment excess expiresAt items ledger madeAt scan signatures staying store totals',
  );
  const { items } = plan as { readonly items: readonly object[] };
  expect(names(items[0] ?? {})).toBe(
    'class key kind modifiedAt owner prefix seen sizeBytes verified version why',
  );
  const digest = String(plan['digest']);
  expect(await fieldsOf('sweep', digest)).toBe('dry formatVersion plan signers');
  const [swept] = await valuesOf('sweep', digest, '--digest', digest);
  expect(names(swept ?? {})).toBe('dry formatVersion report');
  expect(nested(swept, 'report')).toBe('conditional outcome plan quarantined run signedBy stayed');
  const run = `sweep-${digest.slice(0, 32)}`;
  expect(await fieldsOf('affected', run)).toBe('formatVersion owners run totals');
  const [undone] = await valuesOf('undo', run, '--reason', 'ann wants it');
  expect(names(undone ?? {})).toBe('formatVersion report');
  expect(nested(undone, 'report')).toBe('gone notYet restored run');
  expect(await fieldsOf('purge', 'offsite')).toBe('dry due formatVersion scope waiting');
  const [purged] = await valuesOf('purge', 'offsite', '--for-good');
  expect(names(purged ?? {})).toBe('dry formatVersion report');
  expect(nested(purged, 'report')).toBe('broughtBack deleted stayed');
  expect(await fieldsOf('breaker', 'status', 'offsite')).toBe('formatVersion scope state');
  expect(await fieldsOf('hold', 'list', 'offsite')).toBe('formatVersion holds scope');
  expect(await fieldsOf('ledger', 'verify')).toBe('at formatVersion hash ledger lines scope');
  expect(await fieldsOf('alerts', 'list')).toBe('alerts formatVersion');
}, 60_000);

test('what went wrong leaves standard output empty, and says so by its code', async () => {
  for (const args of [
    ['review', 'offsite', '--json'],
    ['affected', 'sweep-none', '--json'],
    ['scan', 'nowhere', '--json'],
  ]) {
    const { code, data, people } = await house.belay(...args);
    expect([code === 0, data, people === '']).toEqual([false, '', false]);
  }
});
