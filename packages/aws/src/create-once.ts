import { type CloudError, type CloudResult, tokenOf } from '@belay/cloud';
import {
  adopt,
  fail,
  findByKey,
  inTurnOf,
  type Keyed,
  lookOnce,
  stillInDoubt,
  type Wanted,
} from '@belay/cloud/adapter';
import { err, type Result } from 'neverthrow';
import type { Span } from './span.ts';

/**
 * Makes one resource for one key, whatever became of earlier calls: what carries the key's tag is adopted; else it
 * is created with a token that follows from the key, which EC2 remembers; a token that is spent, because what it made
 * is gone, is walked past. The generation is nowhere stored: it is found again by asking.
 */
export interface Creation<T> extends Keyed<T>, Wanted<T> {
  readonly span: Span;
  readonly kind: 'instance' | 'volume' | 'reservation';
  /** A copy and a create under one key have different tokens. */
  readonly verb: 'create' | 'copy';
  readonly create: (token: string) => CloudResult<T>;
  readonly isGone: (made: T) => boolean;
}

export function createOnce<T>(creation: Creation<T>): CloudResult<T> {
  const { span, key } = creation;
  return inTurnOf(span, span.ec2.turns, key, () => lookThenCreate(creation));
}

/** More tokens than this were never spent by deleting and making again; something else is wrong. */
const maxGenerations = 50;
const maxSends = 3;

async function lookThenCreate<T>(creation: Creation<T>): Promise<Result<T, CloudError>> {
  const { span, key } = creation;
  const there = await lookOnce(creation);
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
    const found = await findByKey(creation);
    if (found.isErr()) return err({ ...found.error, applied: error.applied });
    if (found.value !== undefined) return adopt(creation, found.value);
    if (mismatch) return 'spent';
    if (!doubtful || sent === maxSends) return err(error);
  }
}
