import type { CloudError, CloudResult } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { findByKey } from './create-once.ts';
import { inTurn } from './in-turn.ts';
import { fail, type Span, stillInDoubt } from './span.ts';

/**
 * Makes one resource for one key where EC2 takes no token: addresses and snapshots. The key is a tag in the very call
 * that makes it, and that tag is looked for first: until a look that may be believed has found nothing, none is made.
 * Two processes under one key are kept apart by the runner's locks, not here.
 */
export interface TaggedCreation<T> {
  readonly span: Span;
  readonly kind: 'address' | 'snapshot';
  readonly key: string;
  /** What carries the key's tag and is alive. One look. */
  readonly look: () => CloudResult<readonly T[]>;
  /** Sends the create, tag included; the id of what was made. */
  readonly create: () => CloudResult<string | undefined>;
  /** The first sight of what was made. */
  readonly see: (span: Span, id: string) => CloudResult<T>;
  readonly idOf: (made: T) => string;
  /** In what it differs from what is asked for; `undefined` where it does not. */
  readonly difference: (made: T) => string | undefined;
}

export function createTagged<T>(creation: TaggedCreation<T>): CloudResult<T> {
  const { span, kind, key } = creation;
  return new ResultAsync(inTurn(span, `${kind} ${key}`, () => findOrCreate(creation))).andThen((made) =>
    adopt(creation, made),
  );
}

const maxSends = 3;

async function findOrCreate<T>(creation: TaggedCreation<T>): Promise<Result<T, CloudError>> {
  const { span, key, look, idOf } = creation;
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const found = await findByKey(span, key, look, idOf);
    if (found.isErr()) return err(stillInDoubt(found.error, inDoubt));
    if (found.value !== undefined) return ok(found.value);
    const made = await creation.create();
    if (made.isOk()) return firstSight(creation, made.value);
    const error = stillInDoubt(made.error, inDoubt);
    if (error.kind !== 'transient' || sent === maxSends) return err(error);
    inDoubt = error.applied !== 'no';
  }
}

/** EC2 has named it, so it is there and costs money, however the wait for the first sight of it ends. */
async function firstSight<T>(
  { span, kind, see }: TaggedCreation<T>,
  id: string | undefined,
): Promise<Result<T, CloudError>> {
  if (id === undefined || id === '') {
    return err(
      fail(span, 'failed', `EC2 answered with a new ${kind} without an id.`, { applied: 'unknown' }),
    );
  }
  const seen = await see({ ...span, resourceId: id }, id);
  return seen.mapErr((error) => ({ ...error, resourceId: id, applied: 'yes' }));
}

function adopt<T>({ span, idOf, difference }: TaggedCreation<T>, made: T): Result<T, CloudError> {
  const found = difference(made);
  if (found === undefined) return ok(made);
  const resourceId = idOf(made);
  const message = `${resourceId} was made under this key before, and ${found}.`;
  return err(fail(span, 'idempotency-mismatch', message, { resourceId }));
}
