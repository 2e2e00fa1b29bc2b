// The sides in memory keep the ports' promises too; and the suite is shown sides that break them, one promise each.

import { okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import {
  inventoryCases,
  type RegistrySubject,
  type RemoverSubject,
  registryCases,
  removerCases,
  runSideConformance,
} from '../../src/conformance.ts';
import {
  entryBatch,
  type Inventory,
  itemKind,
  keyPrefix,
  type Registry,
  type Remover,
  scopeOf,
} from '../../src/index.ts';
import { memoryRegistry, memoryStore, stillClock } from '../../src/memory.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
  kinds: [archive],
})._unsafeUnwrap();
const source = { id: 'memory', environment: 'test', schema: '1' };

function registrySubject(wrap: (port: Registry) => Registry = (port) => port): RegistrySubject {
  const memory = memoryRegistry({ name: 'memory', source, covers: [archive], clock: stillClock() });
  return {
    name: 'memory',
    scope,
    lacks: ['cancels'],
    registry: wrap(memory.port),
    hands: {
      put: async (entries) => {
        for (const entry of entries) memory.put(entry);
      },
      drop: async (key, how) => memory.drop(key, how),
      hold: async (key, held) => memory.hold(key, held ? 'held' : 'none'),
      lease: async (key, by) => memory.lease(key, by),
      clear: async () => {
        for (const { key } of memory.rows()) memory.drop(key, { recorded: false });
      },
    },
  };
}

function storeSubject(
  wrap: (ports: { inventory: Inventory; remover: Remover }) => { inventory: Inventory; remover: Remover } = (
    ports,
  ) => ports,
): RemoverSubject {
  const clock = stillClock();
  const memory = memoryStore({ name: 'memory', source, kinds: [archive], clock, batchRows: 20 });
  return {
    name: 'memory',
    scope,
    lacks: ['cancels'],
    ...wrap({ inventory: memory.inventory, remover: memory.remover }),
    hands: {
      put: async (key, body = 'first') => {
        const modifiedAt = new Date(clock.now()).toISOString();
        memory.put({ key, kind: archive, version: body, sizeBytes: body.length, modifiedAt });
        return key;
      },
      remove: async (key) => memory.lose(key),
      hold: async (key, held) => memory.hold(key, held ? 'held' : 'none'),
      clear: async () => {
        for (const { key } of memory.items()) memory.lose(key);
      },
    },
  };
}

async function failedOf(report: Promise<{ results: readonly { id: string; verdict: string }[] }>) {
  return (await report).results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);
}

test('the registry, the store and the remover in memory keep the promises', async () => {
  // Each case has its own registry: the one in memory keeps claims and records when its rows are taken away.
  for (const one of registryCases) {
    expect((await runSideConformance([one], registrySubject())).results[0]).not.toMatchObject({
      verdict: 'failed',
    });
  }
  for (const one of removerCases) {
    expect((await runSideConformance([one], storeSubject())).results[0]).not.toMatchObject({
      verdict: 'failed',
    });
  }
  for (const one of inventoryCases) {
    expect((await runSideConformance([one], storeSubject())).results[0]).not.toMatchObject({
      verdict: 'failed',
    });
  }
});

test('a registry that lies is found out by the promise that it breaks', async () => {
  const lies: Readonly<Record<string, (port: Registry) => Registry>> = {
    R1: (port) => ({
      ...port,
      read: async function* (request) {
        const stream = port.read(request);
        for (;;) {
          const next = await stream.next();
          if (next.done === true) return next.value;
          // Sorted as people sort, not as bytes.
          const entries = Array.from({ length: next.value.count }, (_, i) => next.value.entry(i));
          yield entryBatch(entries.sort((a, b) => a.key.localeCompare(b.key)));
        }
      },
    }),
    R3: (port) => ({
      ...port,
      read: async function* (request) {
        const stream = port.read(request);
        await stream.next();
        return yield* stream;
      },
    }),
    R6: (port) => ({ ...port, plantCanaries: ({ scope }) => port.plantCanaries({ scope, nonce: 'stale' }) }),
    R8: (port) => ({
      ...port,
      lookUp: (keys, call) =>
        port
          .lookUp(keys, call)
          .map((all) => all.map((one) => ('hold' in one ? { ...one, hold: 'none' } : one))),
    }),
    R10: (port) => ({ ...port, claim: (keys, call) => port.lookUp(keys, call) }),
    R13: (port) => ({ ...port, read: ({ scope }) => port.read({ scope }) }),
  };
  for (const [id, lie] of Object.entries(lies)) {
    const one = registryCases.filter((other) => other.id === id);
    expect(await failedOf(runSideConformance(one, registrySubject(lie)))).toEqual([id]);
  }
});

test('a remover that lies is found out by the promise that it breaks', async () => {
  const lies: Readonly<Record<string, (port: Remover) => Remover>> = {
    M1: (port) => ({ ...port, prove: () => okAsync({ conditional: false, restores: true }) }),
    M2: (port) => ({
      ...port,
      restore: (items) => okAsync(items.map(({ key, token }) => ({ key, outcome: 'done', token }))),
    }),
    M6: (port) => ({
      ...port,
      delete: (items) => okAsync(items.map(({ key, token }) => ({ key, outcome: 'done', token }))),
    }),
    M11: (port) => ({ ...port, raiseFence: () => okAsync(undefined) }),
  };
  for (const [id, lie] of Object.entries(lies)) {
    const one = removerCases.filter((other) => other.id === id);
    const subject = storeSubject(({ inventory, remover }) => ({ inventory, remover: lie(remover) }));
    expect(await failedOf(runSideConformance(one, subject))).toEqual([id]);
  }
});
