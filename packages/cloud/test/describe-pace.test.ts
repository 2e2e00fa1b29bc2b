// A hundred swaps at once: what they cost the account, and how late they notice. All in virtual time.

import { okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  type CloudResult,
  type DescribeBatch,
  type DescribePace,
  describeBatch,
  describePaces,
  waitFor,
} from '../src/index.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

const at = { provider: 'test', operation: 'volumes.get' };

describe('a hundred waits at once', () => {
  it.each([20, 150, 400])(
    'ask twice a second at the most and notice within one, with reads of %i ms',
    async (readMs) => {
      const { clock, calls, shared } = cloud(readMs);
      const chance = seeded(1);
      const batch = shared(describePaces().waits);
      const lagsMs = await clock.run(
        Promise.all(
          Array.from({ length: 100 }, async (_, i) => {
            await pause(clock, i * 37);
            const reachedMs = clock.now() + 500 + chance() * 9_000;
            return noticed(clock, batch, `vol-${i}`, reachedMs, chance);
          }),
        ),
      );
      expect(most(calls)).toBeLessThanOrEqual(20);
      expect(p99(lagsMs)).toBeLessThanOrEqual(1_000);
      expect(clock.pending()).toBe(0);
    },
  );

  it('stay at two a second also while others of the same kind look for keys all the time', async () => {
    const { clock, calls, shared } = cloud(50);
    const chance = seeded(2);
    const { waits, looks } = describePaces();
    const byId = shared(waits);
    const byKey = shared(looks);
    const swaps = Array.from({ length: 100 }, async (_, i) => {
      await pause(clock, i * 290);
      expect((await byKey.get(`key-${i}`)).isOk()).toBe(true);
      return noticed(clock, byId, `vol-${i}`, clock.now() + 500 + chance() * 9_000, chance);
    });
    expect(p99(await clock.run(Promise.all(swaps)))).toBeLessThanOrEqual(1_000);
    expect(most(calls)).toBeLessThanOrEqual(20);
  });
});

describe('more than fits into one call', () => {
  it('goes as several, and counts as so many', async () => {
    const { clock, calls, shared } = cloud(20);
    const { waits, looks } = describePaces();
    const [byId, byKey] = [shared(waits, 40), shared(looks, 40)];
    const chance = seeded(4);
    const swaps = Array.from({ length: 100 }, async (_, i) => {
      expect((await byKey.get(`key-${i}`)).isOk()).toBe(true);
      return noticed(clock, byId, `vol-${i}`, clock.now() + 5_000 + chance() * 9_000, chance);
    });
    await clock.run(Promise.all(swaps));
    expect(calls.length).toBeGreaterThan(10);
    // Three of them go at once at the beginning, before any second has passed.
    expect(most(calls)).toBeLessThanOrEqual(20 + 2);
  });
});

describe('an account that can spare five calls a second', () => {
  it('is asked five times a second at the most, and notices the sooner', async () => {
    const { clock, calls, shared } = cloud(50);
    const chance = seeded(3);
    const { waits, looks } = describePaces(5);
    const [byId, byKey] = [shared(waits), shared(looks)];
    const swaps = Array.from({ length: 100 }, async (_, i) => {
      await pause(clock, i * 290);
      expect((await byKey.get(`key-${i}`)).isOk()).toBe(true);
      return noticed(clock, byId, `vol-${i}`, clock.now() + 500 + chance() * 9_000, chance);
    });
    expect(p99(await clock.run(Promise.all(swaps)))).toBeLessThanOrEqual(700);
    expect(most(calls)).toBeLessThanOrEqual(50);
    expect(most(calls)).toBeGreaterThan(25);
  });
});

describe('a look by key', () => {
  it('goes at once where nobody has asked before, and a second after whoever has', async () => {
    const { clock, calls, shared } = cloud(0);
    const { waits, looks } = describePaces();
    const byKey = shared(looks);
    for (const asked of [byKey.get('key-1'), shared(waits).get('vol-1')]) {
      expect((await clock.run(asked)).isOk()).toBe(true);
    }
    expect((await clock.run(byKey.get('key-2'))).isOk()).toBe(true);
    expect(calls).toEqual([0, 0, 1_000]);
  });

  it('goes within three and a half seconds however many wait', async () => {
    const { clock, shared } = cloud(50);
    const { waits, looks } = describePaces();
    const byKey = shared(looks);
    expect((await clock.run(byKey.get('key-1'))).isOk()).toBe(true);
    const waiting = noticed(clock, shared(waits), 'vol-1', 9_000, () => 0.5);
    await clock.advance(700);
    const found = byKey.get('key-2').map(() => clock.now());
    await clock.run(waiting);
    const foundMs = (await found)._unsafeUnwrap();
    expect(foundMs).toBeGreaterThan(1_000);
    expect(foundMs).toBeLessThanOrEqual(3_600);
  });
});

interface TestCloud {
  readonly clock: VirtualClock;
  /** When each call began. */
  readonly calls: number[];
  shared(pace: DescribePace, maxIds?: number): DescribeBatch<number>;
}

/** Answers a describe call with the time at which it was read: half-way between question and answer. */
function cloud(readMs: number): TestCloud {
  const clock = virtualClock();
  const calls: number[] = [];
  const describeAll = (ids: readonly string[]): CloudResult<ReadonlyMap<string, number>> => {
    calls.push(clock.now());
    return okAsync(undefined)
      .map(() => pause(clock, readMs / 2))
      .map(() => clock.now())
      .andThen((readAtMs) =>
        okAsync(undefined)
          .map(() => pause(clock, readMs / 2))
          .map(() => new Map(ids.map((id) => [id, readAtMs]))),
      );
  };
  return {
    clock,
    calls,
    shared: (pace, maxIds = 200) => describeBatch({ ...at, describe: describeAll, maxIds, pace, clock }),
  };
}

/** Waits for what the cloud reaches at that time; gives how much later that was noticed. */
async function noticed(
  clock: VirtualClock,
  batch: DescribeBatch<number>,
  id: string,
  reachedMs: number,
  chance: () => number,
): Promise<number> {
  const seen = await waitFor<number | undefined>({
    ...at,
    observe: (signal) => batch.get(id, { signal }),
    until: (readAtMs = 0) => (readAtMs >= reachedMs ? 'yes' : 'not-yet'),
    clock,
    chance,
    timeoutMs: 60_000,
  });
  expect(seen.isOk()).toBe(true);
  return clock.now() - reachedMs;
}

function pause(clock: VirtualClock, delayMs: number): Promise<void> {
  return new Promise((wake) => clock.after(delayMs, wake));
}

/** The most calls in any ten seconds. */
function most(calls: readonly number[]): number {
  return Math.max(...calls.map((from) => calls.filter((it) => it >= from && it < from + 10_000).length));
}

function p99(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? Number.NaN;
}

/** Chance that is the same in each run: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
