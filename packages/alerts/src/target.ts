import type { ResultAsync } from 'neverthrow';
import type { Alert, AlertAction, AlertDetails, AlertReason, Notice, Severity } from './alert.ts';
import type { AlertsError } from './alerts-error.ts';

/**
 * The port to whoever is told: a pager service, a chat, a mail relay. A target knows nothing of chains and deadlines,
 * and a pager service behind it may have rotas and deadlines of its own.
 */
export interface Target {
  /**
   * Hands one message over. Resolves when the receiver has confirmed it; an error means that nobody may rely on it.
   * Never rejects, and ends within a second once the signal fires. The same message may come twice.
   */
  send(message: AlertMessage, options: { readonly signal: AbortSignal }): ResultAsync<void, AlertsError>;
}

/** What a target is told. JSON as it stands. */
export interface AlertMessage {
  readonly action: AlertAction;
  readonly why: AlertReason;
  /** The same for all messages about one cause: receivers put them together by it. */
  readonly cause: string;
  /** Counts how often this cause has come back after it was resolved, from 1. */
  readonly incident: number;
  readonly severity: Severity;
  readonly summary: string;
  readonly source: string;
  readonly details: AlertDetails;
  /** ISO 8601, UTC. */
  readonly raisedAt: string;
  readonly raisedCount: number;
  /** Where the chain stands, counted from 1. */
  readonly rung: number;
  /** Who acknowledged or resolved it, and their words. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** The message of one notice, as the alert is now. */
export function messageOf(alert: Alert, { action, why }: Notice): AlertMessage {
  const { cause, incident, severity, summary, source, details, raisedCount } = alert;
  const word = alert.resolved ?? alert.acknowledged;
  return {
    action,
    why,
    cause,
    incident,
    severity,
    summary,
    source,
    details,
    raisedAt: new Date(alert.raisedAtMs).toISOString(),
    raisedCount,
    rung: alert.rung + 1,
    ...(word && { by: word.by, reason: word.reason }),
  };
}
