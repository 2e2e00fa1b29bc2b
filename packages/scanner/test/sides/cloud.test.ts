// Volumes and snapshots of the simulated cloud as inventories.

import type { Cloud } from '@belay/cloud';
import { createSim, type Sim, scaledClock } from '@belay/sim';
import { err, ok } from 'neverthrow';
import { beforeEach, expect, test } from 'vitest';
import { snapshotInventory, volumeInventory } from '../../src/cloud/index.ts';
import { type InventorySubject, inventoryCases, runSideConformance } from '../../src/conformance.ts';
import { itemKey, itemKind, keyPrefix, scopeOf } from '../../src/index.ts';

const scopeFor = (kind: 'volume' | 'snapshot') =>
  scopeOf({
    prefixes: [keyPrefix(`${kind}/`)._unsafeUnwrap()],
    kinds: [itemKind(kind)._unsafeUnwrap()],
  })._unsafeUnwrap();

let sim: Sim;
let serial = 0;
beforeEach(() => {
  sim = createSim({ seed: 1, clock: scaledClock(5_000), quotas: { volumes: 1_000, volumeGiB: 10_000 } });
});

const inventory = (cloud: Cloud = sim.cloud) =>
  volumeInventory({ name: 'volumes', cloud, environment: 'test', ownerTag: 'customer', clock: sim.clock });

async function volume(tags: Readonly<Record<string, string>> = {}): Promise<string> {
  serial += 1;
  const spec = { name: `v${serial}`, zone: 'a', sizeGiB: 1 + (serial % 3), diskType: 'gp3', tags };
  return (await sim.cloud.volumes.create(spec, { key: `v${serial}` }))._unsafeUnwrap().id;
}

test('volumes keep the promises that a cloud can keep', async () => {
  const subject: InventorySubject = {
    name: 'volumes',
    scope: scopeFor('volume'),
    lacks: ['canaries', 'free-keys', 'overwrite', 'holds'],
    inventory: inventory(),
    hands: {
      put: async () => itemKey(`volume/${await volume()}`)._unsafeUnwrap(),
      remove: async (key) => {
        serial += 1;
        (await sim.cloud.volumes.delete(key.slice('volume/'.length), { key: `d${serial}` }))._unsafeUnwrap();
      },
      hold: async () => undefined,
      clear: async () => {
        for await (const one of sim.cloud.volumes.list()) {
          serial += 1;
          (await sim.cloud.volumes.delete(one._unsafeUnwrap().id, { key: `d${serial}` }))._unsafeUnwrap();
        }
      },
    },
  };
  const { results } = await runSideConformance(inventoryCases, subject);
  expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(7);
});

test('owner, environment and proof come from tags, and a volume without an owner’s tag has none', async () => {
  const tags = { customer: 'anna', 'belay:environment': 'production', 'belay:verified': 'true' };
  const [tagged, plain] = [await volume(tags), await volume()];
  const keys = [tagged, plain].map((id) => itemKey(`volume/${id}`)._unsafeUnwrap());
  const [one, other] = (await inventory().look(keys, {}))._unsafeUnwrap();
  expect(one).toMatchObject({ owner: 'anna', environment: 'production', verified: true, dependants: [] });
  expect(other).not.toHaveProperty('owner');
});

test('a snapshot of which a volume was made has that volume as its dependant', async () => {
  const source = await volume();
  const snapshot = (
    await sim.cloud.snapshots.create({ name: 's', volumeId: source }, { key: 's' })
  )._unsafeUnwrap();
  (await sim.cloud.snapshots.untilReady(snapshot.id))._unsafeUnwrap();
  const side = snapshotInventory({
    name: 'snapshots',
    cloud: sim.cloud,
    environment: 'test',
    clock: sim.clock,
  });
  const key = itemKey(`snapshot/${snapshot.id}`)._unsafeUnwrap();
  expect((await side.look([key], {}))._unsafeUnwrap()[0]).toMatchObject({ found: 'yes', dependants: [] });
  const got = (await sim.cloud.volumes.get(source))._unsafeUnwrap();
  const spec = {
    name: 'made',
    zone: got.zone,
    sizeGiB: got.sizeGiB,
    diskType: 'gp3',
    snapshotId: snapshot.id,
  };
  const made = (await sim.cloud.volumes.create(spec, { key: 'made' }))._unsafeUnwrap();
  expect((await side.look([key], {}))._unsafeUnwrap()[0]).toMatchObject({
    dependants: [`volume ${made.id}`],
  });
});

test('a list that leaves out what is there, shows it twice, or breaks off is not believed', async () => {
  const ids = [await volume(), await volume(), await volume()];
  const broken = (list: Cloud['volumes']['list']): Cloud => ({
    ...sim.cloud,
    volumes: { ...sim.cloud.volumes, list },
  });
  let lists = 0;
  const lies: readonly (readonly [string, Cloud['volumes']['list']])[] = [
    [
      'not-believed',
      async function* () {
        lists += 1;
        const left = lists === 1 ? ids : ids.slice(0, 1);
        for (const id of left) yield ok((await sim.cloud.volumes.get(id))._unsafeUnwrap());
      },
    ],
    [
      'not-believed',
      async function* () {
        for (const id of [...ids, ...ids]) yield ok((await sim.cloud.volumes.get(id))._unsafeUnwrap());
      },
    ],
    [
      'unavailable',
      async function* () {
        yield ok((await sim.cloud.volumes.get(ids[0] ?? ''))._unsafeUnwrap());
        const message = 'The session has ended.';
        yield err({
          kind: 'unauthenticated',
          applied: 'no',
          provider: 'sim',
          operation: 'volumes.list',
          message,
        });
      },
    ],
  ];
  for (const [kind, lie] of lies) {
    const stream = inventory(broken(lie)).read({ scope: scopeFor('volume') });
    const next = await stream.next();
    expect([kind, next.done === true && next.value._unsafeUnwrapErr().kind]).toEqual([kind, kind]);
  }
});
