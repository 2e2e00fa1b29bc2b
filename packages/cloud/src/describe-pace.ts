/**
 * How often an account is asked about resources of one kind. All that wait for some of them share one call, and so do
 * all that look for some by their keys; but these are two, for no call takes "one of these ids or one of these keys".
 * Together they stay at two a second, counted over ten seconds, however many wait and look. What does not fit into one
 * call goes as several, and the next ones wait that much longer. What is asked again, because an id in it does not
 * exist, comes on top.
 *
 * Whoever waits is served first: every 650 ms, so that a state is noticed within a second of its being reached. Looks
 * by key go when nobody has asked for a second, and else every 3.5 seconds: a service is down while somebody waits for
 * a disk, and not while a create looks for what it may have made before.
 */
export interface DescribePace {
  /** The earliest time of the next call, by the calls that have begun so far. */
  dueMs(): number;
  /** A call begins now, or so many at once; one where absent. */
  began(nowMs: number, calls?: number): void;
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
  const [waitGapMs, quietGapMs, lookGapMs] = [waitEveryMs * share, quietMs * share, lookEveryMs * share];
  let waited: Begun = never;
  let looked: Begun = never;
  return {
    waits: {
      dueMs: () => waited.atMs + waitGapMs * waited.calls,
      began(atMs, calls = 1) {
        waited = { atMs, calls };
      },
    },
    looks: {
      dueMs: () =>
        Math.min(
          Math.max(waited.atMs + quietGapMs, looked.atMs + quietGapMs * looked.calls),
          looked.atMs + lookGapMs * looked.calls,
        ),
      began(atMs, calls = 1) {
        looked = { atMs, calls };
      },
    },
  };
}

/** The last time that was asked, and in how many calls. */
interface Begun {
  readonly atMs: number;
  readonly calls: number;
}

const never: Begun = { atMs: Number.NEGATIVE_INFINITY, calls: 1 };

/** So long between the beginnings of two calls; 650 ms where absent. The first is made at once. */
export function steadyPace(everyMs: number = waitEveryMs): DescribePace {
  let last: Begun = never;
  return {
    dueMs: () => last.atMs + everyMs * last.calls,
    began(atMs, calls = 1) {
      last = { atMs, calls };
    },
  };
}
