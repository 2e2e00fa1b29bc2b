import { explain, type Facts, plan, type Target, verifyPlan } from '@belay/planner';
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
    }),
    source: fc.record({
      zone: often('r1-a', 'r1-b', ''),
      imageId: often<string | undefined>('image-1', 'image-2', undefined),
      volumes: one(
        fc.record({
          volumeId: often('vol-1', 'vol-2'),
          isRoot: often(false, true),
          deleteOnTermination: often(false, true),
        }),
      ),
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
    zones: fc.subarray(['r1-a', 'r1-b', 'r9']),
    sizeGiB: often(1000, 0, 2000, Number.NaN),
    diskType: often('ssd', 'hdd'),
    imageId: often('image-1', 'image-2'),
  })
  .map((changes) => ({ ...target, ...changes }));

const budgets = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });

test('whatever the facts are, a plan is made, can be read, and its digest holds', () => {
  fc.assert(
    fc.property(facts, targets, fc.option(budgets, { nil: undefined }), (some, to, budgetSeconds) => {
      const made = plan(some, to, options({ budgetSeconds }));
      expect(explain(made, { facts: true }).length).toBeGreaterThan(0);
      const read = verifyPlan(JSON.parse(JSON.stringify(made)), { now });
      expect(read.isOk() || read.error.kind === 'stale').toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('whatever the facts are, a swap is only run where all that keeps the data safe is known to hold', () => {
  let swaps = 0;
  fc.assert(
    fc.property(facts, targets, (some, to) => {
      const made = plan(some, to, options());
      if (made.run === undefined) return;
      swaps++;
      const { traits, source, volume, host, health } = some;
      if (!(traits.known && source.known && volume.known && host.known && health.known))
        throw new Error('unknown');
      expect(to.at).toEqual(some.workload.instance.provider === 'sim' ? target.at : undefined);
      expect(volume.value.attachments.map(({ instanceId, state }) => [instanceId, state])).toEqual([
        ['i-1', 'attached'],
      ]);
      expect(volume.at).toBe('2026-11-22T11:02:52.000Z');
      expect(volume.value.sizeGiB).toBe(to.sizeGiB);
      expect(source.value.volumes.filter(({ isRoot }) => !isRoot)).toEqual([
        { volumeId: 'vol-1', isRoot: false, deleteOnTermination: false },
      ]);
      const here = host.value.mounts.find(({ mountPoint }) => mountPoint === '/data');
      expect([here?.filesystemUuid, here?.diskSerial]).toEqual([
        'uuid-1',
        volume.value.attachments[0]?.disk.serial,
      ]);
      const bound = traits.value.zoneBoundVolumes !== false;
      expect(made.run.input.zones.length).toBeGreaterThan(0);
      expect(made.run.input.zones.every((zone) => !bound || zone === volume.value.zone)).toBe(true);
      expect(some.workload.rootDisk).toBe('can-be-made-again');
      expect(health.value.healthy).toBe(true);
    }),
    { numRuns: 1000 },
  );
  // A property that is never reached proves nothing.
  expect(swaps).toBeGreaterThan(20);
});
