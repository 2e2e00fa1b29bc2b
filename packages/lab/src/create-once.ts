import { isDeepStrictEqual } from 'node:util';
import { type CloudError, type CloudResult, KEY_TAG, keyTag, type Tags } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { lockOfKey, withLocks } from './locks.ts';
import type { Shelf } from './records.ts';
import type { Site } from './site.ts';
import { fail, type Span } from './span.ts';

/**
 * Makes one thing for one key. The key is in the record, and the record is written before anything is made; all who
 * create under one key, in whatever process, come one after the other. What is found half made is finished.
 */
export interface Creation<T extends Keyed> {
  readonly key: string;
  readonly shelf: Shelf<T>;
  /** What is asked for: a record under the key must have been asked for just so. */
  readonly asked: T['asked'];
  /** Writes the record and makes the thing; takes the locks that it needs itself. */
  readonly make: () => CloudResult<T>;
  /** Finishes what another process began; gives it as it is where nothing is left to do. */
  readonly finish: (found: T) => CloudResult<T>;
}

/** A record that carries a key among its tags. */
export interface Keyed {
  readonly id: string;
  readonly tags: Tags;
  readonly asked: unknown;
}

export function createOnce<T extends Keyed>(span: Span, creation: Creation<T>): CloudResult<T> {
  const { key, shelf, asked, make, finish } = creation;
  return withLocks(span, [lockOfKey(key)], () =>
    ResultAsync.fromSafePromise(shelf.all())
      .andThen((all) => onlyCarrier(span, key, all))
      .andThen((found) => {
        if (found === undefined) return make();
        return sameSpec(span, key, found, asked).asyncAndThen(finish);
      }),
  );
}

/** What was found under the key, where it was asked for in the very same words. */
export function sameSpec<T extends Keyed>(
  span: Span,
  key: string,
  found: T,
  asked: T['asked'],
): Result<T, CloudError> {
  if (isDeepStrictEqual(plain(found.asked), plain(asked))) return ok(found);
  const message = `${found.id} was made under the key ${key} before, and of another spec.`;
  return err(fail(span, 'idempotency-mismatch', message, { resourceId: found.id }));
}

/** The tags as they are asked for, and the key with them. */
export function keyed(tags: Tags | undefined, key: string): Tags {
  return { ...tags, [KEY_TAG]: keyTag(key) };
}

/** `vol-` and twelve hex digits. */
export function newId({ machine }: Site, kind: 'eip' | 'i' | 'snap' | 'vol'): string {
  const digits = Array.from({ length: 12 }, () => Math.floor(machine.chance() * 16).toString(16));
  return `${kind}-${digits.join('')}`;
}

/** What carries the key, of all of one kind. More than one is nobody's to choose from: the error names them. */
export function onlyCarrier<T extends Keyed>(
  span: Span,
  key: string,
  all: readonly T[],
): Result<T | undefined, CloudError> {
  const tag = keyTag(key);
  const found = all.filter(({ tags }) => tags[KEY_TAG] === tag);
  if (found.length <= 1) return ok(found[0]);
  const ids = found.map(({ id }) => id).join(', ');
  return err(fail(span, 'idempotency-mismatch', `More than one resource carries the key ${key}: ${ids}.`));
}

/** As it comes back from its file: without what is `undefined`. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
