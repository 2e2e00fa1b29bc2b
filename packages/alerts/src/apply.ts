/**
 * What an alert does when something happens: pure, and the same on every machine and after every restart. Time is a
 * number that is handed in, and messages are values that are handed out.
 *
 * It promises: the first rung is told at once; while nobody acknowledges, those on the present rung are told again and
 * again and the next rung joins when its time has come, or at once where nobody on the present one could be reached;
 * the last rung is never left; an acknowledgement is quiet for its time and no longer; a resolved alert is silent.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Alert, AlertLine, Notice, Raise, Word } from './alert.ts';
import { severities } from './alert.ts';
import { type AlertsError, alertsError } from './alerts-error.ts';
import type { CheckedChain } from './chain.ts';
import { dueNow, isDue, isFailing, retryDelayMs } from './notice.ts';

/** What can happen to an alert. */
export type AlertEvent =
  | (Raise & { readonly kind: 'raise' })
  | { readonly kind: 'acknowledge' | 'resolve'; readonly by: string; readonly reason: string }
  | { readonly kind: 'delivered'; readonly target: string; readonly seq: number }
  | {
      readonly kind: 'failed';
      readonly target: string;
      readonly seq: number;
      readonly error: AlertsError;
    }
  | { readonly kind: 'tick' };

/** The alert afterwards, what is to be told to whom, and what goes into the history. */
export interface Applied {
  readonly alert: Alert;
  readonly sends: readonly Notice[];
  readonly lines: readonly AlertLine[];
}

/** Applies one event at a time of the store's clock. A refused event has changed nothing. */
export function applyEvent(
  alert: Alert | undefined,
  event: AlertEvent,
  nowMs: number,
  chain: CheckedChain,
): Result<Applied, AlertsError> {
  const begun = begin(alert, event, nowMs);
  if (begun.isErr()) return err(begun.error);
  const draft = begun.value;
  happen(draft, event, nowMs, chain);
  lapse(draft, nowMs, chain);
  admit(draft, nowMs, chain);
  escalate(draft, nowMs, chain);
  repeat(draft, nowMs, chain);
  const sends = dispatch(draft, nowMs, chain);
  settle(draft, nowMs, chain);
  const { lines, ...after } = draft;
  return ok({ alert: after, sends, lines });
}

type Draft = { -readonly [Field in keyof Alert]: Alert[Field] } & {
  notices: Notice[];
  lines: AlertLine[];
};

function begin(alert: Alert | undefined, event: AlertEvent, nowMs: number): Result<Draft, AlertsError> {
  if (event.kind === 'raise' && (alert === undefined || alert.state === 'resolved')) {
    return ok(firstDraft(event, alert, nowMs));
  }
  if (alert === undefined) return err(alertsError('unknown-alert', 'no alert of this cause was ever raised'));
  if (alert.state === 'resolved' && (event.kind === 'acknowledge' || event.kind === 'resolve')) {
    return err(
      alertsError('resolved', `${alert.cause} was resolved by ${alert.resolved?.by ?? 'somebody'} already`),
    );
  }
  return ok(withClockOf(alert, nowMs));
}

function firstDraft(raise: Raise, before: Alert | undefined, nowMs: number): Draft {
  const { cause, severity, summary, source, details = {} } = raise;
  return {
    cause,
    incident: (before?.incident ?? 0) + 1,
    state: 'raised',
    severity,
    summary,
    source,
    details,
    raisedAtMs: nowMs,
    lastRaisedAtMs: nowMs,
    raisedCount: 0,
    rung: 0,
    rungSinceMs: nowMs,
    notices: [],
    // An answer to a message of the incident before is none to a message of this one.
    lastSeq: before?.lastSeq ?? 0,
    changedAtMs: nowMs,
    lines: [],
  };
}

/** A clock that went back would put every deadline off: the deadlines go back with it. */
function withClockOf(alert: Alert, nowMs: number): Draft {
  const backMs = Math.max(0, alert.changedAtMs - nowMs);
  const { acknowledged } = alert;
  return {
    ...alert,
    rungSinceMs: alert.rungSinceMs - backMs,
    ...(acknowledged && { acknowledged: { ...acknowledged, atMs: acknowledged.atMs - backMs } }),
    notices: alert.notices.map((notice) => ({
      ...notice,
      atMs: notice.atMs - backMs,
      ...(notice.nextAtMs !== undefined && { nextAtMs: notice.nextAtMs - backMs }),
    })),
    lines: [],
  };
}

function happen(draft: Draft, event: AlertEvent, nowMs: number, chain: CheckedChain): void {
  switch (event.kind) {
    case 'raise':
      return raise(draft, event, nowMs, chain);
    case 'acknowledge':
      draft.acknowledged = word(event, nowMs);
      draft.notices = draft.notices.map(({ target }) => dueNow(target, 'acknowledge', 'acknowledged', nowMs));
      return note(draft, 'acknowledged', `${event.by}: ${event.reason}`, nowMs);
    case 'resolve':
      draft.resolved = word(event, nowMs);
      draft.notices = draft.notices.map(({ target }) => dueNow(target, 'resolve', 'resolved', nowMs));
      return note(draft, 'resolved', `${event.by}: ${event.reason}`, nowMs);
    case 'delivered':
    case 'failed':
      return answer(draft, event, nowMs);
    case 'tick':
      return;
  }
}

function raise(draft: Draft, event: Raise, nowMs: number, chain: CheckedChain): void {
  const isFirst = draft.raisedCount === 0;
  const isWorse = severities.indexOf(event.severity) > severities.indexOf(draft.severity);
  draft.raisedCount += 1;
  draft.lastRaisedAtMs = nowMs;
  draft.summary = event.summary;
  draft.source = event.source;
  draft.details = event.details ?? {};
  if (isFirst) {
    note(draft, 'raised', `${event.severity}: ${event.summary}`, nowMs);
    tellRung(draft, 'raised', nowMs, chain);
  } else if (isWorse) {
    // Whoever acknowledged it took something smaller.
    draft.severity = event.severity;
    delete draft.acknowledged;
    draft.rungSinceMs = nowMs;
    note(draft, 'worse', `${event.severity}: ${event.summary}`, nowMs);
    tellRung(draft, 'worse', nowMs, chain);
  }
}

function answer(
  draft: Draft,
  event: Extract<AlertEvent, { kind: 'delivered' | 'failed' }>,
  nowMs: number,
): void {
  const index = draft.notices.findIndex(({ target, seq }) => target === event.target && seq === event.seq);
  const asked = draft.notices[index];
  // The answer to a message that something newer has taken the place of.
  if (asked === undefined || asked.status !== 'sending') return;
  draft.notices[index] = event.kind === 'delivered' ? delivered(asked, nowMs) : failed(asked, event, nowMs);
  const text = event.kind === 'delivered' ? asked.why : event.error.message;
  note(draft, event.kind, `${asked.target}: ${text}`, nowMs);
  if (draft.notices[index].status === 'given-up') note(draft, 'given-up', asked.target, nowMs);
}

function delivered(asked: Notice, nowMs: number): Notice {
  const { target, action, why, seq } = asked;
  return { target, action, why, seq, status: 'delivered', tries: 0, atMs: nowMs, confirmed: true };
}

function failed(asked: Notice, { error }: { readonly error: AlertsError }, nowMs: number): Notice {
  const { nextAtMs: _, ...rest } = asked;
  // An alert that is taken or over needs nobody to be told for ever; one that is open does.
  if (asked.action !== 'trigger' && asked.tries >= mostTriesOfCourtesy) {
    return { ...rest, status: 'given-up', atMs: nowMs, error };
  }
  return { ...rest, status: 'failed', atMs: nowMs, nextAtMs: nowMs + retryDelayMs(asked.tries), error };
}

const mostTriesOfCourtesy = 20;

/** An acknowledgement that has not led to an end in time is over: the alert is told again where it stood. */
function lapse(draft: Draft, nowMs: number, chain: CheckedChain): void {
  const { acknowledged } = draft;
  if (draft.resolved !== undefined || acknowledged === undefined) return;
  if (nowMs < acknowledged.atMs + chain.resolveWithinMs) return;
  delete draft.acknowledged;
  draft.rungSinceMs = nowMs;
  note(draft, 'lapsed', `${acknowledged.by} has not resolved it`, nowMs);
  tellRung(draft, 'lapsed', nowMs, chain);
}

/** The chain may have been changed since the alert was stored: whoever stands on the rung now is told, too. */
function admit(draft: Draft, nowMs: number, chain: CheckedChain): void {
  if (!isWaiting(draft)) return;
  for (const target of rungOf(draft, chain).tell) {
    const known = draft.notices.find((notice) => notice.target === target);
    if (known?.action !== 'trigger') tell(draft, target, 'escalated', nowMs);
  }
}

function escalate(draft: Draft, nowMs: number, chain: CheckedChain): void {
  while (isWaiting(draft) && draft.rung < chain.rungs.length - 1) {
    const tooLate = nowMs >= draft.rungSinceMs + rungOf(draft, chain).acknowledgeWithinMs;
    if (!tooLate && !nobodyReached(draft, chain)) return;
    draft.rung += 1;
    draft.rungSinceMs = nowMs;
    const told = rungOf(draft, chain).tell.join(', ');
    note(draft, 'escalated', `${tooLate ? 'no answer' : 'nobody could be reached'}, now: ${told}`, nowMs);
    tellRung(draft, 'escalated', nowMs, chain);
  }
}

function repeat(draft: Draft, nowMs: number, chain: CheckedChain): void {
  if (!isWaiting(draft)) return;
  const { tell } = rungOf(draft, chain);
  draft.notices = draft.notices.map((notice) =>
    notice.status === 'delivered' && tell.includes(notice.target) && nowMs >= notice.atMs + chain.repeatMs
      ? { ...dueNow(notice.target, 'trigger', 'repeated', nowMs), confirmed: true }
      : notice,
  );
}

/** Takes what is due on its way. It is sent again when no answer has come in time, also by another process. */
function dispatch(draft: Draft, nowMs: number, chain: CheckedChain): readonly Notice[] {
  const sends: Notice[] = [];
  draft.notices = draft.notices.map((notice) => {
    if (!isDue(notice, nowMs)) return notice;
    draft.lastSeq += 1;
    const sent: Notice = {
      ...notice,
      status: 'sending',
      seq: draft.lastSeq,
      tries: notice.tries + 1,
      atMs: nowMs,
      nextAtMs: nowMs + chain.answerWithinMs + leewayMs,
    };
    sends.push(sent);
    return sent;
  });
  return sends;
}

/** Between the end of a call's own time and the moment when its process is taken for dead. */
const leewayMs = 5_000;

function settle(draft: Draft, nowMs: number, chain: CheckedChain): void {
  const before = draft.state;
  draft.state = stateOf(draft);
  if (draft.state === 'undeliverable' && before !== 'undeliverable') {
    note(draft, 'undeliverable', draft.notices.map(({ target }) => target).join(', '), nowMs);
  }
  draft.changedAtMs = nowMs;
  const dueAtMs = Math.min(...timesAhead(draft, chain));
  if (dueAtMs === Number.POSITIVE_INFINITY) delete draft.dueAtMs;
  else draft.dueAtMs = dueAtMs;
}

function stateOf({ resolved, acknowledged, notices }: Draft): Alert['state'] {
  if (resolved !== undefined) return 'resolved';
  if (acknowledged !== undefined) return 'acknowledged';
  const triggers = notices.filter(({ action }) => action === 'trigger');
  if (triggers.every(isFailing)) return 'undeliverable';
  return triggers.some(({ confirmed }) => confirmed === true) ? 'told' : 'raised';
}

function timesAhead(draft: Draft, chain: CheckedChain): readonly number[] {
  const next = draft.notices.flatMap(({ nextAtMs }) => nextAtMs ?? []);
  if (draft.resolved !== undefined) return next;
  if (draft.acknowledged !== undefined) return [...next, draft.acknowledged.atMs + chain.resolveWithinMs];
  const { tell, acknowledgeWithinMs } = rungOf(draft, chain);
  const again = draft.notices
    .filter(({ status, target }) => status === 'delivered' && tell.includes(target))
    .map(({ atMs }) => atMs + chain.repeatMs);
  const isLast = draft.rung >= chain.rungs.length - 1;
  return [...next, ...again, ...(isLast ? [] : [draft.rungSinceMs + acknowledgeWithinMs])];
}

/** Tells everyone on the present rung, except whom a message is on its way to, or who is failing and tried again soon. */
function tellRung(draft: Draft, why: Notice['why'], nowMs: number, chain: CheckedChain): void {
  for (const target of rungOf(draft, chain).tell) {
    const known = draft.notices.find((notice) => notice.target === target);
    const isUnderway = known?.action === 'trigger' && known.status !== 'delivered';
    if (!isUnderway || why === 'worse') tell(draft, target, why, nowMs);
  }
}

function tell(draft: Draft, target: string, why: Notice['why'], nowMs: number): void {
  const index = draft.notices.findIndex((notice) => notice.target === target);
  const known = draft.notices[index];
  const notice: Notice = {
    ...dueNow(target, 'trigger', why, nowMs),
    ...(known?.confirmed === true && { confirmed: true }),
  };
  if (known === undefined) draft.notices.push(notice);
  else draft.notices[index] = notice;
}

/** The chain may have become shorter since the alert was stored. */
function rungOf(draft: Draft, chain: CheckedChain): CheckedChain['rungs'][number] {
  const rung = chain.rungs[Math.min(draft.rung, chain.rungs.length - 1)];
  if (rung === undefined) throw new TypeError('a checked chain has a rung');
  return rung;
}

function nobodyReached(draft: Draft, chain: CheckedChain): boolean {
  const { tell } = rungOf(draft, chain);
  return draft.notices.filter(({ target }) => tell.includes(target)).every(isFailing);
}

function isWaiting(draft: Draft): boolean {
  return draft.resolved === undefined && draft.acknowledged === undefined;
}

function word({ by, reason }: { by: string; reason: string }, atMs: number): Word {
  return { by, reason, atMs };
}

function note(draft: Draft, what: AlertLine['what'], text: string, atMs: number): void {
  draft.lines.push({ cause: draft.cause, incident: draft.incident, atMs, what, text });
}
