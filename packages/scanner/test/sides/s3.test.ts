// The S3 sides against the ports' promises, and against what look-alike stores have been seen to do.

import { beforeEach, expect, test } from 'vitest';
import {
  inventoryCases,
  type RemoverSubject,
  removerCases,
  runSideConformance,
} from '../../src/conformance.ts';
import { type ItemKey, itemKey, itemKind, keyPrefix, type Removal, runId, scopeOf } from '../../src/index.ts';
import { markBucket, openS3Remover, s3Inventory, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
  kinds: [archive],
})._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };

let nowMs = Date.parse('2026-01-01T00:00:00Z');
let store: FakeS3;
beforeEach(async () => {
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
  const mark = { id: 'b-1', environment: 'production' };
  (await markBucket({ client: store.client, bucket: 'offsite', mark }))._unsafeUnwrap();
});

const inventory = () =>
  s3Inventory({ name: 'offsite', client: store.client, bucket: 'offsite', kinds: [archive] });
const remover = () => s3Remover({ name: 'offsite', client: store.client, bucket: 'offsite' });
const key = (name: string): ItemKey => itemKey(`backups/${name}`)._unsafeUnwrap();

async function listed() {
  const stream = inventory().read({ scope });
  let count = 0;
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { count, end: next.value };
    count += next.value.count;
  }
}

async function item(name: string): Promise<Removal> {
  store.put(key(name), `body of ${name}`);
  const [looked] = (await inventory().look([key(name)], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just put there');
  return { key: looked.key, kind: looked.kind, version: looked.version };
}

test('inventory and remover keep every promise of the ports', async () => {
  const subject: RemoverSubject = {
    name: 's3',
    scope,
    inventory: inventory(),
    remover: remover(),
    hands: {
      put: async (name, body = 'first') => {
        store.put(name, body === 'first' ? 'one' : 'another');
        return name;
      },
      remove: async (name) => void (await store.client.deleteObject({ Bucket: 'offsite', Key: name })),
      hold: async (name, held) => store.legalHold(name, held),
      clear: async () => store.clear(),
    },
    levers: {
      cutOff: async () => {
        store.lies.denies = ['listObjectsV2', 'headObject', 'putObject', 'getObject'];
        return async () => {
          store.lies.denies = [];
        };
      },
      shorten: async () => {
        store.lies.endsEarly = true;
        return async () => {
          store.lies.endsEarly = false;
        };
      },
    },
  };
  for (const report of [
    await runSideConformance(inventoryCases, subject),
    await runSideConformance(removerCases, subject),
  ]) {
    expect(report.results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  }
});

test('a listing that lies is not believed, whichever way it lies', async () => {
  for (let i = 0; i < 30; i++) store.put(key(`${i % 2 ? 'A' : 'a'}${i}`), 'x');
  expect((await listed()).end.isOk()).toBe(true);
  const lies = [
    'endsEarly',
    'repeatsToken',
    'losesToken',
    'miscounts',
    'sortsLikePeople',
    'otherBucket',
  ] as const;
  for (const lie of lies) {
    store.lies[lie] = true;
    expect([lie, (await listed()).end._unsafeUnwrapErr().kind]).toEqual([lie, 'not-believed']);
    delete store.lies[lie];
  }
  store.lies.denies = ['listObjectsV2'];
  expect((await listed()).end._unsafeUnwrapErr().kind).toBe('unavailable');
});

test('a bucket without its mark, or with that of another, is not the one', async () => {
  const other = fakeS3('offsite', () => nowMs);
  const side = s3Inventory({ name: 'offsite', client: other.client, bucket: 'offsite', kinds: [archive] });
  expect((await side.identity())._unsafeUnwrapErr().kind).toBe('not-believed');
  expect((await inventory().identity())._unsafeUnwrap()).toEqual({
    id: 's3:b-1/offsite',
    environment: 'production',
    schema: 's3',
  });
  const again = await markBucket({
    client: store.client,
    bucket: 'offsite',
    mark: { id: 'b-2', environment: 'staging' },
  });
  expect(again._unsafeUnwrapErr().kind).toBe('invalid');
});

test('what may not be looked at is no answer, and a lock that may not be read is a lock', async () => {
  const one = await item('a');
  store.lies.denies = ['headObject'];
  expect((await inventory().look([one.key], {}))._unsafeUnwrapErr().kind).toBe('unavailable');
  for (const name of ['getObjectLegalHold', 'getObjectLockConfiguration']) {
    store.lies.denies = [name];
    expect((await inventory().look([one.key], {}))._unsafeUnwrap()[0]).toMatchObject({ hold: 'unknown' });
    const [answer] = (await remover().quarantine([one], call))._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'refused', because: 'held' });
  }
  expect(store.current(one.key)).toBe('body of a');
});

test('what describes itself is shown by a strong look', async () => {
  store.put(key('a'), 'x', {
    'belay-environment': 'production',
    'belay-verified': 'true',
    'belay-dependants': 'increment-2,increment-3',
  });
  expect((await inventory().look([key('a')], {}))._unsafeUnwrap()[0]).toMatchObject({
    environment: 'production',
    verified: true,
    dependants: ['increment-2', 'increment-3'],
  });
});

test('a key that is written between the look and the delete stays as it was written', async () => {
  const one = await item('a');
  store.lies.writesBetween = one.key;
  const [answer] = (await remover().quarantine([one], call))._unsafeUnwrap();
  expect(answer).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.current(one.key)).toBe('written in between');
});

test('the same at a store that ignores If-Match: it is noticed and taken back', async () => {
  store.lies.ignoresConditions = true;
  expect((await remover().prove({}))._unsafeUnwrap()).toEqual({ conditional: false, restores: true });
  const one = await item('a');
  store.lies.writesBetween = one.key;
  const [answer] = (await remover().quarantine([one], call))._unsafeUnwrap();
  expect(answer).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.current(one.key)).toBe('written in between');
});

test('a bucket without versions is called by its name when it is opened, when it is proved, and is not touched', async () => {
  const options = { name: 'offsite', client: store.client, bucket: 'offsite' };
  (await openS3Remover(options))._unsafeUnwrap();
  expect(store.versionCount('.belay/probe')).toBe(0);
  store.lies.keepsNoVersions = true;
  const one = await item('a');
  for (const asked of [await openS3Remover(options), await remover().prove({})]) {
    const error = asked._unsafeUnwrapErr();
    expect(error.kind).toBe('unsupported');
    expect(error.message).toContain('The bucket offsite keeps no versions');
  }
  expect((await remover().quarantine([one], call))._unsafeUnwrap()).toMatchObject([{ because: 'failed' }]);
  expect(store.current(one.key)).toBe('body of a');
});

test('the mark keeps the ledger’s last line, and one without it is read as before', async () => {
  const mark = { ledger: 'ledger-a', fence: 1, line: { seq: 3, hash: 'abc' } };
  (await remover().raiseFence(undefined, mark, {}))._unsafeUnwrap();
  expect((await remover().fence({}))._unsafeUnwrap()).toEqual(mark);
  const stale = { ...mark, line: { seq: 3, hash: 'xyz' } };
  expect((await remover().raiseFence(stale, mark, {}))._unsafeUnwrapErr().kind).toBe('fenced-out');
  (await remover().raiseFence(mark, { ledger: 'ledger-a', fence: 2 }, {}))._unsafeUnwrap();
  expect((await remover().fence({}))._unsafeUnwrap()).toEqual({ ledger: 'ledger-a', fence: 2 });
});

test('a delete that answers 200 and names nothing is not called done', async () => {
  const one = await item('a');
  const [hidden] = (await remover().quarantine([one], call))._unsafeUnwrap();
  if (hidden?.outcome !== 'done') throw new Error('it was not quarantined');
  store.lies.deletesNothing = true;
  const [answer] = (await remover().delete([{ ...one, token: hidden.token }], call))._unsafeUnwrap();
  expect(answer?.outcome).toBe('unknown');
  expect(store.versionCount(one.key)).toBe(2);
});

test('a purge removes the one version that was judged, and no other', async () => {
  store.put(key('a'), 'older');
  const one = await item('a');
  const [hidden] = (await remover().quarantine([one], call))._unsafeUnwrap();
  if (hidden?.outcome !== 'done') throw new Error('it was not quarantined');
  (await remover().delete([{ ...one, token: hidden.token }], call))._unsafeUnwrap();
  expect(store.versionCount(one.key)).toBe(1);
});

test('two scanners that share a bucket by prefix have marks of their own, and one more of the same name has none', async () => {
  const of = (shard: string) =>
    s3Remover({ name: 'offsite', client: store.client, bucket: 'offsite', shard });
  const [a, b, double] = [of('a'), of('b'), of('a')];
  (await a.raiseFence(undefined, { ledger: 'ledger-a', fence: 1 }, {}))._unsafeUnwrap();
  (await b.raiseFence(undefined, { ledger: 'ledger-b', fence: 1 }, {}))._unsafeUnwrap();
  expect((await a.fence({}))._unsafeUnwrap()).toEqual({ ledger: 'ledger-a', fence: 1 });
  const taken = await double.raiseFence(undefined, { ledger: 'ledger-c', fence: 1 }, {});
  expect(taken._unsafeUnwrapErr().kind).toBe('fenced-out');
});
