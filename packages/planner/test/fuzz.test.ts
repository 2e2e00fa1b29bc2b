import {
  explain,
  type Facts,
  factNames,
  judge,
  type PlannedRun,
  plan,
  strategyNames,
  type Target,
  verifyPlan,
  type WorkloadName,
} from '@belay/planner';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsWith, now, options, target } from './example.ts';

// Facts as the world may really give them: any of them unknown or old, and each of the details that a swap rests on
// now and then other than it should be.
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: other });
const often = <T>(usual: T, ...others: readonly T[]) =>
  mostly(fc.constant(usual), fc.constantFrom(...others));
// One item, or any number of them.
const one = <T>(item: fc.Arbitrary<T>) =>
  mostly(
    item.map((each) => [each]),
    fc.array(item, { maxLength: 3 }),
  );

const place = fc.record({
  provider: often('sim', 'other'),
  account: often('shop', 'x'),
  region: often('r1', 'r2'),
});
const attachment = fc.record({
  volumeId: fc.constant('vol-1'),
  instanceId: often('i-1', 'i-2'),
  state: often('attached' as const, 'attaching', 'detaching', 'unknown'),
  disk: fc.record({ serial: often('vol1', '', 'vol2'), byId: fc.constant([]) }),
});
const mount = fc.record({
  mountPoint: often('/data', '/', '/srv'),
  filesystemUuid: often('uuid-1', 'uuid-2', ''),
  filesystemType: often('ext4', 'xfs', ''),
  diskSerial: often<string | undefined>('vol1', 'vol2', undefined),
  usedBytes: often<number | undefined>(400e9, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined),
  usedInodes: often<number | undefined>(2e6, 0, 1e12, Number.NaN, undefined),
  bootEntry: often<'uuid' | 'device' | 'none' | undefined>('uuid', 'device', 'none', undefined),
});
const time = often(
  '2026-11-22T11:02:52.000Z',
  '2026-11-20T00:00:00.000Z',
  '2027-01-01T00:00:00.000Z',
  'never',
  '',
);

const facts: fc.Arbitrary<Facts> = fc
  .record({
    traits: fc.record({
      zoneBoundVolumes: often<boolean | 'unknown'>(true, false, 'unknown'),
      detachWhileRunning: often(true, false),
      snapshotInUse: often(true, false),
      growInUse: often(true, false),
      resizeKeptUntilConfirmed: fc.boolean(),
      resizeKeepsLocalRoot: often<boolean | 'unknown'>(true, false, 'unknown'),
      stopMayLoseCapacity: fc.boolean(),
    }),
    reservations: fc.subarray([
      { id: 'cr-1', state: 'active', instanceType: 'big', zone: 'r1-a', count: 1, free: 1, tags: {} },
      { id: 'cr-2', state: 'active', instanceType: 'big', zone: 'r1-a', count: 1, free: 0, tags: {} },
    ]),
    source: fc.record({
      zone: often('r1-a', 'r1-b', ''),
      imageId: often<string | undefined>('image-1', 'image-2', undefined),
      volumes: one(
        fc.record({
          volumeId: often('vol-1', 'vol-2'),
          isRoot: often(false, true),
          deleteOnTermination: often(false, true),
        }),
      ).map((data) => [{ volumeId: 'vol-0', isRoot: true, deleteOnTermination: true }, ...data]),
    }),
    volume: fc.record({
      state: often('in-use' as const, 'available', 'unknown', 'detaching', 'failed'),
      zone: often('r1-a', 'r1-b'),
      sizeGiB: often(1000, 10, Number.NaN),
      multiAttach: often(false, true),
      attachments: one(attachment),
    }),
    host: fc.record({
      mounts: one(mount),
      databases: often<Record<string, string> | undefined>({ mysql: '8.0' }, {}, undefined),
      writeBytesPerSecond: often<number | undefined>(2e6, 1e12, Number.NaN, -5, undefined),
    }),
    health: fc.record({ healthy: often(true, false) }),
    snapshot: fc.record({ takenAt: time }),
    image: fc.record({ state: often('available' as const, 'pending', 'failed', 'unknown') }),
    about: fc.record({
      rootDisk: often<'can-be-made-again' | 'holds-data' | undefined>(
        'can-be-made-again',
        'holds-data',
        undefined,
      ),
      services: often<readonly string[]>(['nginx', 'mysql'], [], ['ghost']),
      floatingIps: often<readonly string[]>(['ip-1'], []),
      names: mostly<readonly WorkloadName[]>(
        fc.constant([]),
        fc.constant([{ name: 'shop.example.', type: 'A' }]),
      ),
    }),
    unknown: mostly(
      fc.constant<string[]>([]),
      fc.subarray(
        [
          'traits',
          'source',
          'volume',
          'host',
          'health',
          'addresses',
          'records',
          'snapshot',
          'offers',
          'image',
        ],
        { maxLength: 2 },
      ),
    ),
    at: time,
  })
  .map(({ unknown, at, about, ...values }) => {
    const known = { ...factsWith(values, about) };
    const missing = unknown.map((name) => [name, { known: false, why: 'timeout', at, source: name }]);
    return { ...known, volume: { ...known.volume, at }, ...Object.fromEntries(missing) };
  });

const targets: fc.Arbitrary<Target> = fc
  .record({
    at: place,
    zones: mostly<readonly string[]>(
      fc.constantFrom(['r1-a'], ['r1-a', 'r1-b']),
      fc.subarray(['r1-a', 'r1-b', 'r9']),
    ),
    instanceType: mostly(fc.constantFrom('big', 'small'), fc.constant('other')),
    sizeGiB: mostly(fc.constantFrom(1000, 2000), fc.constantFrom(0, 100, Number.NaN)),
    diskType: often('ssd', 'hdd'),
    imageId: often('image-1', 'image-2'),
  })
  .map((changes) => ({
    ...target,
    ...changes,
    carries: { ...target.carries, instanceTypes: ['big', 'small'] },
  }));

const budgets = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });

test('whatever the facts are, a plan is made, can be read, and its digest holds', () => {
  fc.assert(
    fc.property(facts, targets, fc.option(budgets, { nil: undefined }), (some, to, budgetSeconds) => {
      const made = plan(some, to, options({ budgetSeconds }));
      expect(explain(made, { facts: true }).length).toBeGreaterThan(0);
      const read = verifyPlan(JSON.parse(JSON.stringify(made)), { now });
      expect(read.isOk() || read.error.kind === 'stale').toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('whatever the facts are, nothing is run unless all that keeps the data safe is known to hold', () => {
  const runs = new Map<string, number>();
  fc.assert(
    fc.property(
      facts,
      targets,
      fc.constantFrom(undefined, 'resize-in-place' as const, 'grow-online' as const, ...strategyNames),
      (some, to, strategy) => {
        const made = plan(some, to, options({ strategy }));
        const chosen = made.candidates.find((each) => each.strategy === made.strategy);
        // Unknown never counts as holds, whichever strategy it is.
        expect(chosen?.findings.filter(({ verdict }) => verdict !== 'holds') ?? []).toEqual([]);
        if (made.run === undefined) return;
        runs.set(made.run.graph, (runs.get(made.run.graph) ?? 0) + 1);
        mustBeSafe(some, to, made.run);
      },
    ),
    { numRuns: 800 },
  );
  // A property that is never reached proves nothing.
  expect([...runs.keys()].sort()).toEqual([
    'grow-online',
    'resize-in-place',
    'rsync',
    'snapshot-clone',
    'volume-swap',
  ]);
  expect([...runs.values()].every((count) => count >= 3)).toBe(true);
});

test('whatever the facts are, nothing becomes possible because one of them is no longer known', () => {
  let opened = 0;
  fc.assert(
    fc.property(facts, targets, fc.constantFrom(...factNames), (some, to, name) => {
      const { at } = some[name];
      const less: Facts = { ...some, [name]: { known: false, why: 'no answer', at, source: name } };
      const before = possible(some, to);
      opened += before.size;
      expect([...possible(less, to)].filter((each) => !before.has(each))).toEqual([]);
    }),
    { numRuns: 300 },
  );
  expect(opened).toBeGreaterThan(0);
});

/** Every strategy that is feasible, and every condition of every strategy that holds. */
function possible(some: Facts, to: Target): ReadonlySet<string> {
  const all = judge(some, to, options());
  return new Set(
    all.flatMap(({ strategy, verdict, findings }) => [
      ...(verdict === 'feasible' ? [strategy] : []),
      ...findings.filter((each) => each.verdict === 'holds').map(({ name }) => `${strategy}: ${name}`),
    ]),
  );
}

/** What must be true, written down once more and in other words than the strategies have. */
function mustBeSafe(some: Facts, to: Target, run: PlannedRun): void {
  const { workload, traits, source, volume, host, health } = some;
  if (!(source.known && volume.known && host.known && health.known)) throw new Error('unknown');
  expect(volume.at).toBe('2026-11-22T11:02:52.000Z');
  expect(health.value.healthy).toBe(true);
  const here = host.value.mounts.find(({ mountPoint }) => mountPoint === '/data');
  expect(here?.filesystemUuid).toBe('uuid-1');
  const isHere = JSON.stringify(to.at) === JSON.stringify(target.at);
  const attachments = volume.value.attachments.map(({ instanceId, state }) => [instanceId, state]);
  const data = source.value.volumes.filter(({ isRoot }) => !isRoot);
  switch (run.graph) {
    case 'grow-online':
      if (!(isHere && traits.known)) throw new Error('unknown');
      expect(to.sizeGiB === volume.value.sizeGiB || traits.value.growInUse).toBe(true);
      expect(to.diskType === volume.value.diskType || traits.value.retypeInUse).toBe(true);
      expect(to.sizeGiB).toBeGreaterThanOrEqual(volume.value.sizeGiB);
      expect(to.instanceType).toBe(source.value.instanceType);
      return;
    case 'resize-in-place':
      expect(isHere && to.zones.includes(source.value.zone)).toBe(true);
      expect([to.sizeGiB, to.diskType]).toEqual([volume.value.sizeGiB, volume.value.diskType]);
      expect(
        data.length < source.value.volumes.length ||
          (traits.known && traits.value.resizeKeepsLocalRoot === true),
      ).toBe(true);
      // Hardware that may be given away is never stopped without something in its place.
      expect(run.input.way === 'kept' || run.input.capacity !== undefined).toBe(true);
      return;
    case 'volume-swap': {
      expect(isHere).toBe(true);
      expect(attachments).toEqual([['i-1', 'attached']]);
      expect(volume.value.sizeGiB).toBe(to.sizeGiB);
      expect(data).toEqual([{ volumeId: 'vol-1', isRoot: false, deleteOnTermination: false }]);
      expect(here?.diskSerial).toBe(volume.value.attachments[0]?.disk.serial);
      const bound = !traits.known || traits.value.zoneBoundVolumes !== false;
      expect(run.input.zones.length).toBeGreaterThan(0);
      expect(run.input.zones.every((zone) => !bound || zone === volume.value.zone)).toBe(true);
      expect(workload.rootDisk).toBe('can-be-made-again');
      return;
    }
    default: {
      expect(workload.rootDisk).toBe('can-be-made-again');
      expect(host.value.writeBytesPerSecond).toBeLessThan(70e6);
      // A copy that is written to by another server would be of two minds.
      if (run.graph === 'snapshot-clone') {
        expect(isHere && traits.known && traits.value.snapshotInUse).toBe(true);
        expect(to.sizeGiB).toBeGreaterThanOrEqual(volume.value.sizeGiB);
        expect(attachments).toEqual([['i-1', 'attached']]);
      } else {
        expect(to.sizeGiB * 2 ** 30).toBeGreaterThanOrEqual((here?.usedBytes ?? Number.NaN) * 1.15);
        expect(run.input.disk.from.kind).toBe('empty');
      }
      if (!isHere) expect(run.input.floatingIps).toEqual([]);
    }
  }
}
