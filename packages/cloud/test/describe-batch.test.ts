import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type CloudResult, cloudError, type DescribeBatch, describeBatch } from '../src/index.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

const at = { provider: 'test', operation: 'volumes.get' };

interface Backend {
  readonly batch: DescribeBatch<string>;
  readonly calls: (readonly string[])[];
}

/** A cloud that knows the ids that do not begin with `bad`, and refuses a whole call for the sake of a bad one. */
function backend(
  clock: VirtualClock,
  more: { named?: boolean; state?: () => string; slowMs?: number } = {},
): Backend {
  const calls: (readonly string[])[] = [];
  const answer = (ids: readonly string[]): CloudResult<ReadonlyMap<string, string>> => {
    const bad = ids.filter((id) => id.startsWith('bad'));
    if (bad.length === 0) return okAsync(new Map(ids.map((id) => [id, more.state?.() ?? id])));
    return errAsync(cloudError('not-found', at, `No such volumes: ${bad.join(', ')}.`));
  };
  const batch = describeBatch<string>({
    ...at,
    describe(ids) {
      calls.push(ids);
      const { slowMs } = more;
      if (slowMs === undefined) return answer(ids);
      return okAsync(undefined)
        .map(() => new Promise<void>((wake) => clock.after(slowMs, wake)))
        .andThen(() => answer(ids));
    },
    missing: (error) => (more.named === true ? (error.message.match(/bad-\d+/g) ?? []) : []),
    maxIds: 100,
    clock,
  });
  return { batch, calls };
}

describe('describeBatch', () => {
  it('answers all that ask in one tick with one call', async () => {
    const clock = virtualClock();
    const { batch, calls } = backend(clock);
    const ids = Array.from({ length: 50 }, (_, i) => `vol-${i}`);
    const answers = await clock.run(Promise.all([...ids, ...ids].map((id) => batch.get(id))));
    expect(answers.map((answer) => answer._unsafeUnwrap())).toEqual([...ids, ...ids]);
    expect(calls).toEqual([ids]);
  });

  it('asks in parts where there are more ids than one call may carry', async () => {
    const clock = virtualClock();
    const { batch, calls } = backend(clock);
    await clock.run(Promise.all(Array.from({ length: 250 }, (_, i) => batch.get(`vol-${i}`))));
    expect(calls.map((ids) => ids.length)).toEqual([100, 100, 50]);
  });

  it.each([true, false])(
    'keeps ids that do not exist from spoiling the others (named by the cloud: %s)',
    async (named) => {
      const clock = virtualClock();
      const { batch, calls } = backend(clock, { named });
      const ids = Array.from({ length: 64 }, (_, i) => (i === 17 ? 'bad-1' : `vol-${i}`));
      const answers = await clock.run(Promise.all(ids.map((id) => batch.get(id))));
      expect(answers[17]!._unsafeUnwrap()).toBe(undefined);
      expect(answers.filter((answer) => answer._unsafeUnwrap() !== undefined)).toHaveLength(63);
      expect(calls.length).toBeLessThanOrEqual(named ? 2 : 13);
    },
  );

  it('tells everybody when the call fails for all', async () => {
    const clock = virtualClock();
    const batch = describeBatch<string>({
      ...at,
      describe: () => errAsync(cloudError('throttled', at, 'Too many calls.')),
      maxIds: 100,
      clock,
    });
    const answers = await clock.run(Promise.all([batch.get('vol-1'), batch.get('vol-2')]));
    expect(answers.map((answer) => answer._unsafeUnwrapErr().kind)).toEqual(['throttled', 'throttled']);
  });

  it('never answers a question with a call that began before it', async () => {
    const clock = virtualClock();
    const { batch, calls } = backend(clock, { state: () => String(clock.now()), slowMs: 1_000 });
    const first = batch.get('vol-1');
    await clock.advance(500);
    const second = batch.get('vol-1');
    await clock.run(Promise.all([first, second]));
    expect(calls).toHaveLength(2);
    expect((await second)._unsafeUnwrap()).toBe('2000');
  });

  it('asks nothing and runs no timer when nobody waits any more', async () => {
    const clock = virtualClock();
    const { batch, calls } = backend(clock);
    expect((await clock.run(batch.get('vol-1'))).isOk()).toBe(true);
    const abort = new AbortController();
    const asked = batch.get('vol-2', { signal: abort.signal });
    abort.abort();
    expect((await asked)._unsafeUnwrapErr().kind).toBe('cancelled');
    expect(clock.pending()).toBe(0);
    await clock.advance(10_000);
    expect(calls).toEqual([['vol-1']]);
  });

  it('lets one waiter leave without ending the call for the others', async () => {
    const clock = virtualClock();
    const { batch } = backend(clock, { slowMs: 1_000 });
    const abort = new AbortController();
    const leaves = batch.get('vol-1', { signal: abort.signal });
    const stays = batch.get('vol-1');
    await clock.advance(500);
    abort.abort();
    expect((await leaves)._unsafeUnwrapErr().kind).toBe('cancelled');
    expect((await clock.run(stays))._unsafeUnwrap()).toBe('vol-1');
  });

  it('is not held up for ever by a call that never ends', async () => {
    const clock = virtualClock();
    let calls = 0;
    const hang = (): CloudResult<ReadonlyMap<string, string>> =>
      okAsync(new Map<string, string>()).map(() => new Promise<never>(() => {}));
    const batch = describeBatch<string>({
      ...at,
      describe: () => (++calls === 1 ? hang() : okAsync(new Map([['vol-1', 'attached']]))),
      maxIds: 100,
      clock,
    });
    expect((await clock.run(batch.get('vol-1')))._unsafeUnwrapErr().kind).toBe('transient');
    expect(clock.now()).toBe(30_000);
    expect((await clock.run(batch.get('vol-1')))._unsafeUnwrap()).toBe('attached');
    expect(clock.pending()).toBe(0);
  });

  it('tells its waiters when the adapter behind it throws', async () => {
    const clock = virtualClock();
    const batch = describeBatch<string>({
      ...at,
      describe: () => {
        throw new TypeError('x is not a function');
      },
      maxIds: 100,
      clock,
    });
    const error = (await clock.run(batch.get('vol-1')))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'failed', cause: { message: 'TypeError: x is not a function' } });
  });
});
