import type { Call, CloudError, CloudResult, ReadOptions } from '@belay/cloud';
import { errAsync } from 'neverthrow';
import type { Site } from '../site.ts';
import { change, read, type Span } from '../span.ts';
import type { Reads } from './reads.ts';

/** A read; what the wire says of it is said of this verb. */
export function ask<T>(
  site: Site,
  operation: string,
  options: ReadOptions | undefined,
  work: (span: Span) => CloudResult<T>,
  resourceId?: string,
): CloudResult<T> {
  return read(site, operation, options, work, resourceId).mapErr((error) => ({ ...error, operation }));
}

/** A change, sent over the wire, and then seen by reads. */
export function tell<T, S>(
  site: Site,
  operation: string,
  call: Call,
  work: (span: Span) => CloudResult<T>,
  see: (span: Span, done: T) => CloudResult<S>,
  resourceId?: string,
  refused: (span: Span, error: CloudError) => CloudResult<T> = (_span, error) => errAsync(error),
): CloudResult<S> {
  return change(
    site,
    operation,
    call,
    (span) =>
      site
        .wire(operation, () => work(span))
        .orElse((error) => refused(span, error))
        .andThen((done) => see(span, done)),
    resourceId,
  ).mapErr((error) => ({ ...error, operation }));
}

/** A create: as {@link tell}, but that a full quota does not hide what an earlier call under its key has made. */
export function make<T>(
  site: Site,
  operation: string,
  { call, asked, reads: { orMadeBefore, until }, work, isMade }: MakeOptions<T>,
): CloudResult<T> {
  return tell(
    site,
    operation,
    call,
    (span) => work(span).map(({ id }) => ({ id })),
    (span, { id }) => until(span, id, isMade),
    undefined,
    (span, refusal) => orMadeBefore(span, call.key, asked, refusal),
  );
}

interface MakeOptions<T> {
  readonly call: Call;
  readonly asked: unknown;
  readonly reads: Pick<Reads<T>, 'orMadeBefore' | 'until'>;
  readonly work: (span: Span) => CloudResult<{ readonly id: string }>;
  readonly isMade: (thing: T) => boolean;
}

/** A deletion: sent over the wire, and then seen by reads that find it no more. */
export function end(
  site: Site,
  operation: string,
  { id, call, reads: { untilGone }, work }: EndOptions,
): CloudResult<void> {
  return tell(
    site,
    operation,
    call,
    (span) => work(span, id),
    (span) => untilGone(span, id),
    id,
  );
}

interface EndOptions {
  readonly id: string;
  readonly call: Call;
  readonly reads: Pick<Reads<unknown>, 'untilGone'>;
  readonly work: (span: Span, id: string) => CloudResult<unknown>;
}
