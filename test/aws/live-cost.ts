// A count of what a live run costs at the most, by prices that are rounded up, so that it ends before its cap and not
// after. It is no bill: an instance counts as a whole hour, and everything as if it were never taken away early.

import type { Clock } from '@belay/cloud';

export interface Allowance {
  /** Throws where the cap would be passed: nothing is made then. */
  take(what: keyof typeof usd): void;
  usd(): number;
  /** True where a next case may pass the cap, and after three hours: what hangs, hangs at somebody's cost. */
  isUsedUp(): boolean;
}

/** For small types and disks of a few GiB, in the dearer regions. */
const usd = { instance: 0.03, volume: 0.005, snapshot: 0.005, address: 0.01 } as const;

/** A few servers with their disks. */
const mostOfOneCaseUsd = 0.2;

const longestMs = 3 * 3_600_000;

export function allowance(capUsd: number, clock: Clock): Allowance {
  const startedMs = clock.now();
  let spent = 0;
  return {
    take(what) {
      if (spent + usd[what] > capUsd) throw new Error(`One more ${what} would pass the cap of $${capUsd}.`);
      spent += usd[what];
    },
    usd: () => spent,
    isUsedUp: () => spent + mostOfOneCaseUsd > capUsd || clock.now() - startedMs > longestMs,
  };
}
