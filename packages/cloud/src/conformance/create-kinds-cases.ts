import type { CloudResult } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { all, check, isAlive } from './check.ts';
import type { LeverOperation } from './lever.ts';

/** What the cases 2 to 6 ask of volumes, asked of everything else that can be made. */
export const createKindsCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '15',
      group: 'create',
      title: 'instances, snapshots and addresses too are made once for each key, and anew once deleted',
      levers: ['loseReply', 'anotherProcess'],
    },
    async (bench) => {
      await onePerKey(bench, instanceKind(bench));
      if (bench.has('snapshots')) await onePerKey(bench, await snapshotKind(bench));
      if (bench.has('floating-ips')) await onePerKey(bench, floatingIpKind(bench));
      if (bench.has('capacityReservations')) await onePerKey(bench, reservationKind(bench));
    },
  ),
];

/** How one kind of resource is made, found and counted. */
interface Kind {
  readonly name: string;
  /** Whose answer can be lost. */
  readonly operation: LeverOperation | undefined;
  create(cloud: Cloud, part: string): CloudResult<{ readonly id: string }>;
  /** The same key with another spec; absent where there is nothing that could differ. */
  createOther?(part: string): CloudResult<{ readonly id: string }>;
  find(part: string): CloudResult<{ readonly id: string } | undefined>;
  living(): Promise<readonly { readonly id: string }[]>;
  remove(id: string, part: string): CloudResult<void>;
}

async function onePerKey(bench: Bench, kind: Kind): Promise<void> {
  const { cloud } = bench;
  const part = (name: string): string => `${kind.name}.${name}`;
  const only = async (count: number): Promise<void> => {
    const listed = async (): Promise<number> => (await kind.living()).length;
    await bench.eventually(`${count} of kind ${kind.name} are listed`, async () => (await listed()) >= count);
    const living = await listed();
    check(living === count, `There are ${living} of kind ${kind.name} and not ${count}.`);
  };

  const [a, b] = await Promise.all([
    bench.must(kind.create(cloud, part('data'))),
    bench.must(kind.create(cloud, part('data'))),
  ]);
  check(a.id === b.id, `Two creates of kind ${kind.name} side by side gave ${a.id} and ${b.id}.`);
  const again = await bench.must(kind.create(cloud, part('data')));
  check(again.id === a.id, `The same key gave ${again.id} after ${a.id}.`);
  const found = await bench.must(kind.find(part('data')));
  check(found?.id === a.id, `Looked up by key, ${a.id} is ${found?.id ?? 'not there'}.`);
  if (kind.createOther !== undefined) {
    await bench.mustFail(kind.createOther(part('data')), 'idempotency-mismatch');
  }
  await only(1);
  await bench.must(kind.remove(a.id, part('delete')));
  const anew = await bench.must(kind.create(cloud, part('data')));
  check(anew.id !== a.id, `The deleted ${kind.name} was given again.`);
  // A list may show for a moment what was deleted.
  await bench.eventually(`the deleted ${kind.name} is listed no more`, async () =>
    (await kind.living()).every(({ id }) => id !== a.id),
  );
  await only(1);
  if (kind.operation === undefined) return;

  bench.lever('loseReply')(kind.operation);
  const lost = await bench.ended(kind.create(cloud, part('lost')));
  if (lost.isErr()) {
    check(lost.error.applied !== 'no', `The error says that nothing was made: ${lost.error.message}`);
  }
  const next = bench.lever('anotherProcess')();
  const adopted = await bench.must(kind.create(next, part('lost')));
  check(lost.isErr() || lost.value.id === adopted.id, `Another process gave another ${kind.name}.`);
  await only(2);
}

function instanceKind(bench: Bench): Kind {
  const { cloud, subject } = bench;
  const { otherInstanceType } = subject;
  return {
    name: 'instance',
    operation: 'instances.create',
    create: (by, part) => by.instances.create(bench.instanceSpec(), bench.call(part)),
    ...(otherInstanceType === undefined
      ? {}
      : {
          createOther: (part: string) =>
            cloud.instances.create(bench.instanceSpec({ instanceType: otherInstanceType }), bench.call(part)),
        }),
    find: (part) => cloud.instances.find(bench.call(part).key),
    living: () => bench.livingInstances(),
    remove: (id, part) => cloud.instances.delete(id, bench.call(part)),
  };
}

async function snapshotKind(bench: Bench): Promise<Kind> {
  const { cloud, tags } = bench;
  const [source, other] = [await bench.volume('source'), await bench.volume('other-source')];
  const spec = (volumeId: string) => ({ name: 'conformance', volumeId, tags });
  return {
    name: 'snapshot',
    operation: 'snapshots.create',
    create: (by, part) => by.snapshots.create(spec(source.id), bench.call(part)),
    createOther: (part) => cloud.snapshots.create(spec(other.id), bench.call(part)),
    find: (part) => cloud.snapshots.find(bench.call(part).key),
    living: async () => (await all(cloud.snapshots.list({ tags }))).filter(({ state }) => isAlive(state)),
    remove: (id, part) => cloud.snapshots.delete(id, bench.call(part)),
  };
}

function floatingIpKind(bench: Bench): Kind {
  const { cloud, tags } = bench;
  return {
    name: 'address',
    operation: 'floatingIps.create',
    create: (by, part) => by.floatingIps.create({ tags }, bench.call(part)),
    find: (part) => cloud.floatingIps.find(bench.call(part).key),
    living: () => all(cloud.floatingIps.list({ tags })),
    remove: (id, part) => cloud.floatingIps.delete(id, bench.call(part)),
  };
}

function reservationKind(bench: Bench): Kind {
  const { cloud, tags, subject } = bench;
  const spec = { instanceType: subject.instanceType, zone: subject.zones[0], count: 1, tags };
  const living: Kind['living'] = async () =>
    (await all(cloud.reservations.list({ tags }))).filter(({ state }) => state !== 'ended');
  // It costs money from its first moment on, so that it must not outlive the case.
  bench.atLast(async () => {
    for (const { id } of await living()) {
      await bench.must(cloud.reservations.delete(id, bench.call(`clear.${id}`)));
    }
  });
  return {
    name: 'reservation',
    operation: undefined,
    create: (by, part) => by.reservations.create(spec, bench.call(part)),
    createOther: (part) => cloud.reservations.create({ ...spec, count: 2 }, bench.call(part)),
    find: (part) => cloud.reservations.find(bench.call(part).key),
    living,
    remove: (id, part) => cloud.reservations.delete(id, bench.call(part)),
  };
}
