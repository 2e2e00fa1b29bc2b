import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  type CloudResult,
  cloudError,
  findVisible,
  pollDelayMs,
  type WaitOptions,
  waitFor,
} from '../src/index.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

const at = { provider: 'test', operation: 'volumes.attach' };

function waiting(clock: VirtualClock, more: Partial<WaitOptions<string>>): WaitOptions<string> {
  return {
    ...at,
    observe: () => okAsync('attaching'),
    until: (state) => (state === 'attached' ? 'yes' : 'not-yet'),
    stateOf: (state) => state,
    clock,
    chance: () => 0.5,
    timeoutMs: 60_000,
    resourceId: 'vol-1',
    ...more,
  };
}

/** Answers these states one after the other; the last one for ever. */
function states(...all: readonly string[]): { observe: () => CloudResult<string>; looks: () => number } {
  let looks = 0;
  return { observe: () => okAsync(all[Math.min(looks++, all.length - 1)]!), looks: () => looks };
}

describe('waitFor', () => {
  it('looks at once, so that what is there already costs no time', async () => {
    const clock = virtualClock();
    const seen = await clock.run(waitFor(waiting(clock, { observe: () => okAsync('attached') })));
    expect(seen._unsafeUnwrap()).toBe('attached');
    expect(clock.now()).toBe(0);
  });

  it('notices within half a second what happens in the first ten seconds', async () => {
    const clock = virtualClock();
    const observe = (): CloudResult<string> => okAsync(clock.now() >= 3_000 ? 'attached' : 'attaching');
    expect((await clock.run(waitFor(waiting(clock, { observe })))).isOk()).toBe(true);
    expect(clock.now()).toBeLessThan(3_500);
  });

  it.each([12_000, 29_000, 59_000])(
    'notices within half a second what ends after %i ms, where the verb may well take so long',
    async (reachedMs) => {
      const clock = virtualClock();
      const observe = (): CloudResult<string> => okAsync(clock.now() >= reachedMs ? 'attached' : 'attaching');
      const wait = waitFor(waiting(clock, { observe, timeoutMs: 120_000 }));
      expect((await clock.run(wait)).isOk()).toBe(true);
      expect(clock.now() - reachedMs).toBeLessThanOrEqual(550);
    },
  );

  it('looks less often once a verb takes longer than it should, and at what takes minutes anyway', async () => {
    const looksIn = async (operation: string, fromMs: number): Promise<number> => {
      const clock = virtualClock();
      let looks = 0;
      const observe = (): CloudResult<string> => {
        if (clock.now() >= fromMs) looks += 1;
        return okAsync('not there yet');
      };
      const wait = waitFor(waiting(clock, { observe, operation, timeoutMs: fromMs + 20_000 }));
      expect((await clock.run(wait))._unsafeUnwrapErr().kind).toBe('timeout');
      return looks;
    };
    expect(await looksIn('volumes.attach', 30_000)).toBe(40);
    expect(await looksIn('volumes.attach', 70_000)).toBeLessThanOrEqual(11);
    expect(await looksIn('snapshots.create', 30_000)).toBeLessThanOrEqual(11);
  });

  it('begins its looks at the same distance however long each takes, and keeps the whole pause after a failed one', async () => {
    const clock = virtualClock();
    const begunMs: number[] = [];
    const observe = (): CloudResult<string> => {
      begunMs.push(clock.now());
      const read = okAsync(undefined).map(() => new Promise<void>((wake) => clock.after(100, wake)));
      if (begunMs.length === 3) return read.andThen(() => errAsync(cloudError('throttled', at, 'Slower.')));
      return read.map(() => (begunMs.length === 4 ? 'attached' : 'attaching'));
    };
    expect((await clock.run(waitFor(waiting(clock, { observe })))).isOk()).toBe(true);
    const [first, second, afterFailure] = begunMs.slice(1).map((ms, i) => ms - begunMs[i]!);
    expect(first).toBeCloseTo(252.5);
    expect(second).toBeCloseTo(258.8, 0);
    expect(afterFailure).toBeGreaterThan(350);
  });

  it('fails at once in a state from which the wanted one is never reached', async () => {
    const clock = virtualClock();
    const failed = cloudError('failed', at, 'The volume is in error.');
    const seen = await clock.run(
      waitFor(waiting(clock, { until: (state) => (state === 'attaching' ? failed : 'not-yet') })),
    );
    expect(seen._unsafeUnwrapErr()).toEqual(failed);
    expect(clock.now()).toBe(0);
  });

  it('takes a state that nobody knows as not yet', async () => {
    const clock = virtualClock();
    const { observe } = states('attaching', 'some-new-state', 'attached');
    expect((await clock.run(waitFor(waiting(clock, { observe })))).isOk()).toBe(true);
  });

  it('waits over throttled and failed reads, and gives up on others', async () => {
    const clock = virtualClock();
    const answers: CloudResult<string>[] = [
      errAsync(cloudError('throttled', at, 'Too many calls.')),
      errAsync(cloudError('transient', at, 'Socket closed.')),
      okAsync('attached'),
    ];
    expect((await clock.run(waitFor(waiting(clock, { observe: () => answers.shift()! })))).isOk()).toBe(true);

    const forbidden = cloudError('forbidden', at, 'No.');
    const refused = await clock.run(waitFor(waiting(clock, { observe: () => errAsync(forbidden) })));
    // The read did nothing; whether the attach happened is not known.
    expect(refused._unsafeUnwrapErr()).toEqual({ ...forbidden, applied: 'unknown' });
  });

  it('names the last state that it saw when the time is over, and says what is known of the effect', async () => {
    const clock = virtualClock();
    const error = (await clock.run(waitFor(waiting(clock, { applied: 'yes' }))))._unsafeUnwrapErr();
    expect(error).toMatchObject({
      kind: 'timeout',
      lastState: 'attaching',
      applied: 'yes',
      resourceId: 'vol-1',
    });
    expect(error.message).toBe('volumes.attach of vol-1 did not end within 60000 ms; last seen: attaching.');
    expect(clock.now()).toBe(60_000);
  });

  it('ends at the deadline though the read itself never answers', async () => {
    const clock = virtualClock();
    let readSignal: AbortSignal | undefined;
    const hang = (signal: AbortSignal): CloudResult<string> => {
      readSignal = signal;
      return never();
    };
    const error = (await clock.run(waitFor(waiting(clock, { observe: hang }))))._unsafeUnwrapErr();
    expect(error.kind).toBe('timeout');
    expect(readSignal?.aborted).toBe(true);
  });

  it('stops at once when its signal fires and leaves no timer and no listener behind', async () => {
    const clock = virtualClock();
    const abort = new AbortController();
    const wait = waitFor(waiting(clock, { signal: abort.signal }));
    await clock.advance(1_000);
    abort.abort();
    expect((await wait)._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'unknown' });
    expect(clock.now()).toBe(1_000);
    expect(clock.pending()).toBe(0);
  });

  it('does not even look when its signal has fired before', async () => {
    const clock = virtualClock();
    const { observe, looks } = states('attached');
    const error = await waitFor(waiting(clock, { observe, signal: AbortSignal.abort() }));
    expect(error._unsafeUnwrapErr().kind).toBe('cancelled');
    expect(looks()).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});

describe('pollDelayMs', () => {
  it('is quick for ten seconds, then grows to two seconds and no further', () => {
    const middle = (): number => 0.5;
    expect(pollDelayMs(0, middle)).toBe(250);
    expect(pollDelayMs(9_999, middle)).toBeCloseTo(500, 0);
    expect(pollDelayMs(10_000, middle)).toBe(650);
    expect(pollDelayMs(10_650, middle)).toBeCloseTo(650 * 1.3);
    expect(pollDelayMs(10_650 + 845, middle)).toBeCloseTo(845 * 1.3);
    expect(pollDelayMs(3_600_000, middle)).toBe(2_000);
  });

  it('moves by a tenth at most, either way', () => {
    expect(pollDelayMs(60_000, () => 0)).toBe(1_800);
    expect(pollDelayMs(60_000, () => 1)).toBe(2_200);
  });
});

describe('findVisible', () => {
  const looking = (clock: VirtualClock, look: () => CloudResult<string | undefined>) => ({
    ...at,
    look,
    windowMs: 5_000,
    clock,
    chance: () => 0.5,
    timeoutMs: 30_000,
  });

  it('finds what becomes visible only after a while', async () => {
    const clock = virtualClock();
    const look = (): CloudResult<string | undefined> => okAsync(clock.now() > 4_000 ? 'vol-1' : undefined);
    expect((await clock.run(findVisible(looking(clock, look))))._unsafeUnwrap()).toBe('vol-1');
  });

  it('believes that nothing is there only after the whole window', async () => {
    const clock = virtualClock();
    expect((await clock.run(findVisible(looking(clock, () => okAsync(undefined)))))._unsafeUnwrap()).toBe(
      undefined,
    );
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
  });

  it('never takes a failed look for an empty one', async () => {
    const clock = virtualClock();
    const look = (): CloudResult<string | undefined> =>
      errAsync(cloudError('throttled', at, 'Too many calls.'));
    expect((await clock.run(findVisible(looking(clock, look))))._unsafeUnwrapErr().kind).toBe('timeout');
  });
});

function never(): CloudResult<string> {
  return okAsync('').map(() => new Promise<string>(() => {}));
}
