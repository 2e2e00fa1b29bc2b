import {
  type Applied,
  type Call,
  type CloudError,
  type CloudErrorKind,
  type CloudResult,
  cloudError,
  failureOf,
  type ReadOptions,
  waitFor,
} from '@belay/cloud';
import { err, type Result, ResultAsync } from 'neverthrow';
import type { Site } from './site.ts';

/**
 * One call of the port. Whoever calls may go at any moment; what has begun on the box is finished all the same, so that
 * the records and the box agree. What only waits for its turn is given up without effect.
 */
export interface Span {
  readonly site: Site;
  readonly provider: string;
  /** The port's verb. */
  readonly operation: string;
  /** Fires when nobody waits for the answer any more; its reason is the kind of error that the caller is given. */
  readonly signal: AbortSignal;
  /** Asked whenever the call gets a turn, until it has {@link begun}. */
  readonly stillOurs?: Call['stillOurs'];
  readonly timeoutMs: number;
  readonly resourceId?: string | undefined;
}

export const provider = 'lab';

const readTimeoutMs = 20_000;
const changeTimeoutMs = 60_000;

/** A read: an error never says more than that nothing was done. */
export function read<T>(
  site: Site,
  operation: string,
  { signal, timeoutMs = readTimeoutMs }: ReadOptions | undefined = {},
  work: (span: Span) => CloudResult<T>,
  resourceId?: string,
): CloudResult<T> {
  return new ResultAsync(within({ site, operation, timeoutMs, applied: 'no', resourceId }, signal, work));
}

/** A change: when the caller goes after it was sent, nobody knows yet what becomes of it. */
export function change<T>(
  site: Site,
  operation: string,
  { signal, stillOurs, timeoutMs = changeTimeoutMs }: Partial<Call>,
  work: (span: Span) => CloudResult<T>,
  resourceId?: string,
): CloudResult<T> {
  return new ResultAsync(
    within({ site, operation, timeoutMs, applied: 'unknown', resourceId, stillOurs }, signal, work),
  );
}

/** The same call when it has changed something: what is begun is finished, whosever it is by now. */
export function begun(span: Span): Span {
  return { ...span, stillOurs: undefined };
}

/** An error of this call. */
export function fail(
  span: Span,
  kind: CloudErrorKind,
  message: string,
  more: Partial<Omit<CloudError, 'kind' | 'message' | 'provider' | 'operation'>> = {},
): CloudError {
  return cloudError(kind, span, message, { resourceId: span.resourceId, ...more });
}

/** Looks until the port itself shows the state. */
export function seen<T>(
  span: Span,
  look: () => CloudResult<T>,
  holds: (value: T) => boolean,
): CloudResult<T> {
  const { clock, chance } = span.site.machine;
  return waitFor<T>({
    ...span,
    clock,
    chance,
    observe: look,
    until: (value) => (holds(value) ? 'yes' : 'not-yet'),
    applied: 'unknown',
  });
}

interface Limits {
  readonly site: Site;
  readonly operation: string;
  readonly timeoutMs: number;
  /** What the caller is told who goes before the end. */
  readonly applied: Applied;
  readonly resourceId: string | undefined;
  readonly stillOurs?: Call['stillOurs'];
}

async function within<T>(
  { site, operation, timeoutMs, applied, resourceId, stillOurs }: Limits,
  signal: AbortSignal | undefined,
  work: (span: Span) => CloudResult<T>,
): Promise<Result<T, CloudError>> {
  const stop = new AbortController();
  const span: Span = { site, provider, operation, timeoutMs, resourceId, stillOurs, signal: stop.signal };
  if (signal?.aborted === true) {
    return err(fail(span, 'cancelled', `${operation} was cancelled before it began.`));
  }
  const { promise: gone, resolve } = Promise.withResolvers<CloudErrorKind>();
  const onAbort = (): void => resolve('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = site.machine.clock.after(timeoutMs, () => resolve('timeout'));
  const left = gone.then(async (kind): Promise<Result<T, CloudError>> => {
    stop.abort(kind);
    const lastState = await stateOf(site, resourceId);
    const how = kind === 'timeout' ? `did not end within ${timeoutMs} ms` : 'was cancelled';
    const last = lastState === undefined ? '' : `; last seen: ${lastState}`;
    return err(fail(span, kind, `${operation} ${how}${last}.`, { applied, lastState }));
  });
  try {
    return await Promise.race([left, attempt(span, work, applied)]);
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The folder may be full, gone or unreadable: Node throws, and this is where that becomes an error of the port. */
async function attempt<T>(
  span: Span,
  work: (span: Span) => CloudResult<T>,
  applied: Applied,
): Promise<Result<T, CloudError>> {
  try {
    return await work(span);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
    const kind = kindOf[code ?? ''] ?? 'failed';
    const message = `${span.operation} met a fault of the lab's folder or of the box.`;
    return err(fail(span, kind, message, { applied, code, cause: failureOf(thrown, 'thrown') }));
  }
}

const kindOf: Readonly<Record<string, CloudErrorKind>> = {
  ENOSPC: 'quota',
  EDQUOT: 'quota',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
};

/** For the message of a timeout only: what cannot be read is left out. */
async function stateOf({ shelves }: Site, id: string | undefined): Promise<string | undefined> {
  if (id === undefined) return undefined;
  const kinds = [shelves.volumes, shelves.instances, shelves.snapshots];
  const found = await Promise.all(kinds.map((kind) => kind.get(id).catch(() => undefined)));
  return found.find((record) => record !== undefined)?.state;
}
