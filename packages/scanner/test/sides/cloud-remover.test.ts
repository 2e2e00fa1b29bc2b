// Volumes and snapshots of the simulated cloud, taken away: nothing that anybody uses, and no byte without a copy.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '@belay/cloud';
import { createSim, type Sim, scaledClock } from '@belay/sim';
import { errAsync, ResultAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type CloudMarks,
  cloudMarks,
  snapshotInventory,
  snapshotRemover,
  volumeInventory,
  volumeRemover,
} from '../../src/cloud/index.ts';
import { type RemoverSubject, removerCases, runSideConformance } from '../../src/conformance.ts';
import { type ItemKey, itemKey, itemKind, keyPrefix, runId, scopeOf } from '../../src/index.ts';

const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };
const scopeFor = (kind: 'volume' | 'snapshot') =>
  scopeOf({
    prefixes: [keyPrefix(`${kind}/`)._unsafeUnwrap()],
    kinds: [itemKind(kind)._unsafeUnwrap()],
  })._unsafeUnwrap();

let sim: Sim;
let folder = '';
let marks: CloudMarks;
let serial = 0;
beforeEach(() => {
  sim = createSim({ seed: 1, clock: scaledClock(1_000), quotas: { volumes: 1_000, volumeGiB: 10_000 } });
  folder = mkdtempSync(join(tmpdir(), 'belay-marks-'));
  marks = cloudMarks({ path: join(folder, 'marks.db') })._unsafeUnwrap();
});
afterEach(() => {
  marks.close();
  rmSync(folder, { recursive: true });
});

const options = (cloud: Cloud) => ({ name: 'cloud', cloud, marks });
const listing = (cloud: Cloud) => ({ ...options(cloud), environment: 'test', clock: sim.clock });
const nextKey = (): string => {
  serial += 1;
  return `k${serial}`;
};

async function volume(): Promise<string> {
  const spec = {
    name: 'v',
    zone: 'a',
    sizeGiB: 2,
    diskType: 'gp3',
    tags: { customer: 'ann', 'belay:environment': 'test' },
  };
  return (await sim.cloud.volumes.create(spec, { key: nextKey() }))._unsafeUnwrap().id;
}

async function snapshot(): Promise<string> {
  const volumeId = await volume();
  const made = (
    await sim.cloud.snapshots.create({ name: 's', volumeId }, { key: nextKey() })
  )._unsafeUnwrap();
  (await sim.cloud.snapshots.untilReady(made.id))._unsafeUnwrap();
  return made.id;
}

const keyOf = (kind: string, id: string): ItemKey => itemKey(`${kind}/${id}`)._unsafeUnwrap();

/** What is to be taken away, as the inventory shows it. */
async function removal(kind: 'volume' | 'snapshot', id: string) {
  const side = (kind === 'volume' ? volumeInventory : snapshotInventory)(listing(sim.cloud));
  const [looked] = (await side.look([keyOf(kind, id)], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just made');
  return { key: looked.key, kind: looked.kind, version: looked.version };
}

async function attach(volumeId: string): Promise<void> {
  const guest = { os: 'debian 12', kernel: '6.1', services: [] };
  sim.world.seed.instanceType('small', {});
  const imageId = sim.world.seed.image({ name: `plain-${nextKey()}`, guest });
  const spec = { name: 'server', zone: 'a', instanceType: 'small', imageId };
  const instance = (await sim.cloud.instances.create(spec, { key: nextKey() }))._unsafeUnwrap();
  (await sim.cloud.volumes.attach({ volumeId, instanceId: instance.id }, { key: nextKey() }))._unsafeUnwrap();
}

async function clear(): Promise<void> {
  for await (const one of sim.cloud.volumes.list()) {
    (await sim.cloud.volumes.delete(one._unsafeUnwrap().id, { key: nextKey() }))._unsafeUnwrap();
  }
  for await (const one of sim.cloud.snapshots.list()) {
    (await sim.cloud.snapshots.delete(one._unsafeUnwrap().id, { key: nextKey() }))._unsafeUnwrap();
  }
  for (const mark of (await marks.all({}))._unsafeUnwrap()) (await marks.take(mark, {}))._unsafeUnwrap();
}

for (const kind of ['volume', 'snapshot'] as const) {
  test(`the remover of ${kind}s keeps every promise that a cloud can keep`, async () => {
    const subject: RemoverSubject = {
      name: `${kind}s`,
      scope: scopeFor(kind),
      lacks: ['canaries', 'free-keys', 'overwrite', 'holds', 'conditional'],
      inventory: (kind === 'volume' ? volumeInventory : snapshotInventory)(listing(sim.cloud)),
      remover: (kind === 'volume' ? volumeRemover : snapshotRemover)(options(sim.cloud)),
      hands: {
        put: async () => keyOf(kind, await (kind === 'volume' ? volume() : snapshot())),
        remove: async (key) => {
          const id = key.slice(kind.length + 1);
          const side = kind === 'volume' ? sim.cloud.volumes : sim.cloud.snapshots;
          (await side.delete(id, { key: nextKey() }))._unsafeUnwrap();
        },
        hold: async () => undefined,
        clear,
      },
    };
    const { results } = await runSideConformance(removerCases, subject);
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(9);
  });
}

test('a volume is deleted only when a last snapshot of all of it is complete, and that snapshot stays', async () => {
  const id = await volume();
  const item = await removal('volume', id);
  const remover = volumeRemover(options(sim.cloud));
  const [aside] = (await remover.quarantine([item], call))._unsafeUnwrap();
  expect(aside).toMatchObject({ outcome: 'done' });
  // It is there all the while.
  expect((await sim.cloud.volumes.get(id))._unsafeUnwrap().state).toBe('available');
  const token = aside?.outcome === 'done' ? aside.token : '';

  const broken: Cloud = {
    ...sim.cloud,
    snapshots: {
      ...sim.cloud.snapshots,
      untilReady: () =>
        errAsync({
          kind: 'failed',
          applied: 'no',
          provider: 'sim',
          operation: 'snapshots.untilReady',
          message: 'The snapshot has failed.',
        }),
    },
  };
  const [kept] = (await volumeRemover(options(broken)).delete([{ ...item, token }], call))._unsafeUnwrap();
  expect(kept).toMatchObject({ outcome: 'refused', message: 'The snapshot has failed.' });
  const short: Cloud = {
    ...sim.cloud,
    snapshots: {
      ...sim.cloud.snapshots,
      untilReady: (of) => sim.cloud.snapshots.untilReady(of).map((one) => ({ ...one, sizeGiB: 1 })),
    },
  };
  const [again] = (await volumeRemover(options(short)).delete([{ ...item, token }], call))._unsafeUnwrap();
  expect(again).toMatchObject({ outcome: 'refused', because: 'failed' });
  expect((await sim.cloud.volumes.get(id))._unsafeUnwrap().state).toBe('available');

  const [gone] = (await remover.delete([{ ...item, token }], call))._unsafeUnwrap();
  expect(gone).toMatchObject({ outcome: 'done' });
  expect((await remover.find([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([{ at: 'gone' }]);
  const left = [];
  for await (const one of sim.cloud.snapshots.list()) left.push(one._unsafeUnwrap());
  expect(left).toHaveLength(1);
  expect(left[0]).toMatchObject({
    volumeId: id,
    state: 'ready',
    sizeGiB: 2,
    tags: { customer: 'ann', 'belay:environment': 'test', 'belay:last-of': id },
  });
});

test('a volume that is attached is not put aside, and one that was attached in quarantine is listed and not deleted', async () => {
  const [used, free] = [await volume(), await volume()];
  await attach(used);
  const remover = volumeRemover(options(sim.cloud));
  const inUse = await removal('volume', used);
  expect((await remover.quarantine([inUse], call))._unsafeUnwrap()).toMatchObject([{ because: 'held' }]);

  const item = await removal('volume', free);
  const [aside] = (await remover.quarantine([item], call))._unsafeUnwrap();
  const token = aside?.outcome === 'done' ? aside.token : '';
  const listed = async () => {
    const stream = volumeInventory(listing(sim.cloud)).read({ scope: scopeFor('volume') });
    const keys: string[] = [];
    for (;;) {
      const next = await stream.next();
      if (next.done === true) return keys;
      for (let n = 0; n < next.value.count; n += 1) keys.push(next.value.item(n).key);
    }
  };
  const quiet = await listed();
  expect(quiet).toContain(inUse.key);
  expect(quiet).not.toContain(item.key);
  await attach(free);
  expect((await remover.delete([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { because: 'held' },
  ]);
  expect(await listed()).toEqual(expect.arrayContaining([inUse.key, item.key]));
  expect((await remover.restore([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { outcome: 'done' },
  ]);
});

test('a volume that is attached while its last snapshot is taken stays', async () => {
  const id = await volume();
  const item = await removal('volume', id);
  const racing: Cloud = {
    ...sim.cloud,
    snapshots: {
      ...sim.cloud.snapshots,
      untilReady: (of) =>
        sim.cloud.snapshots
          .untilReady(of)
          .andThen((one) => ResultAsync.fromSafePromise(attach(id).then(() => one))),
    },
  };
  const remover = volumeRemover(options(racing));
  const [aside] = (await remover.quarantine([item], call))._unsafeUnwrap();
  const token = aside?.outcome === 'done' ? aside.token : '';
  expect((await remover.delete([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { because: 'held' },
  ]);
  expect((await sim.cloud.volumes.get(id))._unsafeUnwrap().state).not.toBe('gone');
});

test('a snapshot of which a volume was made in quarantine is not deleted', async () => {
  const id = await snapshot();
  const item = await removal('snapshot', id);
  const remover = snapshotRemover(options(sim.cloud));
  const [aside] = (await remover.quarantine([item], call))._unsafeUnwrap();
  const token = aside?.outcome === 'done' ? aside.token : '';
  const spec = { name: 'made', zone: 'a', sizeGiB: 2, diskType: 'gp3', snapshotId: id };
  (await sim.cloud.volumes.create(spec, { key: nextKey() }))._unsafeUnwrap();
  expect((await remover.delete([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { because: 'held' },
  ]);
  expect((await sim.cloud.snapshots.get(id))._unsafeUnwrap().state).toBe('ready');
});

test('marks that are lost mean that everything is stored again; only what is marked is deleted', async () => {
  const id = await volume();
  const item = await removal('volume', id);
  const remover = volumeRemover(options(sim.cloud));
  const [aside] = (await remover.quarantine([item], call))._unsafeUnwrap();
  const token = aside?.outcome === 'done' ? aside.token : '';
  expect((await remover.quarantine([item], call))._unsafeUnwrap()).toMatchObject([{ because: 'failed' }]);
  for (const mark of (await marks.all({}))._unsafeUnwrap()) (await marks.take(mark, {}))._unsafeUnwrap();
  expect((await remover.find([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([{ at: 'stored' }]);
  expect((await remover.delete([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { because: 'absent' },
  ]);
  marks.close();
  expect((await remover.quarantine([item], call))._unsafeUnwrapErr().kind).toBe('unavailable');
  marks = cloudMarks({ path: join(folder, 'marks.db') })._unsafeUnwrap();
});
