import {
  type CloudError,
  type CloudResult,
  findVisible,
  inTurn,
  type KeyTurns,
  keyTurns,
  type Turn,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { fail, leftMs, type Span, stillInDoubt } from './span.ts';

/**
 * Makes one resource for one key, whatever became of earlier calls. OpenStack takes no token for a create, so the key
 * is part of what is made, in the very call that makes it, and it is looked for first: until a look that may be
 * believed has found nothing, nothing is made. Where the answer to a create was lost it may still be on its way, so
 * the look after it lasts longer. Calls of this process under one key come one after the other; two processes under
 * one key are kept apart by the runner's locks, not here.
 */
export interface Creation<T> {
  readonly span: Span;
  readonly key: string;
  /** What carries the key and is alive. One look. */
  readonly look: () => CloudResult<readonly T[]>;
  /** An error where nothing was found and that proves nothing. */
  readonly mustBeAbsent?: (() => CloudResult<void>) | undefined;
  /** Sent once. */
  readonly create: () => CloudResult<T>;
  readonly idOf: (made: T) => string;
  /** In what it differs from what is asked for; `undefined` where it does not. */
  readonly difference: (made: T) => string | undefined;
}

export function createOnce<T>(creation: Creation<T>): CloudResult<T> {
  const { span, key } = creation;
  return new ResultAsync(inTurn(turnOf(span, key), () => lookThenCreate(creation)));
}

/** Looks by key until something is found, or until the window of visibility is over. */
export function findByKey<T>(
  span: Span,
  key: string,
  look: () => CloudResult<readonly T[]>,
  idOf: (one: T) => string,
  windowMs: number = span.stack.visibilityMs,
): CloudResult<T | undefined> {
  const { stack, signal, provider, operation } = span;
  return findVisible<T>({
    look: () => look().andThen((all) => single(span, key, all, idOf)),
    windowMs,
    clock: stack.clock,
    chance: stack.chance,
    signal,
    timeoutMs: leftMs(span),
    provider,
    operation,
  });
}

/** More than one under a key is nobody's to choose from: the error names them all. */
function single<T>(
  span: Span,
  key: string,
  all: readonly T[],
  idOf: (one: T) => string,
): Result<T | undefined, CloudError> {
  if (all.length <= 1) return ok(all[0]);
  const ids = all.map(idOf).sort().join(', ');
  return err(fail(span, 'idempotency-mismatch', `More than one resource carries the key ${key}: ${ids}.`));
}

const maxSends = 3;

async function lookThenCreate<T>(creation: Creation<T>): Promise<Result<T, CloudError>> {
  const { span, key, look, idOf } = creation;
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const windowMs = inDoubt ? span.stack.settleMs : span.stack.visibilityMs;
    const found = await findByKey(span, key, look, idOf, windowMs);
    if (found.isErr()) return err(stillInDoubt(found.error, inDoubt));
    if (found.value !== undefined) return adopt(creation, found.value);
    const absent = await (creation.mustBeAbsent?.() ?? ok(undefined));
    if (absent.isErr()) return err(stillInDoubt(absent.error, inDoubt));
    if (sent > maxSends) return err(lost(creation));
    const made = await creation.create();
    if (made.isOk()) return ok(made.value);
    const error = stillInDoubt(made.error, inDoubt);
    // The caller's time is over, or he gave up: what he asked for is found again by its key.
    if (error.kind !== 'transient') return err(error);
    inDoubt = error.applied !== 'no';
  }
}

function lost<T>({ span, key }: Creation<T>): CloudError {
  const message = `${span.operation} was sent ${maxSends} times without an answer, and nothing carries the key ${key}.`;
  return fail(span, 'transient', message, { applied: 'unknown' });
}

function adopt<T>({ span, idOf, difference }: Creation<T>, made: T): Result<T, CloudError> {
  const found = difference(made);
  if (found === undefined) return ok(made);
  const id = idOf(made);
  return err(
    fail(span, 'idempotency-mismatch', `${id} was made under this key before, and ${found}.`, {
      resourceId: id,
    }),
  );
}

/** The turns of each adapter. */
const turnsOf = new WeakMap<object, KeyTurns>();

function turnOf(span: Span, key: string): Turn {
  const { stack, signal, provider, operation, resourceId } = span;
  const turns = turnsOf.get(stack) ?? keyTurns();
  turnsOf.set(stack, turns);
  return {
    turns,
    key: `${operation} ${key}`,
    clock: stack.clock,
    signal,
    timeoutMs: leftMs(span),
    provider,
    operation,
    resourceId,
  };
}
