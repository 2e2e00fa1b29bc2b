// Chance from a number: the same number draws the same for ever.

export interface Draws {
  /** 0 to 1. */
  next(): number;
  /** A whole number from 0 to below `limit`. */
  upTo(limit: number): number;
  one<T>(all: readonly T[]): T;
  /** So many of them at the most, each once, in their order. */
  some<T>(all: readonly T[], count: number): readonly T[];
}

/** Mulberry32, over a seed that is stirred first: neighbours have nothing in common. */
export function drawsOf(seed: number): Draws {
  let state = Math.imul(seed + 0x51ed27, 0x9e3779b1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    upTo,
    one(all) {
      const drawn = all[upTo(all.length)];
      if (drawn === undefined) throw new Error('there is nothing to draw from');
      return drawn;
    },
    some(all, count) {
      const left = all.map((_, index) => index);
      const drawn = Array.from(
        { length: Math.min(count, all.length) },
        () => left.splice(upTo(left.length), 1)[0],
      );
      return all.filter((_, index) => drawn.includes(index));
    },
  };
}

/** The number that `BELAY_SEED` names, or this one. */
export function seedOr(usual: number): number {
  return Number(process.env['BELAY_SEED'] ?? usual);
}
