import type { CloudResult } from './call.ts';
import type { Clock } from './clock.ts';
import type { Chance } from './poll.ts';
import { waitFor } from './wait.ts';

/**
 * Looks for something that may have been made a moment ago. Clouds show what they made only after a while: a single
 * empty answer proves nothing. `undefined` is given only after several looks, spread over the cloud's window of
 * visibility, that all found nothing. A look that fails proves nothing either: it never counts as empty.
 */
export interface FindOptions<T> {
  /** One look; `undefined` where it found nothing. */
  readonly look: (signal: AbortSignal) => CloudResult<T | undefined>;
  /** For how long after its creation a resource may stay invisible. */
  readonly windowMs: number;
  /** The fewest empty looks that are believed; 3 where absent. */
  readonly looks?: number | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly signal?: AbortSignal | undefined;
  /** For all looks together; must be longer than the window. */
  readonly timeoutMs: number;
  readonly provider: string;
  readonly operation: string;
}

/** Looks until something is found, or until it may be believed that nothing is there. */
export function findVisible<T>(options: FindOptions<T>): CloudResult<T | undefined> {
  const { look, windowMs, looks = 3, ...rest } = options;
  let empty = 0;
  return waitFor<T | undefined>({
    ...rest,
    observe: look,
    until(found, elapsedMs) {
      if (found !== undefined) return 'yes';
      empty += 1;
      return empty >= looks && elapsedMs >= windowMs ? 'yes' : 'not-yet';
    },
    applied: 'no',
  });
}
