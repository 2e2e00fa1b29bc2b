import { describe, expect, it } from 'vitest';
import { type Spec, story } from './model/story.ts';

describe('a scope', () => {
  const specs: Spec[] = [
    { name: 'before' },
    { name: 'place', kind: 'scope', choices: 2, after: ['before'] },
    { name: 'volume', in: 'place' },
    { name: 'server', in: 'place', after: ['volume'] },
    { name: 'beside' },
    { name: 'after', after: ['place'] },
  ];

  it('is one step to the outside: done when all in it is done', () => {
    const run = story(specs);
    expect(run.begin()).toEqual(['run before', 'run beside']);
    expect(run.done('before')).toEqual(['choose place 0', 'run volume']);
    expect(run.done('volume')).toEqual(['run server']);
    expect(run.done('server')).toEqual(['run after']);
  });

  it('is reverted between two tries, and then tries its next choice from the start', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'volume');
    expect(run.failed('server', 'no')).toEqual(['revert server failed']);
    expect(run.reverted('server')).toEqual(['revert volume done']);
    expect(run.reverted('volume')).toEqual(['choose place 1', 'run volume']);
    expect(run.state).toBe('running');
  });

  it('leaves everything outside alone while it tries', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'volume');
    run.failed('server', 'no');
    expect(run.log).not.toContain('abort beside');
    expect(run.log).not.toContain('revert before done');
    expect(run.nodeState('before')).toBe('done');
  });

  it('with no choice left has failed, and what is around it goes back', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    run.failed('volume', 'no');
    run.reverted('volume');
    run.failed('volume', 'no');
    expect(run.reverted('volume')).toEqual(['choose place 2', 'abort beside', 'revert before done']);
    expect(run.done('beside')).toEqual(['revert beside done']);
    run.reverted('before', 'beside');
    expect(run.state).toBe('reverted');
  });

  it('without a choice fails at once', () => {
    const run = story([
      { name: 'none', kind: 'scope', choices: 0 },
      { name: 'in', in: 'none' },
    ]);
    expect(run.begin()).toEqual(['choose none 0']);
    expect(run.state).toBe('reverted');
  });

  it('tries no other choice once the run is going back', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'volume');
    expect(run.now('cancelled')).toEqual(['abort server', 'abort beside']);
    expect(run.failed('server')).toEqual(['revert server failed']);
    run.reverted('server');
    expect(run.reverted('volume')).toEqual(['revert before done']);
    expect(run.log.filter((word) => word.startsWith('choose'))).toEqual(['choose place 0']);
  });

  it('that is just between two tries when the run goes back tries no other either', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    run.failed('volume', 'no');
    run.failed('beside', 'no');
    expect(run.reverted('volume')).toEqual(['revert before done']);
  });

  it('whose revert fails between two tries leaves the run stuck inside it, and the rest untouched', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'volume', 'beside');
    run.failed('server', 'no');
    expect(run.revertFailed('server')).toEqual([]);
    expect(run.state).toBe('stuck');
    expect(run.nodeState('before')).toBe('done');
    expect(run.resolved('server', 'mark-reverted')).toEqual(['revert volume done']);
    expect(run.reverted('volume')).toEqual(['choose place 1', 'run volume']);
  });

  it('that was done is reverted in its turn: after what stands on it, before what it stands on', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'volume', 'server', 'beside');
    expect(run.failed('after', 'no')).toEqual(['revert beside done', 'revert after failed']);
    expect(run.reverted('after')).toEqual(['revert server done']);
    run.reverted('server');
    expect(run.reverted('volume')).toEqual(['revert before done']);
  });

  it('within a scope is exhausted into it: the outer one tries its next choice', () => {
    const run = story([
      { name: 'zone', kind: 'scope', choices: 2 },
      { name: 'type', kind: 'scope', choices: 2, in: 'zone' },
      { name: 'server', in: 'type' },
    ]);
    run.begin();
    for (const _ of [1, 2, 3]) {
      run.failed('server', 'no');
      run.reverted('server');
    }
    expect(run.log.filter((word) => word.startsWith('choose'))).toEqual([
      'choose zone 0',
      'choose type 0',
      'choose type 1',
      'choose type 2',
      'choose zone 1',
      'choose type 0',
      'choose type 1',
    ]);
    expect(run.done('server')).toEqual([]);
    expect(run.state).toBe('success');
  });

  it('behind the pivot may still go back and try again, and is stuck alone when exhausted', () => {
    const run = story([
      { name: 'p', pivot: true, hasProbe: true },
      { name: 'place', kind: 'scope', choices: 2, after: ['p'] },
      { name: 'in', in: 'place' },
    ]);
    run.begin();
    run.done('p');
    run.failed('in', 'no');
    expect(run.reverted('in')).toEqual(['choose place 1', 'run in']);
    run.failed('in', 'no');
    run.reverted('in');
    expect(run.state).toBe('stuck');
    expect(run.verbs('place')).toEqual(['retry']);
    expect(run.resolved('place', 'retry')).toEqual(['choose place 2', 'run in']);
    run.done('in');
    expect(run.state).toBe('success');
  });

  it('in which nothing had begun has nothing to revert, however deep it lies, and nobody else pays for it', () => {
    const run = story(
      [
        { name: 'outer', kind: 'scope' },
        { name: 'inner', kind: 'scope', in: 'outer' },
        { name: 'leaf', in: 'inner' },
        { name: 'first' },
        { name: 'second', after: ['first'] },
      ],
      1,
    );
    expect(run.begin()).toEqual(['choose outer 0', 'run first']);
    expect(run.done('first')).toEqual(['choose inner 0', 'run second']);
    expect(run.now('cancelled')).toEqual(['abort second']);
    expect(run.done('second')).toEqual(['revert second done']);
    expect(run.reverted('second')).toEqual(['revert first done']);
    expect(run.state).toBe('reverting');
    run.reverted('first');
    expect(run.state).toBe('reverted');
  });

  it('whose question was taken back does not open by a late answer', () => {
    const run = story([{ name: 'bad' }, { name: 'place', kind: 'scope' }, { name: 'in', in: 'place' }]);
    expect(run.machine.apply({ kind: 'created' })).toEqual([
      { do: 'run', node: 0, attempt: 1 },
      { do: 'choose', node: 1, choice: 0, rounds: 1 },
    ]);
    run.tell({ kind: 'started', node: 0, attempt: 1 });
    expect(run.failed('bad', 'no')).toEqual(['revert bad failed']);
    expect(run.tell({ kind: 'chosen', node: 1, choice: 0 })).toEqual([]);
    run.reverted('bad');
    expect(run.state).toBe('reverted');
  });
});

describe('background', () => {
  const specs: Spec[] = [
    { name: 'locked' },
    { name: 'soak', after: ['locked'], lockFree: true, patienceMs: 1 },
    { name: 'report', after: ['soak'], lockFree: true },
  ];

  it('frees the keys when patience is over and only lock-free work is left', () => {
    const run = story(specs);
    run.begin();
    run.done('locked');
    expect(run.patienceOver('soak')).toEqual(['free-keys']);
    expect(run.state).toBe('background');
    expect(run.done('soak')).toEqual(['run report']);
    run.done('report');
    expect(run.state).toBe('success');
  });

  it('waits until nothing is left that needs the keys', () => {
    const run = story([{ name: 'locked' }, { name: 'soak', lockFree: true, patienceMs: 1 }]);
    run.begin();
    expect(run.patienceOver('soak')).toEqual([]);
    expect(run.done('locked')).toEqual(['free-keys']);
  });

  it('does not begin while a step that has patience left is under way', () => {
    const run = story([
      { name: 'a', lockFree: true, patienceMs: 1 },
      { name: 'b', lockFree: true, patienceMs: 1 },
    ]);
    run.begin();
    expect(run.patienceOver('a')).toEqual([]);
    expect(run.patienceOver('b')).toEqual(['free-keys']);
  });

  it('takes the keys again before any revert', () => {
    const run = story(specs);
    run.begin();
    run.done('locked');
    run.patienceOver('soak');
    expect(run.failed('soak', 'no')).toEqual(['take-keys']);
    expect(run.state).toBe('reverting');
    expect(run.now('keys-taken')).toEqual(['revert soak failed']);
    expect(run.reverted('soak')).toEqual(['revert locked done']);
  });

  it('does not begin while a scope is going back, whose reverts need the keys', () => {
    const specs: Spec[] = [
      { name: 'place', kind: 'scope', choices: 2, lockFree: true },
      { name: 'slow', in: 'place', lockFree: true, patienceMs: 1 },
      { name: 'bad', in: 'place', lockFree: true, noRevert: true },
    ];
    const late = story(specs);
    late.begin();
    late.failed('bad', 'no');
    expect(late.patienceOver('slow')).toEqual([]);
    expect(late.failed('slow', 'no')).toEqual(['revert slow failed']);
    const early = story(specs);
    early.begin();
    early.patienceOver('slow');
    expect(early.failed('bad', 'no')).toEqual(['abort slow']);
    expect(early.state).toBe('running');
  });
});
