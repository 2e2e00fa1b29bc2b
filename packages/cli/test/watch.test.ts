// What people see of a run: as lines that are made of events alone, so that it is the same live, later and elsewhere.

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { paintFor } from '../src/paint.ts';
import { heartbeatLine, lineScreen } from '../src/watch/line-screen.ts';
import { servingBy } from '../src/watch/serving.ts';
import { stopwatch } from '../src/watch/stopwatch.ts';
import { bottomLines, finishedLine } from '../src/watch/terminal-frame.ts';
import { terminalScreen } from '../src/watch/terminal-screen.ts';
import { watch } from '../src/watch/watch.ts';
import { at, created, done, eventsAt, shapeOfSteps, started } from './play/frames.ts';

const shape = shapeOfSteps([
  'look-at-source',
  'stop-services',
  'detach-volume',
  'switch-address',
  'confirm-route',
]);

const silent = {
  heading: () => undefined,
  text: () => undefined,
  step: () => undefined,
  serving: () => undefined,
  live: () => undefined,
  record: () => undefined,
  close: () => undefined,
};

const inTheWindow = eventsAt(
  [0, created()],
  [0, started('look-at-source')],
  [2, done('look-at-source')],
  [2, started('stop-services')],
  [12, done('stop-services')],
  [12, started('detach-volume')],
);

function statusAfter(nowSecond: number) {
  const seen = watch({
    run: 'p-1',
    shape,
    screen: silent,
    now: () => at(nowSecond),
    outlook: { windowP90Ms: 74_000, noReturn: 'write-accepted', keys: 'h hold · a abort' },
  });
  const serving = servingBy(shape);
  for (const stored of inTheWindow) {
    seen.serving(serving.after(stored), stored.atMs);
    seen.take(stored);
  }
  return seen.status();
}

describe('who serves', () => {
  test('is nobody from the first step that stops something, and the target when the world is led to it', () => {
    const fold = servingBy(shape);
    expect(fold.first).toBe('source');
    const told = [
      ...inTheWindow,
      ...eventsAt([14, done('detach-volume')], [14, started('switch-address')], [16, done('switch-address')]),
    ].map((stored) => fold.after(stored));
    expect(told).toEqual([
      'source',
      'source',
      'source',
      'nobody',
      'nobody',
      'nobody',
      'nobody',
      'nobody',
      'target',
    ]);
  });

  test('is the source again when what was stopped first is back, and not before', () => {
    const fold = servingBy(shape);
    for (const stored of inTheWindow) fold.after(stored);
    const back = eventsAt(
      [14, { kind: 'failed', step: 'detach-volume', error: { kind: 'failed', message: 'no' } }],
      [15, { kind: 'revert-started', step: 'detach-volume', was: 'failed' }],
      [16, { kind: 'reverted', step: 'detach-volume' }],
      [16, { kind: 'revert-started', step: 'stop-services', was: 'done' }],
      [20, { kind: 'reverted', step: 'stop-services' }],
    ).map((stored) => fold.after(stored));
    expect(back).toEqual(['nobody', 'nobody', 'nobody', 'nobody', 'source']);
  });

  test('is nobody from the beginning where the source is down, also when all is taken back', () => {
    const fold = servingBy(shape, { isDown: true });
    expect(fold.first).toBe('nobody');
    const [first] = eventsAt([0, started('look-at-source')]);
    expect(first && fold.after(first)).toBe('nobody');
  });

  test('is measured from change to change', () => {
    const watchOf = stopwatch({ atMs: at(0), serving: 'source' });
    watchOf.change({ atMs: at(10), serving: 'nobody' });
    expect(watchOf.downtimeMs(at(14))).toBe(4000);
    watchOf.change({ atMs: at(20), serving: 'target' });
    watchOf.change({ atMs: at(30), serving: 'nobody' });
    expect(watchOf.downtimeMs(at(31))).toBe(11_000);
  });
});

describe('a terminal', () => {
  for (const columns of [40, 80, 120]) {
    for (const colour of [false, true]) {
      test(`of ${columns} columns ${colour ? 'with' : 'without'} colour shows running steps and who serves, and no line is too long`, () => {
        const frame = { columns: columns - 1, paint: paintFor(colour) };
        const lines = bottomLines(statusAfter(19), frame);
        const plain = lines.map((line) => stripVTControlCharacters(line));
        expect(plain.every((line) => line.length < columns)).toBe(true);
        expect(plain[0]).toMatch(/^ {2}▶ detach volume +00:07/);
        expect(plain[1]).toContain('serving: nobody 00:17');
        expect(lines.join('') === plain.join('')).toBe(!colour);
        if (columns >= 80) {
          expect(plain[1]).toContain('of 01:14 (p90)');
          expect(plain[2]).toContain('no way back from: write-accepted · h hold · a abort');
        }
      });
    }
  }

  test('keeps a line of each step that ended, with why it failed', () => {
    const frame = { columns: 79, paint: paintFor(false) };
    const step = { step: 'attach-volume', title: 'attach the volume', sinceMs: at(0), tookMs: 3400 };
    expect(finishedLine({ ...step, state: 'done' }, frame)).toMatch(/^ {2}✓ attach the volume +3\.4 s$/);
    expect(finishedLine({ ...step, state: 'failed', note: 'no such volume' }, frame)).toMatch(
      /^ {2}✗ attach the volume +failed: no such volume$/,
    );
  });

  test('gives the cursor back when it is closed', () => {
    let written = '';
    const clock = { now: () => 0, after: () => () => undefined };
    const output = { columns: 80, write: (text: string) => (written += text) };
    const screen = terminalScreen(output, { colour: false, clock });
    screen.live(() => statusAfter(19));
    expect(written).toContain('\u001b[?25l');
    screen.close();
    expect(written.split('\u001b[?25l').at(-1)).toContain('\u001b[?25h');
  });
});

describe('without a terminal', () => {
  test('each change is a line with its time', () => {
    const lines: string[] = [];
    const seen = watch({
      run: 'p-1',
      shape,
      screen: lineScreen({ write: (text) => lines.push(text) }),
      now: () => at(0),
    });
    const serving = servingBy(shape);
    for (const stored of inTheWindow) {
      seen.serving(serving.after(stored), stored.atMs);
      seen.take(stored);
    }
    expect(lines.map((line) => line.trimEnd())).toEqual([
      '2026-11-22T11:04:52Z  p-1  running        look-at-source',
      '2026-11-22T11:04:54Z  p-1  done           look-at-source  2.0 s',
      '2026-11-22T11:04:54Z  p-1  serving:       nobody',
      '2026-11-22T11:04:54Z  p-1  running        stop-services',
      '2026-11-22T11:05:04Z  p-1  done           stop-services  10 s',
      '2026-11-22T11:05:04Z  p-1  running        detach-volume',
    ]);
  });

  test('a heartbeat names what is waited for every thirty seconds, and ends with the run', () => {
    const timers: { readonly delayMs: number; readonly callback: () => void; isOff: boolean }[] = [];
    const clock = {
      now: () => 0,
      after: (delayMs: number, callback: () => void) => {
        const timer = { delayMs, callback, isOff: false };
        timers.push(timer);
        return () => {
          timer.isOff = true;
        };
      },
    };
    const lines: string[] = [];
    const screen = lineScreen({ write: (text) => lines.push(text) }, { clock });
    screen.live(() => statusAfter(42));
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([30_000]);
    timers[0]?.callback();
    expect(lines).toEqual([`${heartbeatLine(statusAfter(42))}\n`]);
    expect(lines[0]).toMatch(/waits for +detach-volume 00:30 {2}2\/5 {2}serving: nobody 00:40/);
    screen.live(undefined);
    expect(timers.at(-1)?.isOff).toBe(true);
  });
});
