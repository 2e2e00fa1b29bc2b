import type { AlertsError } from './alerts-error.ts';

/**
 * One alert, from the first time its cause was raised until it is resolved. It is a plain value: stores keep it as
 * JSON, and nothing about it lives only in a process.
 */
export interface Alert {
  /** What is wrong, as a stable name such as `scanner/breaker/offsite`. One cause is one alert, however often raised. */
  readonly cause: string;
  /** The same cause after it was resolved is a new incident; counted from 1. */
  readonly incident: number;
  readonly state: AlertState;
  readonly severity: Severity;
  /** One sentence for the person who is woken. */
  readonly summary: string;
  /** Where it comes from: a host, a scanner's name. */
  readonly source: string;
  readonly details: AlertDetails;
  readonly raisedAtMs: number;
  readonly lastRaisedAtMs: number;
  /** How often this incident was raised. */
  readonly raisedCount: number;
  /** Where on the chain it stands, from 0, and since when. */
  readonly rung: number;
  readonly rungSinceMs: number;
  /** The person who took it. Gone again when the time to resolve it is over. */
  readonly acknowledged?: Word | undefined;
  readonly resolved?: Word | undefined;
  /** What each target was last told. */
  readonly notices: readonly Notice[];
  /** Grows with every message, so that an answer is matched to its question. */
  readonly lastSeq: number;
  readonly changedAtMs: number;
  /** When something is to be done next, if nothing happens before. */
  readonly dueAtMs?: number | undefined;
}

/**
 * - `raised`: no target has confirmed a message about it yet.
 * - `told`: at least one target has, and nobody has acknowledged.
 * - `undeliverable`: every target that was tried has failed. It goes on being tried, and the heartbeat to the outside
 *   dead-man's switch is held back, so that somebody is woken from there.
 * - `acknowledged`: a person has taken it; it is quiet until the time to resolve it is over.
 * - `resolved`: over. Raised again, it is a new incident.
 */
export type AlertState = 'raised' | 'told' | 'undeliverable' | 'acknowledged' | 'resolved';

/** Least first. The words are PagerDuty's own, so that nothing has to be translated. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;

export type Severity = (typeof severities)[number];

/** Facts for the person who looks: flat, so that every receiver can show them. */
export type AlertDetails = Readonly<Record<string, string | number | boolean>>;

/** What a person, or the program that raised it, said about an alert. */
export interface Word {
  /** Who: a person's name for an acknowledgement. */
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What one target was last told, and what became of it. */
export interface Notice {
  readonly target: string;
  readonly action: AlertAction;
  readonly why: AlertReason;
  /** `due`: to be sent at `nextAtMs`. `sending`: on its way; sent again at `nextAtMs` if no answer has come by then. */
  readonly status: 'due' | 'sending' | 'delivered' | 'failed' | 'given-up';
  /** Names the message on its way. */
  readonly seq: number;
  /** Tries since the last one that was delivered. */
  readonly tries: number;
  /** When the status became what it is. */
  readonly atMs: number;
  readonly nextAtMs?: number | undefined;
  /** This target has confirmed a message of this incident at least once. */
  readonly confirmed?: boolean | undefined;
  /** Of the last try, where it failed. */
  readonly error?: AlertsError | undefined;
}

/** What a message asks of its receiver. */
export type AlertAction = 'trigger' | 'acknowledge' | 'resolve';

/** Why a message is sent now. */
export type AlertReason =
  | 'raised'
  | 'worse'
  | 'repeated'
  | 'escalated'
  | 'lapsed'
  | 'acknowledged'
  | 'resolved';

/** What is told to `raise`. */
export interface Raise {
  /** A stable name of what is wrong, without times or counts in it: the same cause is raised once. */
  readonly cause: string;
  readonly severity: Severity;
  /** One sentence for the person who is woken. */
  readonly summary: string;
  /** Where it comes from: a host, a scanner's name. */
  readonly source: string;
  readonly details?: AlertDetails | undefined;
}

/** One line of an alert's history. */
export interface AlertLine {
  readonly cause: string;
  readonly incident: number;
  readonly atMs: number;
  readonly what:
    | 'raised'
    | 'worse'
    | 'delivered'
    | 'failed'
    | 'escalated'
    | 'undeliverable'
    | 'acknowledged'
    | 'lapsed'
    | 'resolved'
    | 'given-up';
  /** Who or what: a target, a rung, a person with their reason. */
  readonly text: string;
}

/** True until somebody has acknowledged it or it is resolved. */
export function isOpen(alert: Alert): boolean {
  return alert.state !== 'acknowledged' && alert.state !== 'resolved';
}
