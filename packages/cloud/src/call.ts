import type { ResultAsync } from 'neverthrow';
import type { CloudError } from './cloud-error.ts';

/** What every read takes. */
export interface ReadOptions {
  /** Ends the call within a second; the error then says `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** How long the whole call may take, waits included. The adapter's default where absent. */
  readonly timeoutMs?: number | undefined;
}

/**
 * What every change takes. A step's context has this shape, so it is passed on as it is.
 *
 * `key` names the effect, not the attempt: the same key and the same spec give the same resource, however often the
 * call is made and whatever became of earlier answers. The same key with another spec is `idempotency-mismatch`.
 */
export interface Call extends ReadOptions {
  readonly key: string;
  /**
   * Is the effect still the caller's to make? An adapter asks just before each request that changes something leaves,
   * repeats too. After `false` the request is not sent: the call ends as `cancelled`, with `applied: 'no'` where none
   * left before. `true` comes at once as a rule; a promise means that somebody is being asked. A process that was
   * stopped for a while and replaced meanwhile does no more harm then. Whatever is asked for is sent where absent.
   */
  readonly stillOurs?: (() => boolean | Promise<boolean>) | undefined;
}

/** The answer of a port: a value or a {@link CloudError}, never an exception. */
export type CloudResult<T> = ResultAsync<T, CloudError>;
