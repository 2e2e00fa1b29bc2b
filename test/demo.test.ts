// The demo is what people see first: it is played here as they play it, in a folder of its own.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const main = join(import.meta.dirname, '..', 'examples', 'demo', 'main.ts');
const conditions = '--conditions=@belay/source';

interface Line {
  readonly kind: string;
  readonly run?: string;
  readonly [field: string]: unknown;
}

/** A folder of the test's own, gone when the test is over. */
function folder(): string {
  const cwd = mkdtempSync(join(tmpdir(), 'belay-demo-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  return cwd;
}

/** What it printed. Any exit code but 0, and any word on stderr, fails the test. */
async function play(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [conditions, main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 2 ** 24,
  });
  expect(stderr).toBe('');
  return stdout;
}

test('the demo plays three runs, each of which ends as promised with every order on the disk', async () => {
  const cwd = folder();
  const stdout = await play(cwd, '--json');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

  const ended = lines.filter(({ kind }) => kind === 'ended');
  expect(ended.map(({ run, state, serving, lost }) => ({ run, state, serving, lost }))).toEqual([
    { run: 'swap-1', state: 'success', serving: 'target', lost: 0 },
    { run: 'swap-2', state: 'reverted', serving: 'source', lost: 0 },
    { run: 'swap-3', state: 'success', serving: 'target', lost: 0 },
  ]);
  for (const { downtimeMs, tookMs, picture } of ended) {
    expect(downtimeMs).toBeGreaterThan(0);
    expect(downtimeMs).toBeLessThan(Number(tookMs));
    expect(readFileSync(join(cwd, String(picture)), 'utf8')).toContain('<svg');
  }
  // The second process dies once, while nobody serves, and its run is taken over.
  const third = lines.filter(({ run }) => run === 'swap-3').map(({ kind }) => kind);
  expect(third.filter((kind) => kind === 'killed')).toHaveLength(1);
  expect(third.indexOf('claimed')).toBeGreaterThan(third.indexOf('killed'));
  const beforeDeath = lines.slice(
    0,
    lines.findIndex(({ kind }) => kind === 'killed'),
  );
  expect(beforeDeath.findLast(({ kind }) => kind === 'serving')?.['serving']).toBe('nobody');
  expect(lines.at(-1)).toMatchObject({ kind: 'summary', asPromised: true });
  expect(existsSync(join(cwd, 'belay-demo', 'belay.db'))).toBe(true);
}, 120_000);

test('without a terminal the demo ends with the job log, its pictures, and a word on whether all went as promised', async () => {
  const cwd = folder();
  const lines = (await play(cwd, '--speed', '120')).trimEnd().split('\n');

  const header = lines.findIndex((line) => line.startsWith('ACTION'));
  const rows = lines.slice(header).slice(0, 4);
  // Columns are two blanks apart or more; no cell has two in a row.
  const cells = rows.map((line) => line.trimEnd().split(/ {2,}/));
  expect(cells[0]).toEqual(['ACTION', 'START', 'END', 'STATE', 'TASKS', 'RUNNING']);
  expect(lines[header + 4]).toBe('');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const whole = expect.stringMatching(/^(\d+)\/\1$/);
  // The latest first, as in any log of jobs.
  expect(cells.slice(1)).toEqual([
    ['volume_swap', time, time, 'success', whole, 'finished'],
    ['volume_swap', time, time, 'reverted', expect.stringMatching(/^\d+\/\d+$/), 'finished'],
    ['volume_swap', time, time, 'success', whole, 'finished'],
  ]);
  // Each word begins where its column does.
  for (const row of rows.slice(1)) {
    for (const column of ['START', 'END', 'STATE', 'TASKS', 'RUNNING']) {
      expect(row.slice(rows[0]!.indexOf(column) - 1)).toMatch(/^ \S/);
    }
  }

  const pictures = lines.filter((line) => line.endsWith('.svg')).map((line) => line.trim());
  expect(pictures).toHaveLength(3);
  for (const picture of pictures) expect(readFileSync(join(cwd, picture), 'utf8')).toContain('<svg');
  expect(lines.at(-1)).toBe('All as promised.');
}, 180_000);
