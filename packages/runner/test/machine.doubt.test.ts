import { describe, expect, it } from 'vitest';
import { type Spec, story } from './model/story.ts';

describe('doubt', () => {
  const probed: Spec[] = [
    { name: 'a', hasProbe: true },
    { name: 'b', after: ['a'] },
  ];
  const blind: Spec[] = [{ name: 'a' }, { name: 'b', after: ['a'] }];

  it('is probed before anything else is done about it', () => {
    const run = story(probed);
    run.begin();
    expect(run.failed('a', 'unknown')).toEqual(['probe a']);
    expect(run.state).toBe('running');
  });

  it('adopts what the probe found to have happened, and goes on', () => {
    const run = story(probed);
    run.begin();
    run.failed('a', 'unknown');
    expect(run.done('a')).toEqual(['run b']);
  });

  it('runs it again if it did not happen and the policy has a try left', () => {
    const run = story(probed);
    run.begin();
    run.failed('a', 'unknown', true);
    expect(run.probed('a', 'no')).toEqual(['run a 2']);
  });

  it('goes back if it did not happen and no try is left', () => {
    const run = story(probed);
    run.begin();
    run.failed('a', 'unknown', false);
    expect(run.probed('a', 'no')).toEqual(['revert a failed']);
  });

  it('is probed also where a process died, and has a try left then', () => {
    const run = story(probed);
    run.begin();
    expect(run.interrupted('a')).toEqual(['probe a']);
    expect(run.interrupted('a')).toEqual(['probe a']);
    expect(run.probed('a', 'no')).toEqual(['run a 2']);
  });

  it('that nobody can settle makes the run stuck while it goes forward', () => {
    for (const specs of [probed, blind]) {
      const run = story(specs);
      run.begin();
      run.failed('a', 'unknown', true);
      if (specs === probed) run.probed('a', 'unknown');
      expect(run.state).toBe('stuck');
      expect(run.log).toEqual(specs === probed ? ['run a', 'probe a'] : ['run a']);
      expect(run.verbs('a')).toEqual(['retry', 'mark-done', 'mark-not-happened']);
    }
  });

  it('lets what is in flight finish, and starts nothing new', () => {
    const run = story([{ name: 'a' }, { name: 'slow' }, { name: 'next', after: ['slow'] }]);
    run.begin();
    expect(run.failed('a', 'unknown')).toEqual([]);
    expect(run.state).toBe('running');
    expect(run.done('slow')).toEqual([]);
    expect(run.state).toBe('stuck');
    expect(run.resolved('a', 'mark-done')).toEqual(['run next']);
  });

  it('is settled by a person: retry, it happened, it did not', () => {
    const stuck = (): ReturnType<typeof story> => {
      const run = story(blind);
      run.begin();
      run.failed('a', 'unknown');
      return run;
    };
    expect(stuck().resolved('a', 'retry')).toEqual(['run a 2']);
    expect(stuck().resolved('a', 'mark-done')).toEqual(['run b']);
    expect(stuck().resolved('a', 'mark-not-happened')).toEqual(['revert a failed']);
  });

  it('of a step that may be repeated is answered by repeating it, as long as the policy allows', () => {
    const run = story([{ name: 'a', idempotent: true }]);
    run.begin();
    expect(run.failed('a', 'unknown', true)).toEqual(['run a 2']);
    expect(run.failed('a', 'unknown', false)).toEqual([]);
    expect(run.state).toBe('stuck');
  });

  it('of a step that may be repeated and leaves nothing to undo never needs a person', () => {
    const run = story([
      { name: 'before' },
      { name: 'a', after: ['before'], idempotent: true, noRevert: true },
    ]);
    run.begin();
    run.done('before');
    expect(run.failed('a', 'unknown', false)).toEqual(['revert before done']);
  });

  it('is handed to revert only where the run is going back already', () => {
    const run = story([{ name: 'a' }, { name: 'bad' }]);
    run.begin();
    run.failed('bad', 'no');
    expect(run.failed('a', 'unknown', true)).toEqual(['revert a unknown']);
  });

  it('is probed also while the run goes back, before the step is reverted', () => {
    const run = story([{ name: 'a', hasProbe: true }, { name: 'bad' }]);
    run.begin();
    run.failed('bad', 'no');
    expect(run.failed('a', 'unknown', true)).toEqual(['probe a']);
    expect(run.done('a')).toEqual(['revert a done']);
  });

  it('a stuck doubt that is cancelled is reverted as unknown', () => {
    const run = story(blind);
    run.begin();
    run.failed('a', 'unknown');
    expect(run.now('cancelled')).toEqual(['revert a unknown']);
  });

  it('outlives a later attempt that failed for sure: what the first one did is still not known', () => {
    const run = story([{ name: 'a', idempotent: true }]);
    run.begin();
    run.failed('a', 'unknown', true);
    expect(run.failed('a', 'no')).toEqual(['revert a unknown']);
  });

  it('of a pivot outlives a later attempt that failed for sure: the run does not go back before somebody knows', () => {
    const run = story([{ name: 'before' }, { name: 'p', after: ['before'], pivot: true, hasProbe: true }]);
    run.begin();
    run.done('before');
    run.failed('p', 'unknown');
    run.probed('p', 'unknown');
    expect(run.resolved('p', 'retry')).toEqual(['run p 2']);
    expect(run.failed('p', 'no')).toEqual(['probe p']);
    expect(run.probed('p', 'unknown')).toEqual([]);
    expect(run.state).toBe('stuck');
    expect(run.resolved('p', 'mark-not-happened')).toEqual(['revert before done']);
  });

  it('of an earlier try of a scope is no doubt of the next one', () => {
    const run = story([
      { name: 'place', kind: 'scope', choices: 3 },
      { name: 'in', in: 'place', idempotent: true },
    ]);
    run.begin();
    run.failed('in', 'unknown', true);
    expect(run.failed('in', 'no')).toEqual(['revert in unknown']);
    expect(run.reverted('in')).toEqual(['choose place 1', 'run in']);
    expect(run.failed('in', 'no')).toEqual(['revert in failed']);
  });

  it('outlives a pause before the second attempt', () => {
    const run = story([{ name: 'a', idempotent: true }]);
    run.begin();
    run.now('paused');
    run.failed('a', 'unknown', true);
    run.now('cancelled');
    expect(run.now('resumed')).toEqual(['revert a unknown']);
  });
});

describe('a step that was asked to start again', () => {
  it('is reverted though its second start was taken back', () => {
    const run = story([{ name: 'a', hasProbe: true }, { name: 'bad' }]);
    run.begin();
    run.failed('a', 'unknown', true);
    const again = run.machine.apply({ kind: 'probed', node: 0, happened: 'no' });
    expect(again).toEqual([{ do: 'run', node: 0, attempt: 2 }]);
    // Not yet acknowledged, and now never will be.
    expect(run.failed('bad', 'no')).toEqual(['revert a failed', 'revert bad failed']);
  });
});

describe('the point of no return', () => {
  const specs: Spec[] = [
    { name: 'before' },
    { name: 'p', after: ['before'], pivot: true, hasProbe: true },
    { name: 'left', after: ['p'] },
    { name: 'right', after: ['p'] },
    { name: 'last', after: ['right'] },
  ];

  it('is not passed before it has started: a failure or a cancel goes back', () => {
    const run = story(specs);
    run.begin();
    expect(run.machine.refuses('cancel')).toBeUndefined();
    expect(run.failed('before')).toEqual(['revert before failed']);
  });

  it('is passed once its start is durable: no cancel from then on', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    expect(run.machine.pivotPassed).toBe(true);
    expect(run.machine.refuses('cancel')).toBe(
      'it has passed its point of no return: it can only go forward',
    );
  });

  it('has not been passed if its error says so: the run goes back', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    expect(run.failed('p', 'no')).toEqual(['revert before done']);
    expect(run.machine.pivotPassed).toBe(false);
  });

  it('is in doubt after any other error, and is probed', () => {
    for (const applied of ['yes', 'unknown', undefined] as const) {
      const run = story(specs);
      run.begin();
      run.done('before');
      expect(run.failed('p', applied)).toEqual(['probe p']);
    }
  });

  it('may be cancelled again once its probe says that it did not happen, until it starts anew', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    run.failed('p', 'unknown', true);
    run.now('paused');
    run.probed('p', 'no');
    expect(run.machine.refuses('cancel')).toBeUndefined();
    run.now('resumed');
    expect(run.machine.refuses('cancel')).toContain('point of no return');
  });

  it('that no probe settles waits for a person, who may say that it did not happen', () => {
    const run = story(specs);
    run.begin();
    run.done('before');
    run.failed('p', 'unknown', true);
    expect(run.probed('p', 'unknown')).toEqual([]);
    expect(run.state).toBe('stuck');
    expect(run.machine.refuses('cancel')).toContain('point of no return');
    expect(run.resolved('p', 'mark-not-happened')).toEqual(['revert before done']);
  });

  it('behind it, what failed for good is stuck alone; independent steps go on', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'p');
    expect(run.failed('left', 'no')).toEqual([]);
    expect(run.state).toBe('running');
    expect(run.done('right')).toEqual(['run last']);
    run.done('last');
    expect(run.state).toBe('stuck');
    expect(run.verbs('left')).toEqual(['retry', 'mark-done']);
    run.resolved('left', 'mark-done');
    expect(run.state).toBe('success');
  });

  it('behind it a doubt stops nothing else', () => {
    const run = story(specs);
    run.begin();
    run.done('before', 'p');
    run.failed('left', 'unknown');
    expect(run.done('right')).toEqual(['run last']);
  });
});
