import type { CloudResult } from '@belay/cloud';
import { type Creation, createOnce, fail } from '@belay/cloud/adapter';
import { errAsync } from 'neverthrow';
import type { Span } from './span.ts';

/**
 * Makes one resource for one key where EC2 takes no token: addresses and snapshots. The key is a tag in the very call
 * that makes it, and that tag is looked for first.
 */
export interface TaggedCreation<T> extends Omit<Creation<T>, 'turns' | 'create'> {
  readonly span: Span;
  readonly kind: 'address' | 'snapshot';
  /** Sends the create, tag included; the id of what was made. */
  readonly create: () => CloudResult<string | undefined>;
  /** The first sight of what was made. */
  readonly see: (span: Span, id: string) => CloudResult<T>;
}

export function createTagged<T>(creation: TaggedCreation<T>): CloudResult<T> {
  return createOnce({
    ...creation,
    turns: creation.span.ec2.turns,
    create: () => creation.create().andThen((id) => firstSight(creation, id)),
  });
}

/** EC2 has named it, so it is there and costs money, however the wait for the first sight of it ends. */
function firstSight<T>({ span, kind, see }: TaggedCreation<T>, id: string | undefined): CloudResult<T> {
  if (id === undefined || id === '') {
    const message = `EC2 answered with a new ${kind} without an id.`;
    return errAsync(fail(span, 'failed', message, { applied: 'unknown' }));
  }
  return see({ ...span, resourceId: id }, id).mapErr((error) => ({
    ...error,
    resourceId: id,
    applied: 'yes',
  }));
}
