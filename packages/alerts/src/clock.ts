/**
 * Time as a value that is handed in, so that a test lets four hours pass in a millisecond. This file is the one place
 * where the machine's own clock comes in.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds; the returned function takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** A timer of JavaScript counts in 31 bits; asked for more, it would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's own clock. A delay of more than 24.8 days ends after 24.8. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
    return () => clearTimeout(timer);
  },
};
