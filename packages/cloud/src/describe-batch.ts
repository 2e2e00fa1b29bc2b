import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from './call.ts';
import type { Clock } from './clock.ts';
import { type CloudError, cloudError } from './cloud-error.ts';
import { type DescribePace, steadyPace } from './describe-pace.ts';
import { failureOf } from './failure.ts';

/**
 * One shared describe for everybody who waits: all that ask within a tick share one call, however many they are, so
 * that a hundred waiting steps cost the account as much as one. There is one batch for each account, region and kind.
 *
 * An id that the cloud does not know answers `undefined` to whoever asked for it and never spoils the call for the
 * others. An answer is always from a call that began after the question. When nobody waits, nothing is asked and no
 * timer runs.
 */
export interface DescribeBatch<T> {
  /** The resource, or `undefined` where the cloud says that it does not exist. `cancelled` when the signal fires. */
  get(id: string, options?: { readonly signal?: AbortSignal | undefined }): CloudResult<T | undefined>;
}

/** The call that is shared, and how often it may be made. */
export interface DescribeBatchOptions<T> {
  /**
   * One call. Ids that it leaves out of its answer do not exist. It may also refuse the whole batch as `not-found`
   * or `invalid` for the sake of some of them: these are then singled out.
   */
  readonly describe: (ids: readonly string[], signal: AbortSignal) => CloudResult<ReadonlyMap<string, T>>;
  /** The ids that a `not-found` error names; where it names none, the batch is halved until the culprits are found. */
  readonly missing?: ((error: CloudError) => readonly string[]) | undefined;
  /** The most ids in one call. */
  readonly maxIds: number;
  /** When the next call may begin; at once and then every 650 ms where absent. */
  readonly pace?: DescribePace | undefined;
  /** How long one call may take; 30 s where absent. */
  readonly callTimeoutMs?: number | undefined;
  readonly clock: Clock;
  readonly provider: string;
  /** For errors: `volumes.get`. */
  readonly operation: string;
}

/** Makes the batch of one account, region and kind. */
export function describeBatch<T>(options: DescribeBatchOptions<T>): DescribeBatch<T> {
  const state: State<T> = {
    asked: new Map(),
    pace: options.pace ?? steadyPace(),
    busy: false,
    unplan: undefined,
  };
  return {
    get: (id, { signal } = {}) =>
      new ResultAsync(new Promise((settle) => ask(id, signal, settle, state, options))),
  };
}

type Answer<T> = Result<T | undefined, CloudError>;

interface Waiter<T> {
  readonly settle: (answer: Answer<T>) => void;
}

interface State<T> {
  /** Who asked since the last call began. */
  asked: Map<string, Set<Waiter<T>>>;
  readonly pace: DescribePace;
  busy: boolean;
  /** Takes the planned call back. */
  unplan: (() => void) | undefined;
}

function ask<T>(
  id: string,
  signal: AbortSignal | undefined,
  settle: (answer: Answer<T>) => void,
  state: State<T>,
  options: DescribeBatchOptions<T>,
): void {
  if (signal?.aborted === true) {
    settle(err(cancelled(id, options)));
    return;
  }
  const group = state.asked;
  const waiters = group.get(id) ?? new Set();
  const leave = (): void => {
    waiters.delete(waiter);
    if (waiters.size === 0) group.delete(id);
    if (group === state.asked && group.size === 0) unplan(state);
    settle(err(cancelled(id, options)));
  };
  const waiter: Waiter<T> = {
    settle(answer) {
      signal?.removeEventListener('abort', leave);
      settle(answer);
    },
  };
  waiters.add(waiter);
  group.set(id, waiters);
  signal?.addEventListener('abort', leave, { once: true });
  plan(state, options);
}

/** Calls once the pace allows it, and not before the call that is under way has ended. */
function plan<T>(state: State<T>, options: DescribeBatchOptions<T>): void {
  if (state.busy || state.unplan !== undefined || state.asked.size === 0) return;
  const { clock } = options;
  state.unplan = clock.after(Math.max(0, state.pace.dueMs() - clock.now()), () => {
    state.unplan = undefined;
    // A call of somebody else at the same pace may have come in between. A timer may be a millisecond early.
    if (state.pace.dueMs() > clock.now()) plan(state, options);
    else void call(state, options);
  });
}

function unplan<T>(state: State<T>): void {
  state.unplan?.();
  state.unplan = undefined;
}

async function call<T>(state: State<T>, options: DescribeBatchOptions<T>): Promise<void> {
  const group = state.asked;
  state.asked = new Map();
  const parts = chunks([...group.keys()], options.maxIds);
  state.pace.began(options.clock.now(), parts.length);
  state.busy = true;
  await Promise.all(parts.map((ids) => answerAll(ids, group, options)));
  state.busy = false;
  plan(state, options);
}

/** Asks for these ids and answers their waiters; never rejects, or everybody would wait for ever. */
async function answerAll<T>(
  ids: readonly string[],
  group: ReadonlyMap<string, ReadonlySet<Waiter<T>>>,
  options: DescribeBatchOptions<T>,
): Promise<void> {
  const wanted = ids.filter((id) => group.has(id));
  if (wanted.length === 0) return;
  const answer = await describe(wanted, options);
  if (answer.isOk()) return tell(wanted, group, (id) => ok(answer.value.get(id)));
  const { error } = answer;
  const missing = new Set(error.kind === 'not-found' ? (options.missing?.(error) ?? []) : []);
  const [gone, rest] = split(wanted, (id) => missing.has(id));
  if (gone.length > 0) {
    tell(gone, group, () => ok(undefined));
    return answerAll(rest, group, options);
  }
  if (error.kind !== 'not-found' && error.kind !== 'invalid') return tell(wanted, group, () => err(error));
  if (wanted.length === 1)
    return tell(wanted, group, () => (error.kind === 'not-found' ? ok(undefined) : err(error)));
  const half = Math.ceil(wanted.length / 2);
  await answerAll(wanted.slice(0, half), group, options);
  await answerAll(wanted.slice(half), group, options);
}

/**
 * The call is everybody's: no single waiter's signal may end it for the others. So it has a time limit of its own,
 * for a call that never ends would hold up all that come after it.
 */
async function describe<T>(
  ids: readonly string[],
  options: DescribeBatchOptions<T>,
): Promise<Result<ReadonlyMap<string, T>, CloudError>> {
  const { clock, operation, callTimeoutMs = 30_000 } = options;
  const stop = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<Result<never, CloudError>>();
  const cancelLimit = clock.after(callTimeoutMs, () => {
    resolve(err(cloudError('transient', options, `${operation} got no answer within ${callTimeoutMs} ms.`)));
    stop.abort();
  });
  try {
    return await Promise.race([late, options.describe(ids, stop.signal)]);
  } catch (thrown) {
    // An adapter that throws has a mistake in it. Its waiters must hear of it all the same.
    return err(cloudError('failed', options, `${operation} threw.`, { cause: failureOf(thrown, 'thrown') }));
  } finally {
    cancelLimit();
  }
}

function tell<T>(
  ids: readonly string[],
  group: ReadonlyMap<string, ReadonlySet<Waiter<T>>>,
  answer: (id: string) => Answer<T>,
): void {
  for (const id of ids) for (const waiter of group.get(id) ?? []) waiter.settle(answer(id));
}

function cancelled<T>(id: string, options: DescribeBatchOptions<T>): CloudError {
  return cloudError('cancelled', options, `Nobody waits any more for what ${id} is.`, { resourceId: id });
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function split<T>(all: readonly T[], goes: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(goes), all.filter((one) => !goes(one))];
}
