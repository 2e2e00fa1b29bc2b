import { type CloudError, type CloudResult, findVisible, tokenOf } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { inTurn } from './in-turn.ts';
import { fail, type Span, stillInDoubt } from './span.ts';

/**
 * Makes one resource for one key, whatever became of earlier calls: what carries the key's tag is adopted; else it
 * is created with a token that follows from the key, which EC2 remembers; a token that is spent, because what it made
 * is gone, is walked past. The generation is nowhere stored: it is found again by asking.
 */
export interface Creation<T> {
  readonly span: Span;
  readonly kind: 'instance' | 'volume' | 'reservation';
  /** A copy and a create under one key have different tokens. */
  readonly verb: 'create' | 'copy';
  readonly key: string;
  /** What carries the key's tag and is alive. One look. */
  readonly look: () => CloudResult<readonly T[]>;
  readonly create: (token: string) => CloudResult<T>;
  readonly idOf: (made: T) => string;
  readonly isGone: (made: T) => boolean;
  /** In what it differs from what is asked for; `undefined` where it does not. */
  readonly difference: (made: T) => string | undefined;
}

export function createOnce<T>(creation: Creation<T>): CloudResult<T> {
  const { span, kind, key } = creation;
  return new ResultAsync(inTurn(span, `${kind} ${key}`, () => lookThenCreate(creation)));
}

/** Looks by key until something is found, or until the window of visibility is over. */
export function findByKey<T>(
  span: Span,
  key: string,
  look: () => CloudResult<readonly T[]>,
  idOf: (one: T) => string,
): CloudResult<T | undefined> {
  const { ec2, signal, provider, operation } = span;
  return findVisible<T>({
    look: () => look().andThen((all) => single(span, key, all, idOf)),
    windowMs: ec2.visibilityMs,
    clock: ec2.clock,
    chance: ec2.chance,
    signal,
    timeoutMs: Math.max(0, span.deadlineMs - ec2.clock.now()),
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

/** More tokens than this were never spent by deleting and making again; something else is wrong. */
const maxGenerations = 50;
const maxSends = 3;

async function lookThenCreate<T>(creation: Creation<T>): Promise<Result<T, CloudError>> {
  const { span, key } = creation;
  const there = await creation.look().andThen((all) => single(span, key, all, creation.idOf));
  if (there.isErr()) return err(there.error);
  if (there.value !== undefined) return adopt(creation, there.value);
  const doubt = { isThere: false };
  for (let generation = 0; generation < maxGenerations; generation++) {
    const token = tokenOf({ key, kind: creation.kind, verb: creation.verb, generation });
    const answer = await createWith(creation, token, doubt);
    if (answer !== 'spent') return answer;
  }
  const error = fail(span, 'failed', `All ${maxGenerations} tokens of the key ${key} are spent.`);
  return err(stillInDoubt(error, doubt.isThere));
}

/** One generation: its answer, or that its token is spent. Once an answer was lost, no later refusal denies that call. */
async function createWith<T>(
  creation: Creation<T>,
  token: string,
  doubt: { isThere: boolean },
): Promise<Result<T, CloudError> | 'spent'> {
  for (let sent = 1; ; sent++) {
    const made = await creation.create(token);
    if (made.isOk()) return creation.isGone(made.value) ? 'spent' : adopt(creation, made.value);
    const error = stillInDoubt(made.error, doubt.isThere);
    doubt.isThere = error.applied !== 'no';
    const doubtful =
      made.error.applied === 'unknown' && error.kind !== 'cancelled' && error.kind !== 'timeout';
    const mismatch = error.kind === 'idempotency-mismatch';
    // A quota error may be the answer to a repeated create whose first call has worked.
    if (!doubtful && !mismatch && error.kind !== 'quota') return err(error);
    const found = await findByKey(creation.span, creation.key, creation.look, creation.idOf);
    if (found.isErr()) return err({ ...found.error, applied: error.applied });
    if (found.value !== undefined) return adopt(creation, found.value);
    if (mismatch) return 'spent';
    if (!doubtful || sent === maxSends) return err(error);
  }
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
