/**
 * Patience with a file that another process holds. Work is tried at once; where it meets a held file it is tried again
 * every few milliseconds until the patience is over, and the event loop turns in between. What is asked meanwhile
 * waits in line behind it, so that everything is done in the order in which it was asked.
 */

import type { Result } from 'neverthrow';
import { ResultAsync } from 'neverthrow';
import type { JournalError } from '../journal.ts';
import { Known } from './known.ts';

const pauseMs = 10;

export class Patience {
  readonly #patienceMs: number;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Does the work: now, where nothing is in the way. */
  attempt<T>(work: () => Result<T, JournalError>): ResultAsync<T, JournalError> {
    if (this.#waiting === 0) {
      const result = work();
      if (!isHeld(result)) return new Known(result);
    }
    const untilMs = performance.now() + this.#patienceMs;
    this.#waiting += 1;
    const mine = this.#line
      .then(() => keepTrying(work, untilMs))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#line = mine.catch(() => undefined);
    return new ResultAsync(mine);
  }
}

async function keepTrying<T>(
  work: () => Result<T, JournalError>,
  untilMs: number,
): Promise<Result<T, JournalError>> {
  for (;;) {
    const result = work();
    if (!isHeld(result) || performance.now() >= untilMs) return result;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function isHeld(result: Result<unknown, JournalError>): boolean {
  return result.isErr() && result.error.kind === 'busy';
}
