import type { Call, CloudResult } from '../call.ts';
import type { Clock } from '../clock.ts';
import { type CloudError, cloudError } from '../cloud-error.ts';
import { type Chance, pollDelayMs } from '../poll.ts';
import { type WaitOptions, waitFor } from '../wait.ts';

/**
 * One verb of an adapter under way: its name for errors, and until when it may take. Whatever the verb asks, waits for
 * or looks up ends with the caller's signal and with the one deadline of the whole verb. An adapter adds what its own
 * requests need, such as its client.
 */
export interface Span {
  readonly provider: string;
  /** The port's verb, such as `volumes.attach`. */
  readonly operation: string;
  readonly resourceId?: string | undefined;
  /** Does the verb change anything? */
  readonly changes: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Asked before each request of the verb that changes something. */
  readonly stillOurs?: Call['stillOurs'];
  /** On `clock`. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly chance: Chance;
  /** For how long a read may hide what was made, or show what has changed since. */
  readonly visibilityMs: number;
}

/** What all verbs of one adapter share. */
export type SpanGround = Pick<Span, 'provider' | 'clock' | 'chance' | 'visibilityMs'>;

/** Where the caller gave no time. A change waits for the cloud to finish; a read is one or a few calls. */
const changeTimeoutMs = 300_000;
const readTimeoutMs = 60_000;

/** A verb begins now. Where the caller gave no time, a change has five minutes and a read has one. */
export function openSpan(
  { provider, clock, chance, visibilityMs }: SpanGround,
  verb: Pick<Span, 'operation' | 'changes' | 'resourceId'>,
  { signal, stillOurs, timeoutMs = verb.changes ? changeTimeoutMs : readTimeoutMs }: Partial<Call> = {},
): Span {
  const deadlineMs = clock.now() + timeoutMs;
  return { ...verb, provider, signal, stillOurs, deadlineMs, clock, chance, visibilityMs };
}

/** An error of this verb. It says `applied: 'no'` unless `more` says otherwise. */
export function fail(
  span: Span,
  kind: CloudError['kind'],
  message: string,
  more: Partial<CloudError> = {},
): CloudError {
  return cloudError(kind, span, message, { resourceId: span.resourceId, ...more });
}

/** What is left of the verb's time, in milliseconds. */
export function leftMs({ clock, deadlineMs }: Span): number {
  return Math.max(0, deadlineMs - clock.now());
}

/** A pause before the same is tried again: short at first, two seconds in the end. */
export async function pause({ clock, chance }: Span, tries: number): Promise<void> {
  const delayMs = Math.min(2_000, pollDelayMs(0, chance) * tries);
  await new Promise<void>((wake) => {
    clock.after(delayMs, wake);
  });
}

/** Waits within the verb's deadline, and says of errors that they are this verb's. */
export function wait<T>(
  span: Span,
  how: Pick<WaitOptions<T>, 'observe' | 'until' | 'stateOf' | 'applied'>,
): CloudResult<T> {
  const { clock, chance, provider, operation, resourceId, signal } = span;
  return waitFor({
    ...how,
    // The shared reads do not know for whom they are made.
    observe: (stop) => how.observe(stop).mapErr((error) => ({ ...error, operation })),
    clock,
    chance,
    signal,
    timeoutMs: leftMs(span),
    provider,
    operation,
    resourceId,
  });
}
