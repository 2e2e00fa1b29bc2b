import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downtimeOf, spread } from '@belay/planner';
import { memoryJournal, openRunner, stepGraph } from '@belay/runner';
import { ok } from 'neverthrow';
import { expect, test } from 'vitest';
import { estimateOf, type RunFigures, ratiosOf } from '../../bench/lab/measured.ts';
import { interrupted, sabotaged } from '../../bench/lab/meddle.ts';
import { openMemory } from '../../bench/lab/memory.ts';
import type { Moved } from '../../bench/lab/move.ts';
import { optionsFrom } from '../../bench/lab/options.ts';
import { page } from '../../bench/lab/page.ts';
import { plot } from '../../bench/lab/plot.ts';

function run(strategy: RunFigures['strategy'], files: number, dataPhaseS: number): RunFigures {
  return {
    strategy,
    files,
    totalS: 20,
    downtimeS: 10,
    dataPhaseS,
    overheadS: 0.1,
    clientGapS: 9,
    ordersAcknowledged: 400,
    ordersLost: 0,
    planP50S: 10,
    planP90S: 14,
    rawP10S: 8,
    rawP50S: 10.6,
    rawP90S: 13.4,
    integrityCheck: 'ok',
    checksums: 'same',
    twoServed: 0,
  };
}

const runs = [
  ...[0.5, 0.7, 9].map((seconds) => run('volume-swap', 10, seconds)),
  run('volume-swap', 30, 1.4),
  run('rsync', 10, 1),
  run('rsync', 30, 14),
];
const nothing = { failures: [], estimates: [], twoLabs: [], recoveries: [] };

test('a swap is held against the final pass over as many files, by the middle of what was seen', () => {
  const { swapToFinalPass, swapDataPhaseGrowth, overheadShare } = ratiosOf(runs);
  expect(swapToFinalPass).toEqual([
    { files: 10, swapDataPhaseS: 0.7, rsyncFinalPassS: 1, ratio: 0.7 },
    { files: 30, swapDataPhaseS: 1.4, rsyncFinalPassS: 14, ratio: 0.1 },
  ]);
  expect(swapDataPhaseGrowth).toBe(2);
  expect(overheadShare).toBe(0.01);
});

test('numbers of files that only one of both strategies has seen have no ratio', () => {
  expect(ratiosOf(runs.filter(({ strategy }) => strategy === 'rsync')).swapToFinalPass).toEqual([]);
});

test('the page tells lost orders and broken databases where they are, and nothing of parts that were not played', () => {
  const broken = { ...run('rsync', 10, 1), ordersLost: 3, integrityCheck: 'row 7 missing from index' };
  const text = page({ runs: [broken], ...nothing, ratios: ratiosOf([broken]) }, '2026-11-23', 'A box.');
  expect(text.replaceAll(/ +/g, ' ')).toContain('| 400 | 3 | row 7 missing from index | same | 0 |');
  expect(text).not.toContain('## One step fails');
});

test('a plan is told as it was printed, with the percentiles behind it beside it', () => {
  const downtime = downtimeOf([{ name: 'stop', serving: 'nobody', ...spread(2, 3, 5, 'assumed', '') }], {
    seconds: 0,
    because: '',
  });
  const said = estimateOf({ plan: { downtime } } as Pick<Moved, 'plan'>);
  expect([said.planP50S, said.planP90S]).toEqual([2, 4]);
  expect([said.rawP50S, said.rawP90S].every((seconds) => seconds > 2 && seconds < 5)).toBe(true);
  const figures = {
    strategy: 'volume-swap',
    files: 10,
    history: 5,
    runs: [{ downtimeS: 2.4, ...said }],
    insideTold: 1,
    insideP50P90: 0,
    insideP10P90: 1,
    ordersLost: 0,
  } as const;
  const text = page(
    { runs: [], ...nothing, estimates: [figures], ratios: ratiosOf([]) },
    '2026-11-23',
    'A box.',
  );
  expect(text.replaceAll(/ +/g, ' ')).toContain('| volume-swap | 10 | 5 | 1 of 1 | 0 of 1 | 1 of 1 | 0 |');
  expect(text.replaceAll(/ +/g, ' ')).toContain('| volume-swap | 2 to 4 s |');
});

test('no bar of the picture leaves its panel, however far off a plan was', () => {
  const far = { ...run('rsync', 10, 1), planP90S: 10_000 };
  const svg = plot({ runs: [far], ...nothing, ratios: ratiosOf([far]) });
  const ends = [...svg.matchAll(/x2="([\d.]+)"/g)].map(([, x]) => Number(x));
  expect(ends.length).toBe(1);
  expect(Math.max(...ends)).toBeLessThanOrEqual(710);
});

const graph = stepGraph('two-steps', (g, _: null) => {
  const first = g.scope('place', { choices: ['a'] }, (s) =>
    s.step('make', { idempotent: true, run: () => ok('made') }),
  );
  g.step('use', { needs: { first }, idempotent: true, run: ({ first: was }) => ok(`${was}, used`) });
  return {};
});

test('the step that is named fails, in a scope or out of it, and no other', async () => {
  for (const path of ['place/make', 'use']) {
    const meddled = sabotaged(graph, path);
    await using runner = await openRunner({ graphs: [meddled], services: {}, journal: memoryJournal() });
    const outcome = await runner.run(meddled, null, { id: path });
    expect(outcome._unsafeUnwrap().state).toBe('reverted');
    const { lastSeq } = (await runner.get(path))._unsafeUnwrap().row;
    const failed: string[] = [];
    for await (const { seq, event } of runner.events(path)) {
      if (event.kind === 'failed') failed.push(event.step.replace('#0', ''));
      if (seq >= lastSeq) break;
    }
    expect(failed).toEqual([path]);
  }
  const whole = sabotaged(graph, 'nobody');
  await using runner = await openRunner({ graphs: [whole], services: {}, journal: memoryJournal() });
  expect((await runner.run(whole, null, { id: 'x' }))._unsafeUnwrap().state).toBe('success');
});

test('what happens before a step happens before that step, and the step does what it did', async () => {
  let happened = 0;
  const meddled = interrupted(graph, 'use', async () => {
    happened += 1;
  });
  await using runner = await openRunner({ graphs: [meddled], services: {}, journal: memoryJournal() });
  expect((await runner.run(meddled, null, { id: 'x' }))._unsafeUnwrap().state).toBe('success');
  expect(happened).toBe(1);
});

test('what was measured once is not measured again', async () => {
  const memory = openMemory(undefined);
  expect(await memory.once('runs/a', async () => 1)).toBe(1);
  expect(await memory.once('runs/a', async () => 2)).toBe(1);
  expect([memory.has('runs/a'), memory.has('runs/b')]).toEqual([true, false]);
});

test('what lies in the folder is not measured again by another command, but for what was wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-figures-'));
  try {
    const first = openMemory(folder);
    await first.once('runs/good', async () => 1);
    await first.once('runs/bad', async () => {
      first.spoil();
      return 1;
    });
    const second = openMemory(folder);
    expect([first.isOfBefore, second.isOfBefore]).toEqual([false, true]);
    expect(await second.once('runs/good', async () => 2)).toBe(1);
    expect(await second.once('runs/bad', async () => 2)).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the page of the documentation is only written by a whole run, or where that is asked for', () => {
  const writes = (...words: readonly string[]) => optionsFrom(words)?.write;
  expect([writes(), writes('--json'), writes('--quick', '--write')]).toEqual([true, true, true]);
  expect([writes('--quick'), writes('--only', 'runs'), writes('--no-write')]).toEqual([false, false, false]);
  expect(() => optionsFrom(['--only', 'walks'])).toThrow('recoveries');
});
