import { isDeepStrictEqual } from 'node:util';
import { type CloudError, type CloudResult, KEY_TAG, keyTag, type Tags } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
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
    carriers(shelf, key)
      .andThen((found) => only(span, key, found))
      .andThen((found) => {
        if (found === undefined) return make();
        if (isDeepStrictEqual(plain(found.asked), plain(asked))) return finish(found);
        const message = `${found.id} was made under the key ${key} before, and of another spec.`;
        return err(fail(span, 'idempotency-mismatch', message, { resourceId: found.id }));
      }),
  );
}

/** What carries the key; the records of a lab show at once what was made, so that one look is enough. */
export function findByKey<T extends Keyed>(
  span: Span,
  key: string,
  shelf: Shelf<T>,
): CloudResult<T | undefined> {
  return carriers(shelf, key).andThen((found) => only(span, key, found));
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

function carriers<T extends Keyed>(shelf: Shelf<T>, key: string): CloudResult<readonly T[]> {
  const tag = keyTag(key);
  const look = async (): Promise<Result<readonly T[], CloudError>> =>
    ok((await shelf.all()).filter(({ tags }) => tags[KEY_TAG] === tag));
  return new ResultAsync(look());
}

/** More than one under a key is nobody's to choose from: the error names them all. */
function only<T extends Keyed>(span: Span, key: string, all: readonly T[]): CloudResult<T | undefined> {
  if (all.length <= 1) return okAsync(all[0]);
  const ids = all.map(({ id }) => id).join(', ');
  const message = `More than one resource carries the key ${key}: ${ids}.`;
  return new ResultAsync(Promise.resolve(err(fail(span, 'idempotency-mismatch', message))));
}

/** As it comes back from its file: without what is `undefined`. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
