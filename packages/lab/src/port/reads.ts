import type { CloudError, CloudResult, ReadOptions, Tags } from '@belay/cloud';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import { type Keyed, onlyCarrier, sameSpec } from '../create-once.ts';
import type { Shelf } from '../records.ts';
import type { Site } from '../site.ts';
import { fail, type Span, seen } from '../span.ts';
import { ask } from './verb.ts';

/** How one kind of thing is read: all of it over the wire, one by one, by key, and in lists. */
export interface Reads<T> {
  readonly get: (id: string, options?: ReadOptions) => CloudResult<T>;
  readonly find: (key: string, options?: ReadOptions) => CloudResult<T | undefined>;
  readonly list: (
    filter?: { readonly tags?: Tags },
    options?: ReadOptions,
  ) => AsyncIterable<Result<T, CloudError>>;
  /**
   * Within a create that was refused for a quota: what an earlier call under this key may have made, and filled the
   * quota with, is what was asked for. Else the refusal stands.
   */
  readonly orMadeBefore: (
    span: Span,
    key: string,
    asked: unknown,
    refusal: CloudError,
  ) => CloudResult<{ readonly id: string }>;
  /** Within a verb: looks until it is there and it holds. */
  readonly until: (span: Span, id: string, holds: (thing: T) => boolean) => CloudResult<T>;
  /** Within a verb: looks for as long as it is there and it does not hold. */
  readonly unless: (span: Span, id: string, holds: (thing: T) => boolean) => CloudResult<void>;
  /** Within a verb: looks until it is there no more. */
  readonly untilGone: (span: Span, id: string) => CloudResult<void>;
}

/** Where the records are, and what the port shows of them. */
export interface ReadsOptions<R extends Keyed, T> {
  /** The name in the port: `volumes`. */
  readonly kind: string;
  /** For messages: `volume`. */
  readonly noun: string;
  readonly shelf: Shelf<R>;
  readonly view: (records: readonly R[]) => Promise<readonly T[]>;
}

export function reads<R extends Keyed, T>(
  site: Site,
  { kind, noun, shelf, view }: ReadsOptions<R, T>,
): Reads<T> {
  const shown = (record: R | undefined): CloudResult<T | undefined> =>
    fromFolder(async () => (record === undefined ? undefined : (await view([record]))[0]));
  const one = (id: string): CloudResult<T | undefined> =>
    site.wire(`${kind}.get`, () => fromFolder(() => shelf.get(id))).andThen(shown);
  const all = (): CloudResult<readonly R[]> => site.wire(`${kind}.get`, () => fromFolder(() => shelf.all()));
  const there = (span: Span, id: string, found: T | undefined): Result<T, CloudError> =>
    found === undefined
      ? err(fail(span, 'not-found', `There is no ${noun} ${id}.`, { resourceId: id }))
      : ok(found);
  return {
    get: (id, options) =>
      ask(site, `${kind}.get`, options, (span) => one(id).andThen((found) => there(span, id, found)), id),
    find: (key, options) =>
      ask(site, `${kind}.find`, options, (span) =>
        all()
          .andThen((records) => onlyCarrier(span, key, records))
          .andThen(shown),
      ),
    async *list(filter, options) {
      const found = await ask(site, `${kind}.list`, options, () =>
        all().andThen((records) =>
          fromFolder(() => view(records.filter(({ tags }) => carries(tags, filter?.tags)))),
        ),
      );
      if (found.isErr()) yield err(found.error);
      else for (const thing of found.value) yield ok(thing);
    },
    orMadeBefore: (span, key, asked, refusal) =>
      refusal.kind !== 'quota'
        ? errAsync(refusal)
        : all()
            .andThen((records) => onlyCarrier(span, key, records))
            .andThen((found) => (found === undefined ? err(refusal) : sameSpec(span, key, found, asked))),
    until: (span, id, holds) =>
      seen(
        span,
        () => one(id),
        (thing) => thing !== undefined && holds(thing),
      ).andThen((thing) => there(span, id, thing)),
    unless: (span, id, holds) =>
      seen(
        span,
        () => one(id),
        (thing) => thing === undefined || holds(thing),
      ).map(() => undefined),
    untilGone: (span, id) =>
      seen(
        span,
        () => one(id),
        (thing) => thing === undefined,
      ).map(() => undefined),
  };
}

/** A verb that a lab does not have. */
export function lacks<T>(site: Site, operation: string, message: string): CloudResult<T> {
  return ask(site, operation, undefined, (span) => errAsync(fail(span, 'unsupported', message)));
}

/** What the folder gives; it throws where it cannot be read, and the span makes an error of that. */
function fromFolder<T>(look: () => Promise<T>): CloudResult<T> {
  return ResultAsync.fromSafePromise(look());
}

/** Does it carry all of these tags? */
function carries(tags: Tags, wanted: Tags = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => tags[name] === value);
}
