/**
 * Where the runner meets the machine's time and chance, and nowhere else. Tests and simulations hand in their own.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. As `now` where absent. */
  elapsedMs?(): number;
  /** Calls back once after so many milliseconds; the returned function takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Calls back when all that is at hand in this turn of the event loop is done: no timer, no delay. */
export function afterThisTurn(callback: () => void): void {
  setImmediate(callback);
}

/** A name that no other runner has. */
export function freshOwner(): string {
  return globalThis.crypto.randomUUID();
}

/** Journals count in whole milliseconds; a simulated clock may not. */
export function wholeMs(clock: Clock): Clock {
  return {
    now: () => Math.floor(clock.now()),
    elapsedMs: () => (clock.elapsedMs === undefined ? clock.now() : clock.elapsedMs()),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  };
}
