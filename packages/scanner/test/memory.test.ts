// The sides in memory are what all other tests stand on, so they are held to the port's promises first.

import { expect, test } from 'vitest';
import { keyAt } from '../src/batch.ts';
import { itemKey, itemKind, keyPrefix, ownerId, runId } from '../src/key.ts';
import { stillClock } from '../src/memory/clock.ts';
import { memoryStore } from '../src/memory/store.ts';
import { scopeOf } from '../src/scope.ts';

const kind = itemKind('archive')._unsafeUnwrap();
const key = itemKey('archives/a\nb.tar')._unsafeUnwrap();
const scope = scopeOf({ prefixes: [keyPrefix('archives/')._unsafeUnwrap()], kinds: [kind] })._unsafeUnwrap();
const run = runId('run-1')._unsafeUnwrap();

function store() {
  const made = memoryStore({
    name: 'backups',
    source: { id: 'memory:backups', environment: 'test', schema: '1' },
    kinds: [kind],
    clock: stillClock(),
  });
  made.put({
    key,
    kind,
    owner: ownerId('ann')._unsafeUnwrap(),
    version: 'v1',
    sizeBytes: 7,
    modifiedAt: '2025-01-01T00:00:00.000Z',
  });
  return made;
}

test('an empty prefix, an empty key and half a character are refused, whatever the type says', () => {
  for (const text of ['', '\ud800', undefined as unknown as string]) {
    expect(keyPrefix(text).isErr()).toBe(true);
    expect(itemKey(text).isErr()).toBe(true);
  }
  expect(scopeOf({ prefixes: [], kinds: [kind] }).isErr()).toBe(true);
  const [outer, inner] = [keyPrefix('a/')._unsafeUnwrap(), keyPrefix('a/b/')._unsafeUnwrap()];
  expect(scopeOf({ prefixes: [inner, outer], kinds: [kind] }).isErr()).toBe(true);
});

test('a key keeps its line break and shows the canaries of this run around it', async () => {
  const { inventory } = store();
  for (const nonce of ['n1', 'n2']) (await inventory.plantCanaries({ scope, nonce }))._unsafeUnwrap();
  const stream = inventory.read({ scope });
  const { value } = await stream.next();
  if (value === undefined || !('count' in value) || 'isOk' in value) throw new Error('no batch');
  const keys = [0, 1, 2, 3].map((index) => keyAt(value, index));
  expect(keys).toEqual([
    'archives/!belay-canary-n2',
    'archives/Obelay-canary-n2',
    'archives/a\nb.tar',
    'archives/~belay-canary-n2',
  ]);
  const end = await stream.next();
  expect(end.done).toBe(true);
});

test('a removal with another version leaves the item; with its own it can be brought back', async () => {
  const { remover, items } = store();
  const call = { run, fence: 1 };
  const wrong = await remover.quarantine([{ key, kind, version: 'v0' }], call);
  expect(wrong._unsafeUnwrap()).toMatchObject([{ outcome: 'refused', because: 'version' }]);
  const [gone] = (await remover.quarantine([{ key, kind, version: 'v1' }], call))._unsafeUnwrap();
  expect(items()).toEqual([]);
  if (gone?.outcome !== 'done') throw new Error('not in quarantine');
  (await remover.restore([{ key, kind, version: 'v1', token: gone.token }], call))._unsafeUnwrap();
  expect(items()).toMatchObject([{ key, version: 'v1' }]);
});
