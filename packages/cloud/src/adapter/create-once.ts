import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import { inTurn, type KeyTurns } from '../key-turns.ts';
import { stillInDoubt } from './ask.ts';
import { adopt, findByKey, type Keyed, type Wanted } from './find-by-key.ts';
import { fail, leftMs, type Span } from './span.ts';

/**
 * Makes one resource for one key where the provider takes no token, whatever became of earlier calls. The key is part
 * of what is made, in the very call that makes it, and it is looked for first: until a look that may be believed has
 * found nothing, nothing is made. Where the answer to a create was lost it may still be on its way, so the look after
 * it lasts longer. Calls of this process under one key come one after the other; two processes under one key are kept
 * apart by the runner's locks, not here.
 */
export interface Creation<T> extends Keyed<T>, Wanted<T> {
  /** The turns of the adapter. */
  readonly turns: KeyTurns;
  /** Sent once; resolves with the first sight of what was made. An error that says `applied: 'yes'` is final. */
  readonly create: () => CloudResult<T>;
  /** An error where nothing was found and that proves nothing. */
  readonly mustBeAbsent?: (() => CloudResult<void>) | undefined;
  /** For how long a create whose answer was lost may still be on its way; the window of visibility where absent. */
  readonly settleMs?: number | undefined;
}

/** Makes it, or finds it; what was found and differs from what is asked for is `idempotency-mismatch`. */
export function createOnce<T>(creation: Creation<T>): CloudResult<T> {
  const { span, turns, key } = creation;
  return inTurnOf(span, turns, key, () => lookThenCreate(creation));
}

/** Work of one verb under one key, one after the other within this adapter, for as long as the verb may take. */
export function inTurnOf<T>(
  span: Span,
  turns: KeyTurns,
  key: string,
  work: () => Promise<Result<T, CloudError>>,
): CloudResult<T> {
  const { clock, signal, provider, operation, resourceId } = span;
  const line = `${operation} ${key}`;
  const timeoutMs = leftMs(span);
  return new ResultAsync(
    inTurn({ turns, key: line, clock, signal, timeoutMs, provider, operation, resourceId }, work),
  );
}

const maxSends = 3;

async function lookThenCreate<T>(creation: Creation<T>): Promise<Result<T, CloudError>> {
  const { settleMs } = creation;
  let inDoubt = false;
  let refused: CloudError | undefined;
  for (let sent = 1; ; sent++) {
    const found = await findByKey(creation, inDoubt ? settleMs : undefined);
    if (found.isErr()) return err(stillInDoubt(found.error, inDoubt));
    if (found.value !== undefined) return adopt(creation, found.value);
    const absent = await (creation.mustBeAbsent?.() ?? ok(undefined));
    if (absent.isErr()) return err(stillInDoubt(absent.error, inDoubt));
    if (sent > maxSends) return err(inDoubt || refused === undefined ? lost(creation) : refused);
    const made = await creation.create();
    if (made.isOk()) return ok(made.value);
    const error = stillInDoubt(made.error, inDoubt);
    // The caller's time is over, or he gave up: what he asked for is found again by its key.
    if (error.kind !== 'transient' || error.applied === 'yes') return err(error);
    inDoubt = error.applied !== 'no';
    refused = error;
  }
}

function lost<T>({ span, key }: Creation<T>): CloudError {
  const message = `${span.operation} was sent ${maxSends} times without an answer, and nothing carries the key ${key}.`;
  return fail(span, 'transient', message, { applied: 'unknown' });
}
