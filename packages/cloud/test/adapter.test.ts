// What adapters are made of: a verb ends with its deadline whatever its client does, and one key makes one resource
// however many answers are lost on the way.

import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  ask,
  askAgain,
  type Creation,
  createOnce,
  findByKey,
  mayLeave,
  openSpan,
  type Span,
} from '../src/adapter.ts';
import { type Applied, type CloudErrorKind, type CloudResult, cloudError, keyTurns } from '../src/index.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

const at = { provider: 'test', operation: 'volumes.create' };
const changes = { changes: true };
const silence = (): Promise<never> => new Promise(() => undefined);

function spanOf(clock: VirtualClock, more: Partial<Span> = {}): Span {
  const ground = { provider: 'test', clock, chance: () => 0.5, visibilityMs: 2_000 };
  return { ...openSpan(ground, { operation: 'volumes.create', changes: true }), ...more };
}

const failing = (kind: CloudErrorKind, applied: Applied): CloudResult<never> =>
  errAsync(cloudError(kind, at, `It was ${kind}.`, { applied }));

/** Answers these one after the other, and counts. */
function answers<T>(...all: readonly CloudResult<T>[]) {
  const sent: number[] = [];
  const next = (): CloudResult<T> => {
    const answer = all[sent.length] ?? failing('failed', 'no');
    sent.push(1);
    return answer;
  };
  return { next, count: () => sent.length };
}

describe('a request of a verb', () => {
  it('ends with the deadline of the verb, also where the client never answers', async () => {
    const clock = virtualClock();
    const span = spanOf(clock, { deadlineMs: 5_000 });
    const stopped: boolean[] = [];
    const sent = ask(span, changes, (stop) => {
      stop.addEventListener('abort', () => stopped.push(true));
      return silence();
    });
    const error = (await clock.run(sent))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'timeout', applied: 'unknown', operation: 'volumes.create' });
    expect(clock.now()).toBe(5_000);
    expect(stopped).toEqual([true]);
    expect(clock.pending()).toBe(0);
  });

  it('that is no longer for its caller to do is not sent, and says that nothing was done', async () => {
    for (const stillOurs of [() => false, async () => false, () => Promise.reject(new Error('no journal'))]) {
      const clock = virtualClock();
      const { next, count } = answers<string>();
      const answer = await clock.run(ask(spanOf(clock, { stillOurs }), changes, next));
      expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'no' });
      expect(count()).toBe(0);
      expect(clock.pending()).toBe(0);
    }
  });

  it('is asked about once more when it leaves, for the client may have taken its time', async () => {
    const clock = virtualClock();
    const words = [true, false];
    const span = spanOf(clock, { stillOurs: () => words.shift() ?? true });
    const leaves: boolean[] = [];
    const sent = ask(span, changes, async (stop) => {
      await new Promise<void>((wake) => {
        clock.after(1_000, wake);
      });
      leaves.push(await mayLeave(stop), stop.aborted);
      return silence();
    });
    const error = (await clock.run(sent))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'cancelled', applied: 'no' });
    expect(leaves).toEqual([false, true]);
  });

  it('that left once, and must not leave again, is in doubt', async () => {
    const clock = virtualClock();
    const words = [true, true, false];
    const span = spanOf(clock, { stillOurs: () => words.shift() ?? true });
    const leaves: boolean[] = [];
    const sent = ask(span, changes, async (stop) => {
      leaves.push(await mayLeave(stop), await mayLeave(stop));
      return silence();
    });
    expect((await clock.run(sent))._unsafeUnwrapErr()).toMatchObject({
      kind: 'cancelled',
      applied: 'unknown',
    });
    expect(leaves).toEqual([true, false]);
  });

  it('whose question is not answered ends with the deadline of the verb, and was not sent', async () => {
    const clock = virtualClock();
    const { next, count } = answers<string>();
    const span = spanOf(clock, { deadlineMs: 5_000, stillOurs: silence });
    const answer = await clock.run(ask(span, changes, next));
    expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', applied: 'no' });
    expect(count()).toBe(0);
  });

  it('that changes nothing is sent without a question', async () => {
    const clock = virtualClock();
    const span = spanOf(clock, { stillOurs: () => false });
    const looked = ask(span, { changes: false }, async (stop) => okAsync(await mayLeave(stop)));
    expect((await clock.run(looked))._unsafeUnwrap()).toBe(true);
  });

  it('that has no time left, or is cancelled already, is not sent', async () => {
    const clock = virtualClock();
    const { next, count } = answers<string>();
    const late = await clock.run(ask(spanOf(clock, { deadlineMs: 0 }), changes, next));
    expect(late._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', applied: 'no' });
    const signal = AbortSignal.abort();
    const cancelled = await clock.run(ask(spanOf(clock, { signal }), changes, next));
    expect(cancelled._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'no' });
    expect(count()).toBe(0);
  });

  it('that changes nothing denies that anything was done when it is cut short', async () => {
    const clock = virtualClock();
    const read = ask(spanOf(clock, { deadlineMs: 100 }), { changes: false }, silence);
    expect((await clock.run(read))._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', applied: 'no' });
  });

  it('is sent again when its answer was lost, and a later refusal does not deny the first one', async () => {
    const clock = virtualClock();
    const { next, count } = answers<string>(failing('transient', 'unknown'), failing('forbidden', 'no'));
    const error = (await clock.run(askAgain(spanOf(clock), next)))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
    expect(count()).toBe(2);
  });

  it('is given up after three lost answers', async () => {
    const clock = virtualClock();
    const lost = failing('transient', 'unknown');
    const { next, count } = answers<string>(lost, lost, lost, okAsync('made'));
    const error = (await clock.run(askAgain(spanOf(clock), next)))._unsafeUnwrapErr();
    expect([error.kind, count()]).toEqual(['transient', 3]);
  });
});

interface Disk {
  readonly id: string;
  readonly sizeGiB: number;
}

/** A provider without tokens: what it has made under the key is shown after a while, and answers get lost. */
function provider(clock: VirtualClock, more: Partial<Creation<Disk>> = {}) {
  const disks: (Disk & { readonly fromMs: number })[] = [];
  const make = (id: string, hiddenMs = 0): Disk => {
    const disk = { id, sizeGiB: 8, fromMs: clock.now() + hiddenMs };
    disks.push(disk);
    return disk;
  };
  const creation: Creation<Disk> = {
    span: spanOf(clock),
    turns: keyTurns(),
    key: 'run/data',
    look: () => okAsync(disks.filter(({ fromMs }) => fromMs <= clock.now())),
    create: () => okAsync(make(`disk-${disks.length + 1}`)),
    idOf: ({ id }) => id,
    difference: ({ sizeGiB }) => (sizeGiB === 8 ? undefined : `has ${sizeGiB} GiB, not 8`),
    ...more,
  };
  return { disks, make, creation };
}

describe('one resource for one key, at a provider without tokens', () => {
  it('is made by the first of two calls and found by the second', async () => {
    const clock = virtualClock();
    const { disks, creation } = provider(clock);
    const both = await clock.run(Promise.all([createOnce(creation), createOnce(creation)]));
    expect(both.map((one) => one._unsafeUnwrap().id)).toEqual(['disk-1', 'disk-1']);
    expect(disks).toHaveLength(1);
  });

  it('is not made twice where the answer was lost and what it made is shown late', async () => {
    const clock = virtualClock();
    const { disks, make, creation } = provider(clock);
    const lossy = (): CloudResult<Disk> => {
      make(`disk-${disks.length + 1}`, 6_000);
      return failing('transient', 'unknown');
    };
    const made = await clock.run(createOnce({ ...creation, create: lossy, settleMs: 8_000 }));
    expect(made._unsafeUnwrap().id).toBe('disk-1');
    expect(disks).toHaveLength(1);
  });

  it('is asked for three times, and then nobody knows', async () => {
    const clock = virtualClock();
    const { next, count } = answers<Disk>(...Array(9).fill(failing('transient', 'unknown')));
    const error = (
      await clock.run(createOnce(provider(clock, { create: next }).creation))
    )._unsafeUnwrapErr();
    expect([error.kind, error.applied, count()]).toEqual(['transient', 'unknown', 3]);
  });

  it('is not asked for again where the provider has named it, though the first look at it failed', async () => {
    const clock = virtualClock();
    const { next, count } = answers<Disk>(failing('transient', 'yes'));
    const error = (
      await clock.run(createOnce(provider(clock, { create: next }).creation))
    )._unsafeUnwrapErr();
    expect([error.applied, count()]).toEqual(['yes', 1]);
  });

  it('that is there and is another than was asked for is a mismatch, and nothing is made', async () => {
    const clock = virtualClock();
    const { disks, make, creation } = provider(clock, { difference: () => 'has 8 GiB, not 9' });
    make('disk-1');
    const error = (await clock.run(createOnce(creation)))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'idempotency-mismatch', resourceId: 'disk-1' });
    expect(error.message).toContain('has 8 GiB, not 9');
    expect(disks).toHaveLength(1);
  });

  it('is not made while the provider cannot show all that it has', async () => {
    const clock = virtualClock();
    const mustBeAbsent = (): CloudResult<void> => failing('transient', 'no');
    const { disks, creation } = provider(clock, { mustBeAbsent });
    expect((await clock.run(createOnce(creation))).isErr()).toBe(true);
    expect(disks).toEqual([]);
  });
});

it('two that carry one key are named, and none of them is chosen', async () => {
  const clock = virtualClock();
  const { make, creation } = provider(clock);
  make('disk-2');
  make('disk-1');
  const error = (await clock.run(findByKey(creation)))._unsafeUnwrapErr();
  expect(error.kind).toBe('idempotency-mismatch');
  expect(error.message).toContain('disk-1, disk-2');
});
