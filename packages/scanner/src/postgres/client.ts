/**
 * One connection for one question. What goes wrong with it, a deadline included, becomes an error that says nothing
 * about what the database holds; after that the connection is thrown away.
 */

import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Clock } from '../clock.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** The part of a `pg` client that is used: `new pg.Client(…)` fits as it is. */
export interface PgClient {
  /** Opens the connection. */
  connect(): Promise<unknown>;
  /** One statement with its values; rows as objects. */
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly object[] }>;
  /** Ends the connection, also in the middle of a statement. */
  end(): Promise<void>;
  /** Told when the connection breaks while nothing is asked. */
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** How connections are made. */
export interface SessionOptions {
  readonly name: string;
  /** A new client each time, not connected yet. */
  readonly client: () => PgClient;
  /** For each statement, and for connecting. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A row, each column by its name. */
export type Columns = Readonly<Record<string, unknown>>;

/** An open connection. */
export class Session {
  readonly #client: PgClient;
  readonly #options: SessionOptions;
  readonly #signal: AbortSignal | undefined;
  #lost: Error | undefined;

  private constructor(client: PgClient, options: SessionOptions, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#options = options;
    this.#signal = signal;
    // Without a listener a connection that breaks while nobody asks would end the process.
    client.on('error', (error) => {
      this.#lost = error;
    });
  }

  static async open(
    options: SessionOptions,
    signal: AbortSignal | undefined,
  ): Promise<Result<Session, ScannerError>> {
    const session = new Session(options.client(), options, signal);
    const opened = await session.#inTime(() => session.#client.connect(), 'connecting');
    if (opened.isErr()) {
      session.close();
      return err(opened.error);
    }
    return ok(session);
  }

  async ask(sql: string, values: readonly unknown[] = []): Promise<Result<readonly Columns[], ScannerError>> {
    if (this.#lost !== undefined) return err(this.#unavailable('the connection', this.#lost));
    const answer = await this.#inTime(() => this.#client.query(sql, [...values]), 'a statement');
    return answer.map(({ rows }) => rows.map((row) => ({ ...row })));
  }

  /** Ends it at once, also in the middle of something. Nothing that was not committed has happened. */
  close(): void {
    this.#client.end().catch(() => undefined);
  }

  async #inTime<T>(work: () => Promise<T>, what: string): Promise<Result<T, ScannerError>> {
    const { clock, timeoutMs, name } = this.#options;
    const signal = this.#signal;
    if (signal?.aborted === true)
      return err(scannerError('cancelled', `${name} was not asked.`, { source: name }));
    const ended = Promise.withResolvers<Result<T, ScannerError>>();
    const cancelTimer = clock.after(timeoutMs, () =>
      ended.resolve(err(this.#unavailable(what, new Error(`no answer within ${timeoutMs} ms`)))),
    );
    const abort = (): void =>
      ended.resolve(err(scannerError('cancelled', `${what} was cancelled.`, { source: name })));
    signal?.addEventListener('abort', abort, { once: true });
    const answer = work().then(
      (value): Result<T, ScannerError> => ok(value),
      (thrown): Result<T, ScannerError> => err(this.#unavailable(what, thrown)),
    );
    const first = await Promise.race([answer, ended.promise]);
    cancelTimer();
    signal?.removeEventListener('abort', abort);
    if (first.isErr()) this.close();
    return first;
  }

  #unavailable(what: string, thrown: unknown): ScannerError {
    const { name } = this.#options;
    const cause = failureOf(thrown, 'postgres');
    return scannerError('unavailable', `${name}: ${what} failed: ${cause.message}`, { source: name, cause });
  }
}

/** A column that must be a text. */
export function text(row: Columns | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value === 'string') return value;
  throw new TypeError(`the column ${column} is no text`);
}

/** A column that is a text or null. */
export function textOrNull(row: Columns | undefined, column: string): string | null {
  const value = row?.[column];
  return typeof value === 'string' ? value : null;
}
