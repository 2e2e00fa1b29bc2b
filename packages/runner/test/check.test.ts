import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { check } from '../src/check.ts';
import { type GraphBuilder, type Returned, stepGraph } from '../src/graph.ts';
import { json } from '../src/json.ts';
import type { StepOptions } from '../src/step.ts';

const run = () => ok(1);
const probe = () => ok({ happened: 'no' as const });
const revert = () => ok(undefined);

function problems(build: (g: GraphBuilder<unknown>) => Returned): readonly string[] {
  const graph = stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g));
  return check(graph, null).map(({ sentence }) => sentence);
}

function one(options: StepOptions): readonly string[] {
  return problems((g) => g.step('a', { run, ...options }));
}

test('a sound graph has no problems', () => {
  const found = problems((g) => {
    const stop = g.step('stop', { run, revert, undo: json<{ wasRunning: readonly string[] }>() });
    const place = g.scope('place', { choices: ['a', 'b'], after: [stop] }, (s, zone) =>
      s.step('create', { needs: { zone }, run, probe, revert, retry: { attempts: 3 }, timeoutMs: 1_000 }),
    );
    const sure = g.hold('sure', { after: [place], ask: 'Cut over?' });
    const cut = g.pivot('cut-over', { after: [sure], run, probe });
    const start = g.step('start', { after: [cut], run, probe, revert });
    const warm = g.step('warm', { after: [start], run, lockFree: true, patienceMs: 1_000 });
    g.step('report', { after: [warm], run, lockFree: true });
  });
  expect(found).toEqual([]);
});

test('problems of building come first and alone', () => {
  expect(problems((g) => g.step('a/b', { run, revert }))).toEqual([
    'step a/b: a name may not be empty nor have / or # in it',
  ]);
});

test('a problem names its step apart from the sentence', () => {
  const graph = stepGraph('trial', (g: GraphBuilder<unknown>, _: null) => g.step('a', { run, timeoutMs: 0 }));
  expect(check(graph, null)).toEqual([
    { step: 'a', sentence: 'step a: timeoutMs is 0: it should be a number above 0' },
  ]);
});

test('a build that depends on more than its input is found out', () => {
  let builds = 0;
  expect(problems((g) => g.step(`a${builds++}`, { run }))).toEqual([
    expect.stringMatching(/^step a0: two builds for the same input differ here/),
  ]);
  builds = 0;
  expect(
    problems((g) => {
      g.step('a', { run });
      if (builds++ > 0) g.step('b', { run });
    }),
  ).toEqual([expect.stringMatching(/^step b: two builds/)]);
});

describe('reverts', () => {
  test('need a probe, saved undo, or the word revertBlind', () => {
    expect(problems((g) => g.step('a', { run, revert }))).toEqual([
      expect.stringMatching(/^step a: it has a revert, but after a crash nobody could tell/),
    ]);
    expect(problems((g) => g.step('a', { run, revert, probe }))).toEqual([]);
    expect(problems((g) => g.step('a', { run, revert, undo: json<number>() }))).toEqual([]);
    expect(problems((g) => g.step('a', { run, revert, revertBlind: true }))).toEqual([]);
  });

  test('that are spoken of must be there', () => {
    expect(problems((g) => g.step('a', { run, revertBlind: true }))).toEqual([
      'step a: revertBlind speaks of a revert that is not there: add it or drop the word',
    ]);
    expect(problems((g) => g.step('a', { run, undo: json<number>() }))).toEqual([
      'step a: it declares undo, but has neither revert nor probe to read it: add one or drop undo',
    ]);
  });
});

describe('the pivot', () => {
  test('is one', () => {
    const found = problems((g) => {
      const first = g.pivot('first', { run, probe });
      g.pivot('second', { after: [first], run, probe });
    });
    expect(found).toEqual([
      'step second: a run has one point of no return, and first is it: make this a step',
    ]);
  });

  test('is not in a scope, also when it comes in an included graph', () => {
    const inner = stepGraph('inner', (g: GraphBuilder<unknown>, _: null) => g.pivot('cut', { run, probe }));
    const found = problems((g) =>
      g.scope('place', { choices: [1] }, (s) => s.graph('move', inner, { input: null })),
    );
    expect(found).toEqual(['step place/move/cut: a pivot may only stand on the top level, never in a scope']);
  });

  test('has everything else before it or after it', () => {
    const found = problems((g) => {
      const before = g.step('before', { run });
      g.step('beside', { after: [before], run });
      g.scope('apart', { choices: [1] }, (s) => s.step('inside', { run }));
      const cut = g.pivot('cut', { after: [before], run, probe });
      g.step('after', { after: [cut], run, probe, revert });
    });
    expect(found).toEqual([
      expect.stringMatching(/^step beside: it is neither before nor after the pivot cut/),
      expect.stringMatching(/^step apart: it is neither before nor after the pivot cut/),
    ]);
  });

  test('of an included graph cuts the whole run', () => {
    const inner = stepGraph('inner', (g: GraphBuilder<unknown>, _: null) => {
      const a = g.step('a', { run });
      const cut = g.pivot('cut', { after: [a], run, probe });
      return g.step('b', { after: [cut], run });
    });
    const found = problems((g) => {
      const first = g.step('first', { run });
      const move = g.graph('move', inner, { input: null, after: [first] });
      g.step('last', { after: [move], run });
      g.step('beside', { run });
    });
    expect(found).toEqual([
      expect.stringMatching(/^step beside: it is neither before nor after the pivot move\/cut/),
    ]);
  });

  test('can be probed and not reverted, also where the types were not asked', () => {
    const found = problems((g) => {
      const careless: object = { run, revert };
      g.pivot('cut', careless as never);
    });
    expect(found).toEqual([
      'step cut: the pivot needs a probe: nothing else can tell whether it has been passed',
      'step cut: the pivot is the point of no return and cannot have a revert',
    ]);
  });
});

describe('patience', () => {
  test('needs a step that can do without the keys', () => {
    expect(one({ patienceMs: 1_000 })).toEqual([
      'step a: patienceMs lets the run give its keys away while this goes on: say lockFree: true too',
    ]);
  });

  test('needs the same of all that comes after, however far away', () => {
    const found = problems((g) => {
      const copy = g.step('copy', { run, lockFree: true, patienceMs: 1 });
      const verify = g.step('verify', { after: [copy], run, lockFree: true });
      g.step('start', { after: [verify], run });
    });
    expect(found).toEqual([
      'step copy: it has patienceMs, but start is still to come and needs the keys: say lockFree: true of step start, ' +
        'or drop patienceMs',
    ]);
  });

  test('does not go with a hold that comes after', () => {
    const found = problems((g) => {
      const copy = g.step('copy', { run, lockFree: true, patienceMs: 1 });
      g.hold('sure', { after: [copy], ask: 'Go on?' });
    });
    expect(found).toEqual([
      'step copy: it has patienceMs, but the hold sure comes after it, and a run keeps its keys at a hold: drop one of them',
    ]);
  });

  test('in a scope asks the rest of the scope and what waits for the scope', () => {
    const scope = (sibling: boolean, later: boolean) =>
      problems((g) => {
        const place = g.scope('place', { choices: [1] }, (s) => {
          s.step('other', { run, lockFree: sibling });
          return s.step('copy', { run, lockFree: true, patienceMs: 1 });
        });
        g.step('start', { after: [place], run, lockFree: later });
      });
    expect(scope(true, true)).toEqual([]);
    expect(scope(false, true)).toEqual([
      expect.stringMatching(/^step place\/copy: .*place\/other is still to come/),
    ]);
    expect(scope(true, false)).toEqual([
      expect.stringMatching(/^step place\/copy: .*start is still to come/),
    ]);
  });
});

describe('numbers', () => {
  test('must make sense', () => {
    expect(one({ timeoutMs: -1 })).toEqual(['step a: timeoutMs is -1: it should be a number above 0']);
    expect(one({ timeoutMs: Number.NaN })).toEqual([
      'step a: timeoutMs is NaN: it should be a number above 0',
    ]);
    expect(one({ graceMs: -1 })).toEqual(['step a: graceMs is -1: it should be 0 or more']);
    expect(one({ graceMs: 0 })).toEqual([]);
    expect(one({ settleMs: -1 })).toEqual(['step a: settleMs is -1: it should be 0 or more']);
    expect(one({ weight: -2 })).toEqual(['step a: weight is -2: it should be 0 or more']);
    expect(one({ lockFree: true, patienceMs: 0 })).toEqual([
      'step a: patienceMs is 0: it should be a number above 0',
    ]);
    expect(one({ retry: { attempts: 0 } })).toEqual([
      'step a: retry.attempts counts all tries, the first too: 0 should be a whole number from 1 on',
    ]);
    expect(one({ retry: { attempts: 1.5, delayMs: -1, factor: 0.5, maxDelayMs: 0 } })).toHaveLength(4);
    expect(one({ retry: { attempts: 1, delayMs: 0, factor: 1, maxDelayMs: 1 } })).toEqual([]);
  });

  test('of retries of the revert are looked at too', () => {
    expect(problems((g) => g.step('a', { run, probe, revert, revertRetry: { attempts: -1 } }))).toEqual([
      expect.stringMatching(/^step a: revertRetry.attempts/),
    ]);
  });
});

test('a hold says what it asks', () => {
  expect(problems((g) => g.hold('sure', { ask: ' ' }))).toEqual([
    'step sure: a hold asks a person something: say what in ask',
  ]);
});

test('a scope has something to try and something in it', () => {
  expect(problems((g) => g.scope('place', { choices: [] }, () => undefined))).toEqual([
    'step place: it has no choices, so it can only fail: give it at least one',
    'step place: nothing is declared in this scope: declare a step on its own builder, not on g',
  ]);
});

test('a hundred thousand steps are checked in a few seconds', () => {
  const before = performance.now();
  const found = problems((g) => {
    let last = g.step('s0', { run });
    for (let i = 1; i < 50_000; i++) last = g.step(`s${i}`, { after: [last], run });
    const cut = g.pivot('cut', { after: [last], run, probe });
    for (let i = 0; i < 50_000; i++) g.step(`t${i}`, { after: [cut], run, lockFree: true, patienceMs: 1 });
  });
  expect(found).toEqual([]);
  expect(performance.now() - before).toBeLessThan(30_000);
});
