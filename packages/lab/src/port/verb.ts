import type { Call, CloudError, CloudResult, ReadOptions, Tags } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Shelf } from '../records.ts';
import type { Site } from '../site.ts';
import { change, fail, read, type Span } from '../span.ts';
import { carries } from './views.ts';

/** What the verbs of all kinds share: every one of them goes over the wire, and lists give one thing after the other. */

/** A read, sent over the wire. */
export function ask<T>(
  site: Site,
  operation: string,
  options: ReadOptions | undefined,
  work: (span: Span) => CloudResult<T>,
  resourceId?: string,
): CloudResult<T> {
  return read(site, operation, options, (span) => site.wire(operation, () => work(span)), resourceId);
}

/** A change, sent over the wire, and then seen by a read. */
export function tell<T, S = T>(
  site: Site,
  operation: string,
  call: Call,
  work: (span: Span) => CloudResult<T>,
  see: (span: Span, done: T) => CloudResult<S>,
  resourceId?: string,
): CloudResult<S> {
  return change(
    site,
    operation,
    call,
    (span) => site.wire(operation, () => work(span)).andThen((done) => see(span, done)),
    resourceId,
  );
}

/** All that carry these tags, each as the port shows it. */
export async function* listAll<R extends { readonly id: string; readonly tags: Tags }, T>(
  site: Site,
  operation: string,
  { shelf, read: verb = operation, filter, options, view }: ListOptions<R, T>,
): AsyncIterable<Result<T, CloudError>> {
  const all = await ask(site, verb, options, () => fromShelf(() => shelf.all())).mapErr((error) => ({
    ...error,
    operation,
  }));
  if (all.isErr()) {
    yield err(all.error);
    return;
  }
  const views = await view(all.value.filter(({ tags }) => carries(tags, filter?.tags)));
  for (const one of views) yield ok(one);
}

interface ListOptions<R extends { readonly id: string }, T> {
  readonly shelf: Shelf<R>;
  /** The read that it is on the wire. */
  readonly read?: string;
  readonly filter: { readonly tags?: Tags } | undefined;
  readonly options: ReadOptions | undefined;
  readonly view: (records: readonly R[]) => Promise<readonly T[]>;
}

/** What a shelf gives; it throws where the folder cannot be read, and the span makes that an error. */
export function fromShelf<T>(look: () => Promise<T>): CloudResult<T> {
  return ResultAsync.fromSafePromise(look());
}

/** Of a read: a value, or `not-found` that names what is not there. */
export function orMissing<T>(
  span: Span,
  what: string,
  id: string,
  found: T | undefined,
): Result<T, CloudError> {
  return found === undefined
    ? err(fail(span, 'not-found', `There is no ${what} ${id}.`, { resourceId: id }))
    : ok(found);
}
