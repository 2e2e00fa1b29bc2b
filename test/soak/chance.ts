/** Chance with a seed: the same seed tells the same history. */
export interface Chance {
  /** At least 0 and below 1. */
  next(): number;
  /** One whole number below this. */
  below(limit: number): number;
  /** True so often. */
  often(share: number): boolean;
  pick<T>(some: readonly T[]): T;
}

/** Mulberry32: 32 bits of state, enough to choose faults by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    often: (share) => next() < share,
    pick(some) {
      const found = some[Math.floor(next() * some.length)];
      if (found === undefined) throw new Error('nothing to pick from');
      return found;
    },
  };
}
