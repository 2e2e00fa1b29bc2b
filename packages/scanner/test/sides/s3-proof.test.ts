// What a store shows on a probe before anything of somebody's is touched: that a delete of another version is refused,
// and that what was hidden comes back. A store that only says so is found out, and one that cannot be asked has shown
// nothing.

import { beforeEach, expect, test } from 'vitest';
import { openS3Remover, type S3Head, type S3Writer, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const probe = '.belay/probe';
const seen = (conditional: boolean, restores: boolean) => ({ conditional, restores });

let store: FakeS3;
beforeEach(() => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
});

const optionsWith = (more: Partial<S3Writer>) => ({
  name: 'offsite',
  client: { ...store.client, ...more },
  bucket: 'offsite',
});
const proving = async (more: Partial<S3Writer> = {}): Promise<unknown> =>
  (await s3Remover(optionsWith(more)).prove({})).match(
    (value) => value,
    ({ kind, message }) => `${kind}: ${message}`,
  );

type Delete = Parameters<S3Writer['deleteObject']>[0];

/** A store with another delete. */
const deleting = (
  work: (input: Delete, real: S3Writer['deleteObject']) => ReturnType<S3Writer['deleteObject']>,
): Partial<S3Writer> => ({ deleteObject: (input) => work(input, store.client.deleteObject) });

/** Fails the `nth` time, counted from 1. */
function failsAt<I, A>(nth: number, work: (input: I) => Promise<A>): (input: I) => Promise<A> {
  let calls = 0;
  return (input) => {
    calls += 1;
    return calls === nth ? Promise.reject(failure('SlowDown', 503)) : work(input);
  };
}
const blindAt = (nth: number) => ({ headObject: failsAt(nth, store.client.headObject) });
const fullAt = (nth: number) => ({ putObject: failsAt(nth, store.client.putObject) });

test('a store that keeps its word shows it on one probe, of which nothing is left', async () => {
  let written = 0;
  const counting: Partial<S3Writer> = {
    putObject: (input) => {
      written += 1;
      return store.client.putObject(input);
    },
  };
  expect(await proving(counting)).toEqual(seen(true, true));
  expect(written).toBe(1);
  expect(store.versionCount(probe)).toBe(0);
});

test('a store that refuses the wrong version and deletes all the same is not conditional', async () => {
  const refusing = deleting(async (input, real) => {
    try {
      return await real(input);
    } catch (refused) {
      await real({ Bucket: input.Bucket, Key: input.Key });
      throw refused;
    }
  });
  expect(await proving(refusing)).toEqual(seen(false, true));
  expect(store.versionCount(probe)).toBe(0);
});

test('a store that says that it deleted the wrong version and did nothing has refused nothing', async () => {
  expect(await proving(deleting((input, real) => real(input).catch(() => ({}))))).toEqual(seen(false, true));
});

test('a store that has no conditional delete at all is an error, not a proof', async () => {
  const unable = deleting((input, real) =>
    input.IfMatch === undefined ? real(input) : Promise.reject(failure('NotImplemented', 501)),
  );
  expect(await proving(unable)).toContain('unavailable: offsite: NotImplemented');
});

test('what cannot be hidden, or is shown while it is hidden, does not come back', async () => {
  const stubborn = deleting((input, real) =>
    input.IfMatch === undefined ? real(input) : Promise.reject(failure('PreconditionFailed', 412)),
  );
  expect(await proving(stubborn)).toEqual(seen(true, false));
  let last: S3Head = {};
  const shown: Partial<S3Writer> = {
    headObject: async (input) => {
      last = await store.client.headObject(input).catch(() => last);
      return last;
    },
  };
  expect(await proving(shown)).toEqual(seen(true, false));
  expect(store.versionCount(probe)).toBe(0);
});

test('a way back that is lost, does nothing, or leads to something else is none', async () => {
  let lost = 0;
  const losing = deleting(async (input, real) => {
    const answer = await real(input);
    lost += input.VersionId === undefined ? 0 : 1;
    if (input.VersionId !== undefined && lost === 1) throw failure('TimeoutError', 0);
    return answer;
  });
  expect(await proving(losing)).toEqual(seen(true, false));
  const idle = deleting(async (input, real) => (input.VersionId === undefined ? real(input) : {}));
  expect(await proving(idle)).toEqual(seen(true, false));
  let isBack = false;
  const other: Partial<S3Writer> = {
    ...deleting((input, real) => {
      isBack ||= input.VersionId !== undefined;
      return real(input);
    }),
    headObject: async (input) => ({
      ...(await store.client.headObject(input)),
      ...(isBack && { ETag: '"another"' }),
    }),
  };
  expect(await proving(other)).toEqual(seen(true, false));
});

test('a look that fails shows nothing: no look is taken for a probe that is gone, or there, or back', async () => {
  expect(await proving(blindAt(1))).toContain('unavailable: offsite: SlowDown');
  // Is it still there after the wrong delete? Nobody knows.
  expect(await proving(blindAt(2))).toEqual(seen(false, true));
  // Which version is to be hidden?
  expect(await proving(blindAt(3))).toContain('unavailable: offsite: SlowDown');
  expect(await proving(blindAt(4))).toEqual(seen(true, false));
  // Is it hidden, and is it back?
  expect(await proving(blindAt(5))).toEqual(seen(true, false));
  expect(await proving(blindAt(6))).toEqual(seen(true, false));
});

test('a probe of an earlier time proves nothing of a bucket that cannot be written to', async () => {
  store.put(probe, 'probe');
  expect(await proving(fullAt(1))).toContain('unavailable: offsite: SlowDown');
});

test('where the probe was wrongly deleted and cannot be written again, that is the error', async () => {
  store.lies.ignoresConditions = true;
  expect(await proving(fullAt(2))).toContain('unavailable: offsite: SlowDown');
});

test('a bucket whose versioning is suspended keeps no versions, and is left without the probe', async () => {
  const suspended: Partial<S3Writer> = {
    headObject: async (input) => ({ ...(await store.client.headObject(input)), VersionId: 'null' }),
  };
  expect(await proving(suspended)).toContain('unsupported: The bucket offsite keeps no versions');
  expect(store.current(probe)).toBeUndefined();
  store.lies.denies = ['deleteObject'];
  expect(await proving(suspended)).toContain('unavailable: offsite: AccessDenied');
});

test('a probe that cannot be taken away again is an error, and so the missing right is known beforehand', async () => {
  store.lies.denies = ['listObjectVersions'];
  expect(await proving()).toContain('unavailable: offsite: AccessDenied');
  store.lies.denies = ['deleteObject'];
  expect((await openS3Remover(optionsWith({})))._unsafeUnwrapErr().kind).toBe('unavailable');
  store.lies.denies = [];
  (await openS3Remover(optionsWith({})))._unsafeUnwrap();
  expect(store.versionCount(probe)).toBe(0);
});

test('marks that make no key are refused by their name', async () => {
  const remover = s3Remover({ ...optionsWith({}), marks: `${'m'.repeat(4_096)}/` });
  expect((await remover.prove({}))._unsafeUnwrapErr().kind).toBe('invalid');
});
