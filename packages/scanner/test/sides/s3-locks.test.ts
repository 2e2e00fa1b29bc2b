// Object Lock as a look and a removal see it: what is locked, or may be, stays.

import { beforeEach, expect, test } from 'vitest';
import { type ItemKey, itemKey, itemKind, runId } from '../../src/index.ts';
import { type S3Writer, s3Inventory, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };
const key: ItemKey = itemKey('backups/a')._unsafeUnwrap();

let nowMs = 0;
let store: FakeS3;
beforeEach(() => {
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
  store.put(key, 'first');
});

const sideOf = (more: Partial<S3Writer>) => ({
  name: 'offsite',
  client: { ...store.client, ...more },
  bucket: 'offsite',
});
const looking = async (more: Partial<S3Writer>) =>
  (await s3Inventory({ ...sideOf(more), kinds: [archive] }).look([key], {}))._unsafeUnwrap()[0];

/** The hold that a look sees. */
async function holdSeen(more: Partial<S3Writer>): Promise<unknown> {
  const looked = await looking(more);
  return looked?.found === 'yes' ? looked.hold : looked;
}

/** Is it hidden by a removal? It is brought back at once. */
async function isHidden(more: Partial<S3Writer>): Promise<boolean> {
  const looked = await looking({});
  if (looked?.found !== 'yes') throw new Error('it lies there');
  const item = { key, kind: archive, version: looked.version };
  const [answer] = (await s3Remover(sideOf(more)).quarantine([item], call))._unsafeUnwrap();
  if (answer?.outcome !== 'done') {
    expect(answer).toMatchObject({ outcome: 'refused', because: 'held' });
    return false;
  }
  (await s3Remover(sideOf({})).restore([{ ...item, token: answer.token }], call))._unsafeUnwrap();
  return true;
}

const failing = (name: string, status: number) => () => Promise.reject(failure(name, status));
const unset = [
  ['there is none', failing('NoSuchObjectLockConfiguration', 404)],
  ['the bucket has none', failing('ObjectLockConfigurationNotFoundError', 404)],
] as const;
const retained = (ms: number) => async () => ({ Retention: { RetainUntilDate: new Date(nowMs + ms) } });

/** What a legal hold and a retention may look like, and what each says for itself. */
const legals = [
  ['held', 'ON', async () => ({ LegalHold: { Status: 'ON' } })],
  ['none', 'OFF', async () => ({ LegalHold: { Status: 'OFF' } })],
  ['none', ...unset[0]],
  ['none', ...unset[1]],
  ['unknown', 'denied', failing('AccessDenied', 403)],
  ['unknown', 'gone', failing('NoSuchKey', 404)],
] as const;
const retentions = [
  ['held', 'for a minute', retained(60_000)],
  ['none', 'until a minute ago', retained(-60_000)],
  ['none', ...unset[0]],
  ['none', ...unset[1]],
  ['unknown', 'denied', failing('AccessDenied', 403)],
  ['unknown', 'no answer', failing('TimeoutError', 0)],
] as const;

test('one lock is enough, and without one a lock that cannot be read is as good, for looks and for removals', async () => {
  for (const [legal, legalIs, getObjectLegalHold] of legals) {
    for (const [retention, retentionIs, getObjectRetention] of retentions) {
      const wanted = [legal, retention].includes('held')
        ? 'held'
        : [legal, retention].includes('unknown')
          ? 'unknown'
          : 'none';
      const locks = { getObjectLegalHold, getObjectRetention };
      const where = `${legalIs}, ${retentionIs}`;
      expect([where, await holdSeen(locks)]).toEqual([where, wanted]);
      expect([where, await isHidden(locks)]).toEqual([where, wanted === 'none']);
    }
  }
});

test('a bucket that uses no locks is not asked for those of its objects; one that cannot say is not swept', async () => {
  let asked = 0;
  const counted = (
    getObjectLockConfiguration: S3Writer['getObjectLockConfiguration'],
  ): Partial<S3Writer> => ({
    getObjectLockConfiguration,
    getObjectLegalHold: async () => {
      asked += 1;
      return {};
    },
  });
  const free = [
    async () => ({}),
    async () => ({ ObjectLockConfiguration: {} }),
    failing('ObjectLockConfigurationNotFoundError', 404),
  ];
  for (const configuration of free) {
    expect(await holdSeen(counted(configuration))).toBe('none');
    expect(await isHidden(counted(configuration))).toBe(true);
  }
  for (const configuration of [failing('AccessDenied', 403), failing('NoSuchKey', 404)]) {
    expect(await holdSeen(counted(configuration))).toBe('unknown');
    expect(await isHidden(counted(configuration))).toBe(false);
  }
  expect(asked).toBe(0);
});

test('where the store does not say what time it is, no lock is taken for over', async () => {
  const locked: Partial<S3Writer> = { getObjectRetention: retained(60_000) };
  const timeless: readonly Partial<S3Writer>[] = [
    { putObject: failing('AccessDenied', 403) },
    {
      headObject: async (input) => ({ ...(await store.client.headObject(input)), LastModified: undefined }),
    },
  ];
  for (const more of timeless) {
    const side = sideOf({ ...locked, ...more });
    expect((await s3Inventory({ ...side, kinds: [archive] }).look([key], {})).isErr()).toBe(true);
    const item = { key, kind: archive, version: 'v' };
    expect((await s3Remover(side).quarantine([item], call)).isErr()).toBe(true);
  }
  expect(store.current(key)).toBe('first');
});
