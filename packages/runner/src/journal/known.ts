import { type Result, ResultAsync } from 'neverthrow';

/**
 * An answer that was there before anybody asked for it. To its callers it is like any other; the engine, which asks
 * for one at every commit, looks into it instead of waiting a turn for what it could have at once.
 */
export class Known<T, E> extends ResultAsync<T, E> {
  readonly result: Result<T, E>;

  constructor(result: Result<T, E>) {
    super(Promise.resolve(result));
    this.result = result;
  }
}

/** The answer, where it is there already. */
export function resultNow<T, E>(answer: ResultAsync<T, E>): Result<T, E> | undefined {
  return answer instanceof Known ? answer.result : undefined;
}
