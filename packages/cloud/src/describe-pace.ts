/**
 * How often an account is asked about resources of one kind. All that wait for some of them share one call, and so do
 * all that look for some by their keys; but these are two, for no call takes "one of these ids or one of these keys".
 * Together they stay at two a second, counted over ten seconds, however many wait and look. What a batch asks again,
 * because an id in it does not exist or because it holds more than fits into one call, comes on top.
 *
 * Whoever waits is served first: every 650 ms, so that a state is noticed within a second of its being reached. Looks
 * by key go when nobody has asked for a second, and else every 3.5 seconds: a service is down while somebody waits for
 * a disk, and not while a create looks for what it may have made before.
 */
export interface DescribePace {
  /** The earliest time of the next call, by the calls that have begun so far. */
  dueMs(): number;
  /** A call begins now. */
  began(nowMs: number): void;
}

/** The two paces of one account, region and kind. */
export interface DescribePaces {
  /** For calls that name ids. */
  readonly waits: DescribePace;
  /** For calls that look for keys. */
  readonly looks: DescribePace;
}

/** All three for two calls a second. */
const waitEveryMs = 650;
const quietMs = 1_000;
const lookEveryMs = 3_500;
const usualPerSecond = 2;

/**
 * The paces of one account, region and kind, of which nobody has asked yet: the first call of each goes at once. Where
 * the account can spare more than two calls a second, or less, all of it is that much quicker or slower.
 */
export function describePaces(callsPerSecond: number = usualPerSecond): DescribePaces {
  const share = usualPerSecond / callsPerSecond;
  let waitedMs = Number.NEGATIVE_INFINITY;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    waits: {
      dueMs: () => waitedMs + waitEveryMs * share,
      began(nowMs) {
        waitedMs = nowMs;
      },
    },
    looks: {
      dueMs: () => Math.min(Math.max(waitedMs, lookedMs) + quietMs * share, lookedMs + lookEveryMs * share),
      began(nowMs) {
        lookedMs = nowMs;
      },
    },
  };
}

/** So long between the beginnings of two calls; 650 ms where absent. The first is made at once. */
export function steadyPace(everyMs: number = waitEveryMs): DescribePace {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    dueMs: () => lastMs + everyMs,
    began(nowMs) {
      lastMs = nowMs;
    },
  };
}
