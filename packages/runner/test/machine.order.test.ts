import { describe, expect, it } from 'vitest';
import { story } from './model/story.ts';

describe('order', () => {
  it('starts a step as soon as all that it needs are done, and not before', () => {
    const run = story([{ name: 'a' }, { name: 'b' }, { name: 'c', after: ['a', 'b'] }]);
    expect(run.begin()).toEqual(['run a', 'run b']);
    expect(run.done('a')).toEqual([]);
    expect(run.done('b')).toEqual(['run c']);
    expect(run.done('c')).toEqual([]);
    expect(run.state).toBe('success');
  });

  it('has no more steps under way than the limit allows', () => {
    const run = story([{ name: 'a' }, { name: 'b' }, { name: 'c' }], 2);
    expect(run.begin()).toEqual(['run a', 'run b']);
    expect(run.done('b')).toEqual(['run c']);
  });

  it('counts reverts against the same limit', () => {
    const run = story([{ name: 'a' }, { name: 'b' }, { name: 'c', after: ['a', 'b'] }], 1);
    run.begin();
    run.done('a', 'b');
    expect(run.failed('c', 'no')).toEqual(['revert c failed']);
    expect(run.reverted('c')).toEqual(['revert a done']);
    expect(run.reverted('a')).toEqual(['revert b done']);
  });

  it('succeeds at once where there is nothing to do', () => {
    const run = story([]);
    expect(run.begin()).toEqual([]);
    expect(run.state).toBe('success');
  });

  it('lets an included graph end by itself when all in it is done', () => {
    const run = story([
      { name: 'a' },
      { name: 'end', kind: 'join', after: ['a'] },
      { name: 'b', after: ['end'] },
    ]);
    run.begin();
    expect(run.done('a')).toEqual(['run b']);
  });
});

describe('a failure', () => {
  it('reverts the failed step too, and first', () => {
    const run = story([{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c', after: ['b'] }]);
    run.begin();
    run.done('a');
    expect(run.failed('b')).toEqual(['revert b failed']);
    expect(run.state).toBe('reverting');
    expect(run.reverted('b')).toEqual(['revert a done']);
    expect(run.reverted('a')).toEqual([]);
    expect(run.state).toBe('reverted');
    expect(run.log).not.toContain('run c');
  });

  it('starts nothing new, tells what is in flight to stop, and waits for it', () => {
    const run = story([{ name: 'a' }, { name: 'slow' }, { name: 'next', after: ['a'] }, { name: 'bad' }]);
    run.begin();
    expect(run.failed('bad')).toEqual(['abort a', 'abort slow', 'revert bad failed']);
    expect(run.done('a')).toEqual(['revert a done']);
    expect(run.reverted('a', 'bad')).toEqual([]);
    expect(run.state).toBe('reverting');
    expect(run.failed('slow')).toEqual(['revert slow failed']);
    run.reverted('slow');
    expect(run.state).toBe('reverted');
    expect(run.log).not.toContain('run next');
  });

  it('reverts a step when every started step that stands on it has been reverted', () => {
    const run = story([
      { name: 'base' },
      { name: 'left', after: ['base'] },
      { name: 'right', after: ['base'] },
      { name: 'top', after: ['left', 'right'] },
    ]);
    run.begin();
    run.done('base', 'left', 'right');
    expect(run.failed('top')).toEqual(['revert top failed']);
    expect(run.reverted('top')).toEqual(['revert left done', 'revert right done']);
    expect(run.reverted('right')).toEqual([]);
    expect(run.reverted('left')).toEqual(['revert base done']);
  });

  it('reverts independent branches at the same time', () => {
    const run = story([{ name: 'a' }, { name: 'b' }, { name: 'bad', after: ['a'] }]);
    run.begin();
    run.done('a', 'b');
    expect(run.failed('bad')).toEqual(['revert b done', 'revert bad failed']);
  });

  it('passes over steps that have nothing to revert', () => {
    const run = story([{ name: 'a' }, { name: 'look', after: ['a'], noRevert: true }]);
    run.begin();
    run.done('a');
    expect(run.failed('look')).toEqual(['revert a done']);
  });

  it('leaves the run stuck where a revert fails, while the other reverts go on', () => {
    const run = story([{ name: 'a' }, { name: 'b' }, { name: 'under' }, { name: 'bad', after: ['under'] }]);
    run.begin();
    run.done('a', 'b', 'under');
    run.failed('bad');
    run.revertFailed('bad');
    expect(run.state).toBe('reverting');
    run.reverted('a', 'b');
    expect(run.state).toBe('stuck');
    expect(run.verbs('bad')).toEqual(['retry', 'mark-reverted']);
    expect(run.resolved('bad', 'retry')).toEqual(['revert bad failed']);
    expect(run.reverted('bad')).toEqual(['revert under done']);
    run.revertFailed('under');
    run.resolved('under', 'mark-reverted');
    expect(run.state).toBe('reverted');
  });
});

describe('people', () => {
  it('can cancel a run, which then goes back whole', () => {
    const run = story([{ name: 'a' }, { name: 'b', after: ['a'] }]);
    run.begin();
    run.done('a');
    expect(run.machine.refuses('cancel')).toBeUndefined();
    expect(run.now('cancelled')).toEqual(['abort b']);
    expect(run.done('b')).toEqual(['revert b done']);
    expect(run.reverted('b')).toEqual(['revert a done']);
    run.reverted('a');
    expect(run.state).toBe('reverted');
    expect(run.machine.refuses('cancel')).toBe('it has ended: reverted');
  });

  it('can cancel twice, and no revert hears of the second time', () => {
    const run = story([{ name: 'a' }]);
    run.begin();
    run.done();
    run.now('cancelled');
    expect(run.done('a')).toEqual(['revert a done']);
    expect(run.now('cancelled')).toEqual([]);
    run.reverted('a');
    expect(run.state).toBe('reverted');
  });

  it('can pause: what is in flight ends, nothing starts and nothing is reverted until they resume', () => {
    const run = story([{ name: 'a' }, { name: 'b', after: ['a'] }, { name: 'c', after: ['b'] }]);
    run.begin();
    run.now('paused');
    expect(run.state).toBe('running');
    expect(run.done('a')).toEqual([]);
    expect(run.state).toBe('suspended');
    expect(run.now('resumed')).toEqual(['run b']);
    run.now('paused');
    expect(run.failed('b')).toEqual([]);
    expect(run.state).toBe('suspended');
    expect(run.now('resumed')).toEqual(['revert b failed']);
  });

  it('are waited for at a hold, until they release it', () => {
    const run = story([
      { name: 'a' },
      { name: 'ok', kind: 'hold', after: ['a'] },
      { name: 'b', after: ['ok'] },
    ]);
    run.begin();
    expect(run.done('a')).toEqual(['ask ok']);
    expect(run.state).toBe('waiting');
    expect(run.done('ok')).toEqual(['run b']);
    expect(run.state).toBe('running');
  });

  it('can cancel while a hold waits', () => {
    const run = story([{ name: 'a' }, { name: 'ok', kind: 'hold', after: ['a'] }]);
    run.begin();
    run.done('a');
    expect(run.now('cancelled')).toEqual(['revert a done']);
    run.reverted('a');
    expect(run.state).toBe('reverted');
  });

  it('can abandon a stuck run and no other', () => {
    const run = story([{ name: 'a' }, { name: 'b' }]);
    run.begin();
    expect(run.machine.refuses('abandon')).toBe('only a stuck run can be abandoned; it is running');
    run.failed('a', 'unknown');
    run.done('b');
    expect(run.machine.refuses('abandon')).toBeUndefined();
    expect(run.now('abandoned')).toEqual([]);
    expect(run.state).toBe('abandoned');
  });
});

describe('after success', () => {
  it('a run can be undone in the same order', () => {
    const run = story([{ name: 'a' }, { name: 'b', after: ['a'] }]);
    run.begin();
    run.done('a', 'b');
    expect(run.machine.refuses('revert')).toBeUndefined();
    run.now('keys-taken');
    expect(run.now('revert-requested')).toEqual(['revert b done']);
    expect(run.state).toBe('reverting');
    expect(run.reverted('b')).toEqual(['revert a done']);
    run.reverted('a');
    expect(run.state).toBe('reverted');
  });

  it('also a scope in it is undone, with the choice that it ended on', () => {
    const run = story([
      { name: 'place', kind: 'scope', choices: 2 },
      { name: 'in', in: 'place' },
      { name: 'after', after: ['place'] },
    ]);
    run.begin();
    run.failed('in', 'no');
    run.reverted('in');
    run.done('in', 'after');
    run.now('keys-taken');
    expect(run.now('revert-requested')).toEqual(['revert after done']);
    expect(run.reverted('after')).toEqual(['revert in done']);
    run.reverted('in');
    expect(run.state).toBe('reverted');
    expect(run.log.filter((word) => word.startsWith('choose'))).toEqual(['choose place 0', 'choose place 1']);
  });

  it('a seal ends the right to undo it', () => {
    const run = story([{ name: 'a' }]);
    run.begin();
    expect(run.machine.refuses('seal')).toBe('only a run that succeeded can be sealed; it is running');
    run.done('a');
    run.now('sealed');
    expect(run.machine.refuses('revert')).toBe('it is sealed: it can no longer be reverted');
    expect(run.state).toBe('success');
  });

  it('a run that passed its pivot cannot be undone', () => {
    const run = story([{ name: 'p', pivot: true, hasProbe: true }]);
    run.begin();
    run.done('p');
    expect(run.machine.refuses('revert')).toBe('it has passed its point of no return');
  });
});
