/**
 * Time, handed in. The scanner asks two clocks at once: the wall's, which can be set wrong, and one that only goes
 * forward. Where the two disagree about how long something took, the wall clock has jumped.
 */

/** Time as the scanner takes it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, never going back. */
  monotonicMs(): number;
  /** Calls back once after so many milliseconds; the returned function takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** A timer of JavaScript counts in 31 bits; asked for more, it would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's own clocks. A delay of more than 24.8 days ends after 24.8. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};
