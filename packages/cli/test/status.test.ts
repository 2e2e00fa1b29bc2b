// The job log, the steps of a run and its picture: pure lines, at the widths that people have.

import { stripVTControlCharacters } from 'node:util';
import { viewOf } from '@belay/runner';
import { describe, expect, test } from 'vitest';
import { asciiOf } from '../src/picture/ascii.ts';
import { actionOf, jobLog } from '../src/status/job-log.ts';
import { logbookOf } from '../src/status/logbook.ts';
import { stepsOf } from '../src/status/steps.ts';
import { at, created, done, eventsAt, shapeOfSteps, started } from './play/frames.ts';

const shape = shapeOfSteps(['look-at-source', 'stop-services', 'detach-volume']);
const events = eventsAt(
  [0, created()],
  [0, started('look-at-source')],
  [2, done('look-at-source')],
  [2, started('stop-services')],
  [12, done('stop-services')],
  [12, started('detach-volume')],
);

const seen = {
  row: {
    runId: 'p-1',
    graph: 'volume-swap',
    input: null,
    state: 'running' as const,
    fence: 1,
    owner: 'ada-1-1',
    ownerIs: 'live' as const,
    keys: ['node/web12'],
    keysHeld: true,
    createdAtMs: at(0),
    updatedAtMs: at(12),
    lastSeq: 6,
  },
  events,
  shape,
  view: viewOf(shape, events, at(19)),
};

describe('the job log', () => {
  test('has the columns and widths that people have known for years, the newest first', () => {
    const lines = jobLog([
      { action: 'migrate_rsync', startMs: at(0), endMs: at(99), state: 'reverted', done: 9, total: 17 },
      {
        action: 'migrate_volume_swap',
        startMs: at(100),
        endMs: at(139),
        state: 'running',
        done: 14,
        total: 19,
        running: ['attach-volume', 'look', 'see'],
      },
    ]);
    expect(lines).toEqual([
      'ACTION                          START                   END                     STATE       TASKS   RUNNING',
      'migrate_volume_swap             2026-11-22T11:06:32Z    2026-11-22T11:07:11Z    running     14/19   attach-volume +2',
      'migrate_rsync                   2026-11-22T11:04:52Z    2026-11-22T11:06:31Z    reverted    9/17    finished',
    ]);
  });

  test('keeps its columns apart where an action is longer than its column', () => {
    const action = 'a_job_with_a_name_that_is_longer_than_any_column';
    const [, line] = jobLog([{ action, startMs: at(0), endMs: at(1), state: 'success' }]);
    expect(line).toContain(`${action} 2026-`);
  });

  test('calls moves by the words that people know', () => {
    expect(['volume-swap', 'rsync', 'release-source'].map(actionOf)).toEqual([
      'migrate_volume_swap',
      'migrate_rsync',
      'release_source',
    ]);
  });

  test('is a logbook for programs', () => {
    expect(logbookOf([seen])).toMatchObject({
      count: 1,
      next: null,
      previous: null,
      results: [
        {
          uuid: 'p-1',
          state: 'running',
          name: 'migrate_volume_swap',
          updated_at: '2026-11-22T11:05:04.000Z',
          progress: { total: 3, completed: 2, running: ['detach-volume'] },
          logbook: 'web12',
          tracker: { uuid: 'p-1' },
        },
      ],
    });
  });
});

describe('the steps of a run', () => {
  for (const columns of [40, 80, 120]) {
    for (const colour of [false, true]) {
      test(`fit ${columns} columns ${colour ? 'with' : 'without'} colour`, () => {
        const lines = stepsOf(seen, { columns, colour });
        const plain = lines.map((line) => stripVTControlCharacters(line));
        expect(plain.filter((line) => line.length > columns)).toEqual([]);
        expect(plain.join('\n')).toMatch(/✓ stop services +done · 10 s/);
        expect(plain.join('\n')).toMatch(/▶ detach volume +running · 7\.0 s/);
        expect(lines.join('') === plain.join('')).toBe(!colour);
      });
    }
  }

  test('say that nobody carries the run on, and which command would', () => {
    const orphan = { ...seen, row: { ...seen.row, ownerIs: 'dead' as const } };
    const text = stepsOf(orphan, { columns: 120, colour: false }).join('\n');
    expect(text).toContain('nobody carries it on');
    expect(text).toContain('Carry it on: belay apply p-1');
  });

  test('name the command that settles a step that is stuck', () => {
    const stuck = eventsAt(
      [0, created()],
      [0, started('look-at-source')],
      [
        2,
        { kind: 'failed', step: 'look-at-source', error: { kind: 'failed', message: 'no', applied: 'no' } },
      ],
      [3, { kind: 'revert-started', step: 'look-at-source', was: 'failed' }],
      [4, { kind: 'revert-failed', step: 'look-at-source', error: { kind: 'failed', message: 'still no' } }],
    );
    const run = { ...seen, events: stuck, view: viewOf(shape, stuck, at(5)) };
    const text = stepsOf(run, { columns: 120, colour: false }).join('\n');
    expect(text).toContain('! look at source');
    expect(text).toContain('revert: still no');
    expect(text).toContain('belay resolve p-1 look-at-source retry --reason');
  });
});

test('a picture as text has the bands of who serves, and a mark for each state', () => {
  for (const columns of [40, 80, 120]) {
    const lines = asciiOf(shape, seen.view, { columns, colour: false });
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines[0]).toBe('volume-swap  running');
    expect(
      lines.filter((line) => line.startsWith('──')).map((line) => line.replaceAll('─', '').trim()),
    ).toEqual(['the source serves', 'nobody serves']);
    expect(lines.at(-1)).toMatch(/\[▶\] detach-volume/);
  }
});
