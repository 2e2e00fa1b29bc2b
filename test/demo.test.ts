// The demo is what people see first: it is played here as they play it, in a folder of its own.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '..', 'examples', 'demo', 'main.ts');
const conditions = '--conditions=@belay/source';

interface Line {
  readonly kind: string;
  readonly run?: string;
  readonly [field: string]: unknown;
}

test('the demo plays three runs, each of which ends as promised with every order on the disk', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'belay-demo-'));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [conditions, main, '--json'], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 2 ** 24,
  });
  expect(stderr).toBe('');
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
