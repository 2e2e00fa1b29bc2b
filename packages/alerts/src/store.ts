import type { Result, ResultAsync } from 'neverthrow';
import type { Alert, AlertLine, AlertState } from './alert.ts';
import type { AlertsError } from './alerts-error.ts';

/**
 * Where alerts live between restarts: one row a cause, and a history that is only added to. Several processes may use
 * one store; each change is one transaction, so that none of them tells what another one is telling.
 */
export interface AlertStore {
  /**
   * Reads the alert of a cause, asks what it shall be, and writes that with its lines, all or nothing. What `change`
   * refuses is the answer, and nothing is written.
   */
  change<T extends Changed>(
    cause: string,
    change: (alert: Alert | undefined) => Result<T, AlertsError>,
  ): ResultAsync<T, AlertsError>;
  /** The causes for which something is to be done, the longest overdue first: at most `limit`. */
  due(nowMs: number, limit: number): ResultAsync<readonly string[], AlertsError>;
  /** When the next one is due, if any. */
  nextDueMs(): ResultAsync<number | undefined, AlertsError>;
  /** The alert of a cause, if it was ever raised. */
  get(cause: string): ResultAsync<Alert | undefined, AlertsError>;
  /** The latest change first. */
  list(states: readonly AlertState[]): ResultAsync<readonly Alert[], AlertsError>;
  /** What happened to a cause, the oldest first. */
  lines(cause: string): ResultAsync<readonly AlertLine[], AlertsError>;
  /** Forgets alerts that were resolved before a time, and lines older than it of others. Gives the number of alerts. */
  prune(beforeMs: number): ResultAsync<number, AlertsError>;
  /** Nothing may be asked afterwards. */
  close(): ResultAsync<void, AlertsError>;
}

/** What a change leaves behind. */
export interface Changed {
  readonly alert: Alert;
  readonly lines: readonly AlertLine[];
}

/** A row is due at its time, and also when the clock has gone back behind its last change. */
export function isOverdue({ dueAtMs, changedAtMs }: Alert, nowMs: number): boolean {
  return dueAtMs !== undefined && (dueAtMs <= nowMs || changedAtMs > nowMs + clockSlackMs);
}

/** Two processes read the clock a moment apart. */
export const clockSlackMs = 5_000;
