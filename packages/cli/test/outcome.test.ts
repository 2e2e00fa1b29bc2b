// How a run came out, for people and for shells: what is said, and the exit code that a script decides by.

import type { Outcome, StoredEvent, StuckStep } from '@belay/runner';
import { describe, expect, test } from 'vitest';
import { ledBy } from '../src/run/lives-at.ts';
import { exitOfOutcome, outcomeLines, type RunSeen } from '../src/run/outcome-text.ts';

const seen: RunSeen = {
  row: { runId: 'p-1', graph: 'volume-swap' },
  serving: 'nobody',
  workload: 'web12',
  downtimeMs: 44_800,
  tookMs: 111_000,
  pivotPassed: false,
  planned: { p50Seconds: 48, p90Seconds: 81 },
  leftBehind: ['The source is kept.'],
  canBeReverted: true,
  keepsSource: true,
};

const error = { kind: 'failed', message: 'the volume does not detach' };
const stuck: StuckStep = {
  step: 'detach-volume',
  why: 'revert-failed',
  error,
  verbs: ['retry', 'mark-reverted'],
};

const outcomes: readonly (readonly [string, Outcome<unknown>, boolean, number])[] = [
  ['success', { runId: 'p-1', state: 'success', output: null }, false, 0],
  ['taken back', { runId: 'p-1', state: 'reverted', cause: error }, false, 10],
  ['stuck before the point of no return', { runId: 'p-1', state: 'stuck', stuck: [stuck] }, false, 11],
  ['in the background', { runId: 'p-1', state: 'background', steps: ['snapshot-ready'] }, false, 12],
  ['stuck past the point of no return', { runId: 'p-1', state: 'stuck', stuck: [stuck] }, true, 13],
  ['held', { runId: 'p-1', state: 'suspended', reason: 'paused by ada' }, false, 15],
  ['given up', { runId: 'p-1', state: 'abandoned', by: 'ada', reason: 'by hand' }, false, 1],
];

describe('the exit code', () => {
  for (const [what, outcome, pivotPassed, code] of outcomes) {
    test(`of a run that is ${what} is ${code}`, () => {
      expect(exitOfOutcome(outcome, { pivotPassed, isInterrupted: false })).toBe(code);
    });
  }

  test('of a run that rests because of Ctrl-C is 130', () => {
    const outcome = { runId: 'p-1', state: 'suspended', reason: 'its runner was closed' } as const;
    expect(exitOfOutcome(outcome, { pivotPassed: false, isInterrupted: true })).toBe(130);
  });
});

describe('what is said at the end', () => {
  test('names every disk that the run has made, as the description of the workload must name them next', () => {
    const volume = (id: string, mountPoint: string) => ({ id, mountPoint, filesystemUuid: `uuid-${id}` });
    const input = {
      at: { provider: 'sim', account: 'test', region: 'here' },
      volume: volume('vol-1', '/data'),
      moreVolumes: [volume('vol-2', '/data/logs')],
    };
    const made = (step: string, volumeId: string, seq: number): StoredEvent => ({
      seq,
      fence: 1,
      atMs: 0,
      event: { kind: 'done', step, output: { volumeId, filesystemUuid: `uuid-${volumeId}` } },
    });
    const events = [made('make-disk-2', 'vol-4', 1), made('make-disk-1', 'vol-3', 2)];
    const output = { target: { id: 'i-2' } };
    const outcome = { runId: 'p-1', state: 'success', output } as const;
    const said = (graph: string, of: readonly StoredEvent[]) => {
      const lives = ledBy({ runId: 'p-1', graph, input }, output, of);
      return outcomeLines(outcome, { ...seen, lives })[1];
    };
    expect(said('recover', events)).toBe(
      'It lives on sim/test/here/i-2 now. Write it down with the workload: instance.id i-2; at /data volumeId vol-3, filesystemUuid uuid-vol-3; at /data/logs volumeId vol-4, filesystemUuid uuid-vol-4.',
    );
    expect(said('volume-swap', [])).toBe(
      'It lives on sim/test/here/i-2 now. Write it down with the workload: instance.id i-2.',
    );
  });

  test('names who serves, and the time in which nobody did beside the plan’s', () => {
    const outcome = { runId: 'p-1', state: 'success', output: null } as const;
    expect(outcomeLines(outcome, { ...seen, serving: 'target' })).toEqual([
      'success: the target serves. Nobody served for 45 s (plan: 47 s–81 s); 111 s in all.',
      'The source is kept.',
      'Take it back: belay revert p-1 --reason …',
      'Give the source up, after the soak: belay release-source p-1 --reason …',
    ]);
  });

  test('names, for each step that is stuck, why, and every command that settles it', () => {
    const text = outcomeLines({ runId: 'p-1', state: 'stuck', stuck: [stuck] }, seen).join('\n');
    expect(text).toContain('STUCK: nobody serves, as far as the steps tell. Act now.');
    expect(text).toContain('detach-volume: could not be taken back: the volume does not detach');
    expect(text).toContain('belay resolve p-1 detach-volume retry --reason …');
    expect(text).toContain('belay resolve p-1 detach-volume mark-reverted --reason …');
    expect(text).toContain('A ticket for the provider: belay recover web12 --ticket');
  });

  test('says past the point of no return that the target is the truth', () => {
    const [line] = outcomeLines(
      { runId: 'p-1', state: 'stuck', stuck: [stuck] },
      { ...seen, pivotPassed: true },
    );
    expect(line).toContain('The point of no return is passed: the target is the truth.');
  });

  test('never calls a run finished that only rests', () => {
    const lines = outcomeLines({ runId: 'p-1', state: 'suspended', reason: 'its runner was closed' }, seen);
    expect(lines.join('\n')).toContain('Nobody carries it on now, and its keys are held: belay apply p-1');
  });
});
