// The decision table: what each way asks for, which one is taken, and what would open the others.

import type { CapacityReservation, StorageVolume } from '@belay/cloud';
import {
  askAgain,
  type Candidate,
  type Facts,
  type Plan,
  type PlanOptions,
  plan,
  type StrategyName,
  type Target,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, factsWithout, now, options, target } from './example.ts';

/** A name leads to the shop, and no address that would have to stay in its cloud. */
const named = factsWith(
  { records: [{ name: 'shop.example.', type: 'A', values: ['192.0.2.5'], ttlSeconds: 300 }] },
  { floatingIps: [], names: [{ name: 'shop.example.', type: 'A' }] },
);
const kept = { stopMayLoseCapacity: false, resizeKeptUntilConfirmed: true };
const rootOnly = [{ volumeId: 'vol-1', isRoot: true, deleteOnTermination: false }];
const localRoot = [{ volumeId: 'vol-1', isRoot: false, deleteOnTermination: false }];
const boots = { ...target, carries: { ...target.carries, instanceTypes: ['big'] } };
const bigger = { ...target, instanceType: 'small', sizeGiB: 2000 };
const reservation: CapacityReservation = {
  id: 'cr-1',
  state: 'active',
  providerState: 'active',
  instanceType: 'big',
  zone: 'r1-a',
  count: 1,
  free: 1,
  tags: {},
};

interface Case {
  readonly when: string;
  readonly facts?: Facts;
  readonly target?: Target;
  readonly options?: Partial<PlanOptions>;
  readonly strategy: Plan['strategy'];
  readonly result?: Plan['result'];
  readonly missing?: readonly string[];
  /** What does not hold for some of the others, by name. */
  readonly others?: Partial<Record<StrategyName, readonly string[]>>;
}

const cases: readonly Case[] = [
  {
    when: 'only a bigger disk is wanted',
    target: bigger,
    strategy: 'grow-online',
    others: {
      nothing: ['same-disk-size'],
      'volume-swap': ['same-disk-size'],
      'resize-in-place': ['other-type', 'same-disk-size', 'boots-there'],
    },
  },
  {
    when: 'only another kind of disk is wanted',
    target: { ...target, instanceType: 'small', diskType: 'hdd' },
    strategy: 'grow-online',
  },
  {
    when: 'another kind of disk is wanted and the cloud retypes only what is free',
    target: { ...target, instanceType: 'small', diskType: 'hdd' },
    facts: factsWith({ traits: { retypeInUse: false } }),
    strategy: 'rsync',
    others: { 'grow-online': ['changes-in-use'] },
  },
  {
    when: 'a smaller disk is wanted',
    target: { ...target, instanceType: 'small', sizeGiB: 600 },
    strategy: 'rsync',
    others: { 'grow-online': ['not-smaller'], 'snapshot-clone': ['not-smaller'] },
  },
  {
    when: 'a bigger disk is wanted under a filesystem that does not grow in use',
    target: bigger,
    facts: factsWith({
      host: {
        mounts: [
          {
            mountPoint: '/data',
            filesystemUuid: 'uuid-1',
            filesystemType: 'zfs_member',
            diskSerial: 'vol1',
            usedBytes: 4e9,
            usedInodes: 2000,
            bootEntry: 'uuid',
          },
        ],
      },
    }),
    strategy: 'refuse',
    result: 'refused',
    others: { 'grow-online': ['grows-mounted'] },
  },
  {
    when: 'a bigger disk is wanted hours after the last change of it: the worse way needs a word',
    target: bigger,
    facts: factsWith({ cooldown: { kind: 'until', at: '2026-11-22T16:00:00.000Z' } }),
    strategy: 'rsync',
    result: 'refused',
    missing: ['waiting-is-worse'],
    others: { 'grow-online': ['cooled-down'] },
  },
  {
    when: 'another type is wanted, the data is on the root disk and the old server is kept',
    target: boots,
    facts: factsWith({ traits: kept, source: { volumes: rootOnly } }),
    strategy: 'resize-in-place',
    others: { 'volume-swap': ['own-disk'] },
  },
  {
    when: 'another type is wanted, the data is on the root disk and stopping gives the hardware away',
    target: boots,
    facts: factsWith({ source: { volumes: rootOnly } }),
    strategy: 'rsync',
  },
  {
    when: 'the same, and it is asked for by name: the risk must be taken',
    target: boots,
    facts: factsWith({ source: { volumes: rootOnly } }),
    options: { strategy: 'resize-in-place' },
    strategy: 'resize-in-place',
    result: 'refused',
    missing: ['capacity-kept'],
  },
  {
    when: 'the same, and capacity is reserved',
    target: boots,
    facts: factsWith({ source: { volumes: rootOnly }, reservations: [reservation] }),
    strategy: 'resize-in-place',
  },
  {
    when: 'the reservation is for another zone',
    target: boots,
    facts: factsWith({ source: { volumes: rootOnly }, reservations: [{ ...reservation, zone: 'r1-b' }] }),
    options: { strategy: 'resize-in-place' },
    strategy: 'resize-in-place',
    result: 'refused',
    missing: ['capacity-kept'],
  },
  {
    when: 'an earlier resize waits to be confirmed',
    target: boots,
    facts: factsWith({ traits: kept, source: { volumes: rootOnly, state: 'resized' } }),
    strategy: 'rsync',
    others: { 'resize-in-place': ['not-in-between'] },
  },
  {
    when: 'nobody has said on which types the image boots',
    facts: factsWith({ traits: kept, source: { volumes: rootOnly } }),
    strategy: 'rsync',
    others: { 'resize-in-place': ['boots-there'] },
  },
  {
    when: 'the root disk is local, and the cloud takes it along',
    target: boots,
    facts: factsWith({ traits: { ...kept, resizeKeepsLocalRoot: true }, source: { volumes: localRoot } }),
    options: { strategy: 'resize-in-place' },
    strategy: 'resize-in-place',
  },
  ...([false, 'unknown'] as const).map(
    (resizeKeepsLocalRoot): Case => ({
      when: `the root disk is local, and that the cloud takes it along is ${resizeKeepsLocalRoot}`,
      target: boots,
      facts: factsWith({ traits: { ...kept, resizeKeepsLocalRoot }, source: { volumes: localRoot } }),
      options: { strategy: 'resize-in-place' },
      strategy: 'refuse',
      result: 'refused',
      others: { 'resize-in-place': ['root-stays'] },
    }),
  ),
  {
    when: 'both would do: the swap stops it for less time',
    target: boots,
    facts: factsWith({ traits: kept }),
    strategy: 'volume-swap',
  },
  {
    when: 'the disk must stay untouched and the zone changes: few files make a pass quick',
    target: { ...target, zones: ['r1-b'] },
    options: { strategy: 'snapshot-clone' },
    strategy: 'snapshot-clone',
  },
  {
    when: 'a clone is wanted and the cloud takes no picture of a disk in use',
    target: { ...target, zones: ['r1-b'] },
    facts: factsWith({ traits: { snapshotInUse: false, volumeCopy: false } }),
    options: { strategy: 'snapshot-clone' },
    strategy: 'refuse',
    result: 'refused',
    others: { 'snapshot-clone': ['snapshot-in-use'] },
  },
  {
    when: 'there are more files than the new filesystem has room for',
    target: { ...target, at: { ...target.at, provider: 'other' }, sizeGiB: 500 },
    facts: factsWith({ host: { mounts: [mount({ usedInodes: 40_000_000, usedBytes: 200e9 })] } }),
    strategy: 'refuse',
    result: 'refused',
    others: { rsync: ['inodes-fit'] },
  },
  {
    when: 'the target’s cloud is another one',
    facts: named,
    target: { ...target, at: { ...target.at, provider: 'other' } },
    strategy: 'rsync',
    others: {
      'grow-online': ['same-cloud', 'same-type', 'disk-differs'],
      'volume-swap': ['same-cloud'],
      'snapshot-clone': ['same-cloud'],
    },
  },
];

function mount(about: object) {
  return {
    mountPoint: '/data',
    filesystemUuid: 'uuid-1',
    filesystemType: 'ext4',
    diskSerial: 'vol1',
    usedBytes: 400e9,
    usedInodes: 2_100_000,
    bootEntry: 'uuid' as const,
    ...about,
  };
}

function openOf(made: Plan, strategy: string): readonly string[] {
  return candidate(made, strategy)
    .findings.filter(({ verdict }) => verdict !== 'holds')
    .map(({ name }) => name);
}

function candidate(made: Plan, name: string): Candidate {
  return made.candidates.find(({ strategy }) => strategy === name)!;
}

describe('the way that is taken', () => {
  for (const each of cases) {
    test(`when ${each.when}: ${each.strategy}`, () => {
      const made = plan(each.facts ?? factsWith(), each.target ?? target, options(each.options));
      expect([made.strategy, made.result, made.missing]).toEqual([
        each.strategy,
        each.result ?? 'change',
        each.missing ?? [],
      ]);
      for (const [strategy, names] of Object.entries(each.others ?? {}))
        expect(openOf(made, strategy)).toEqual(names);
    });
  }
});

describe('several data disks', () => {
  const second: StorageVolume = {
    id: 'vol-2',
    name: 'web12-logs',
    state: 'in-use',
    providerState: 'in-use',
    zone: 'r1-a',
    sizeGiB: 100,
    diskType: 'ssd',
    multiAttach: false,
    attachments: [
      { volumeId: 'vol-2', instanceId: 'i-1', state: 'attached', disk: { serial: 'vol2', byId: [] } },
    ],
    tags: {},
  };
  const more = [{ volumeId: 'vol-2', mountPoint: '/logs', filesystemUuid: 'uuid-2' }];
  const two = (changes: object = {}, volume: Partial<StorageVolume> = {}) =>
    factsWith(
      {
        source: {
          volumes: [
            { volumeId: 'vol-1', isRoot: false, deleteOnTermination: false },
            { volumeId: 'vol-2', isRoot: false, deleteOnTermination: false },
          ],
        },
        moreVolumes: [{ ...second, ...volume }],
        host: {
          mounts: [
            mount({}),
            mount({
              mountPoint: '/logs',
              filesystemUuid: 'uuid-2',
              diskSerial: 'vol2',
              usedBytes: 1e9,
              usedInodes: 900,
            }),
          ],
        },
        ...changes,
      },
      { moreVolumes: more },
    );

  test('never move one without the other: a swap, a clone and a copy take both', () => {
    const made = plan(two(), target, options());
    expect(made.strategy).toBe('volume-swap');
    expect(openOf(made, 'volume-swap')).toEqual([]);
    expect(openOf(made, 'snapshot-clone')).toEqual([]);
    const moment = candidate(made, 'snapshot-clone').findings.find(({ name }) => name === 'one-moment');
    expect(moment?.evidence).toBe('writes to /data and /logs wait while both are pictured');
    expect(openOf(made, 'rsync')).toEqual([]);
    const [used] = candidate(made, 'rsync').findings.filter(({ name }) => name === 'fits');
    expect(used?.evidence).toBe(`${Math.ceil((401e9 * 1.15) / 2 ** 30)} GiB needed, 1100 GiB wanted`);
    const steps = made.steps.map(({ step }) => step);
    expect(steps).toEqual(expect.arrayContaining(['detach-volume-1', 'detach-volume-2', 'mount-2']));
    const one = plan(factsWith(), target, options({ strategy: 'volume-swap' }));
    expect(made.downtime?.p50Seconds).toBeGreaterThan(one.downtime?.p50Seconds ?? Number.NaN);
  });

  test('are each looked at: the second one elsewhere, too, or unknown, or not mounted', () => {
    const elsewhere = two(
      {},
      { attachments: [...second.attachments, { ...second.attachments[0]!, instanceId: 'i-9' }] },
    );
    expect(openOf(plan(elsewhere, target, options()), 'volume-swap')).toEqual(['attached-once']);
    const unknown = { ...two(), moreVolumes: { ...factsWithout('moreVolumes').moreVolumes } };
    expect(openOf(plan(unknown, target, options()), 'volume-swap')).toContain('attached-once');
    const unmounted = two({ host: { mounts: [mount({})] } });
    expect(plan(unmounted, target, options()).strategy).toBe('refuse');
  });

  test('are not pictured at one moment where one cannot be held still, which is said with its name', () => {
    const strange = two({
      host: {
        mounts: [
          mount({}),
          mount({
            mountPoint: '/logs',
            filesystemUuid: 'uuid-2',
            diskSerial: 'vol2',
            filesystemType: 'reiserfs',
            usedBytes: 1e9,
            usedInodes: 900,
          }),
        ],
      },
    });
    const made = plan(strange, target, options());
    expect(openOf(made, 'snapshot-clone')).toContain('one-moment');
    const moment = candidate(made, 'snapshot-clone').findings.find(({ name }) => name === 'one-moment');
    expect(moment).toMatchObject({
      verdict: 'unknown',
      evidence: 'whether reiserfs at /logs (vol-2) can be held still is not known',
      change: { sentence: 'bring what is at /logs onto ext4 or XFS' },
    });
  });

  test('that a snapshot of one of them does not hold are no backup', () => {
    expect(plan(two(), target, options()).missing).toEqual(['whole-backup']);
  });
});

describe('what would open another way', () => {
  test('is told with what it asks for and what it brings, the cheapest first', () => {
    const facts = factsWith({ host: { mounts: [mount({ bootEntry: 'device' })] } });
    const { unlocks } = plan(facts, target, options());
    expect(unlocks[0]).toMatchObject({
      strategy: 'resize-in-place',
      changes: ['find out that the image boots on big, then declare it'],
    });
    expect(unlocks[1]).toMatchObject({ strategy: 'volume-swap', changes: ['write UUID= in fstab'] });
    expect(unlocks[1]?.p50Seconds).toBeLessThan(60);
  });

  test('is told of a way that only a guard holds up, too', () => {
    const dying = [{ volumeId: 'vol-1', isRoot: false, deleteOnTermination: true }];
    const made = plan(factsWith({ source: { volumes: dying } }), target, options());
    expect(made.strategy).toBe('rsync');
    expect(made.unlocks.map(({ strategy, changes }) => [strategy, changes])).toContainEqual([
      'volume-swap',
      ['let the run turn it off: fixes: ["keep-volume"]'],
    ]);
  });

  test('is not told where nobody can turn it', () => {
    const { unlocks } = plan(factsWith(), { ...target, at: { ...target.at, region: 'r2' } }, options());
    expect(unlocks.map(({ strategy }) => strategy)).toEqual([]);
  });
});

describe('where a plan leads back', () => {
  test('copies lose what was written after the first write; the plan says from which step on', () => {
    const made = plan(factsWith(), target, options({ strategy: 'rsync' }));
    expect(made.pointOfNoReturn).toEqual({ step: 'open-target', sentence: 'the first write on the target' });
    const before = made.steps.filter(({ back }) => back?.isLossy === false).map(({ step }) => step);
    expect(before).toContain('stop-services');
    const after = made.steps.filter(({ back }) => back?.isLossy === true).map(({ step }) => step);
    expect(after).toEqual(['rename-source']);
    expect(made.steps.find(({ step }) => step === 'open-target')?.undo).toBe('point-of-no-return');
  });

  test('a swap is never lossy to undo, and each step back has its time', () => {
    const { steps, downtime } = plan(factsWith(), target, options());
    const backs = steps.flatMap(({ back }) => back ?? []);
    expect(backs.length).toBeGreaterThan(7);
    expect(backs.filter(({ isLossy }) => isLossy)).toEqual([]);
    expect(downtime!.backP50Seconds).toBeGreaterThan(10);
    expect(downtime!.backP90Seconds).toBeGreaterThan(downtime!.backP50Seconds);
  });
});

describe('guards at their phases', () => {
  const made = plan(factsWith(), target, options());
  const seen = <T>(value: T) => ({ known: true as const, value, at: now, source: 'a test' });
  const noGo = (results: ReturnType<typeof askAgain>) =>
    results.filter(({ decision }) => decision === 'NO-GO').map(({ name }) => name);

  test('say NO-GO to everything of the window that nobody has looked at', () => {
    expect(noGo(askAgain(made, 'window', { now, sight: {} }))).toEqual([
      'target-booted',
      'nothing-in-the-way',
      'facts-still-true',
      'quiet-hour',
      'asked-before-the-stop',
    ]);
    expect(noGo(askAgain(made, 'cut-over', { now, sight: {} }))).toEqual([
      'nobody-writes',
      'source-fenced',
      'target-answers',
    ]);
  });

  const ready = {
    facts: factsWith(),
    targetBooted: seen({ bootId: 'boot-9' }),
    inTheWay: seen([]),
    underWay: seen([]),
    sourceStopped: seen(false),
  };

  test('let the window open when all was looked at and is well', () => {
    expect(noGo(askAgain(made, 'window', { now, sight: ready }))).toEqual([]);
  });

  test('name the fact that has moved since the plan was made', () => {
    const moved = { ...ready, facts: factsWith({ volume: { sizeGiB: 1200 } }) };
    const [result] = askAgain(made, 'window', { now, sight: moved }).filter(
      ({ name }) => name === 'facts-still-true',
    );
    expect(result).toMatchObject({ decision: 'NO-GO', verdict: 'fails' });
    expect(result?.evidence).toContain('volume: was');
    expect(result?.evidence).toContain('1200 GiB');
  });

  test('keep both from serving: still attached, or not masked, is a NO-GO that nobody can accept', () => {
    const accept = [{ guard: 'source-fenced', by: 'ada', reason: 'I am in a hurry' }];
    const fence = { servicesStopped: true, servicesMasked: true, volumeGone: true };
    const sight = {
      writers: seen([]),
      mayBeginToWrite: seen([]),
      targetAnswers: seen({ healthy: true, detail: '3 good answers' }),
    };
    const at = (changes: object) =>
      noGo(
        askAgain(made, 'cut-over', {
          now,
          accept,
          sight: { ...sight, fence: seen({ ...fence, ...changes }) },
        }),
      );
    expect(at({})).toEqual([]);
    expect(at({ servicesMasked: false })).toEqual(['source-fenced']);
    expect(at({ volumeGone: false })).toEqual(['source-fenced']);
    expect(at({ volumeGone: undefined })).toEqual(['source-fenced']);
  });

  test('of a copy refuse a final pass from which anything vanished', () => {
    const copy = plan(factsWith(), target, options({ strategy: 'rsync' }));
    const at = (exitCode: number, vanishedFiles: number) =>
      askAgain(copy, 'cut-over', { now, sight: { finalPass: seen({ exitCode, vanishedFiles }) } }).find(
        ({ name }) => name === 'whole-pass',
      )?.decision;
    expect([at(0, 0), at(24, 3), at(23, 0), at(0, 1)]).toEqual(['GO', 'NO-GO', 'NO-GO', 'NO-GO']);
  });

  test('keep the source until the soak is over and the target was well all through it', () => {
    const at = (about: object) => {
      const soak = {
        endsAt: '2026-11-22T10:00:00.000Z',
        goodProbes: 9,
        badProbes: 0,
        sourceName: 's',
        ...about,
      };
      return askAgain(made, 'soak', { now, sight: { soak: seen(soak) } })[0]?.decision;
    };
    expect(at({})).toBe('GO');
    expect(at({ endsAt: '2026-11-23T10:00:00.000Z' })).toBe('NO-GO');
    expect([at({ badProbes: 1 }), at({ goodProbes: 1 })]).toEqual(['NO-GO', 'NO-GO']);
  });

  test('remember a risk that was signed for the plan, with the time', () => {
    const accept = [{ guard: 'fresh-backup', by: 'ada', reason: 'copied by hand' }];
    const signed = plan(factsWith({ snapshot: null }), target, options({ accept }));
    const [again] = askAgain(signed, 'window', { now: '2026-11-22T11:20:00.000Z', sight: ready }).filter(
      ({ name }) => name === 'fresh-backup',
    );
    // Meanwhile there is a snapshot: nothing has to be accepted any more.
    expect(again?.decision).toBe('GO');
    const still = askAgain(signed, 'window', {
      now: '2026-11-22T11:20:00.000Z',
      sight: { ...ready, facts: factsWith({ snapshot: null }) },
    }).find(({ name }) => name === 'fresh-backup');
    expect(still).toMatchObject({ decision: 'RISK ACCEPTED', accepted: { by: 'ada', at: now } });
  });

  test('that only warn stop nothing', () => {
    const warned = made.guards.filter(({ warns }) => warns === true);
    expect(warned.map(({ name, decision }) => [name, decision])).toEqual([
      ['restored-once', 'GO'],
      ['route-witnessed', 'GO'],
    ]);
  });

  test('refuse what the account may not do, also where only the way back is forbidden', () => {
    const denied = factsWith({
      permissions: [
        { verb: 'volumes.detach', allowed: 'yes', actions: ['ec2:DetachVolume'] },
        {
          verb: 'instances.delete',
          allowed: 'no',
          actions: ['ec2:TerminateInstances'],
          why: 'denied by policy',
        },
      ],
    });
    const [guard] = plan(denied, target, options()).guards.filter(({ name }) => name === 'allowed');
    expect(guard).toMatchObject({
      decision: 'NO-GO',
      evidence: 'denied: instances.delete (denied by policy)',
    });
  });
});
