import type { InstanceOffer } from '@belay/cloud';
import {
  approve,
  explain,
  type Facts,
  factNames,
  type Headroom,
  judge,
  type Plan,
  type PlanOptions,
  plan,
  strategyNames,
  type Target,
  verifyPlan,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import {
  type FactName,
  factsWith,
  factsWithout,
  now,
  options,
  probeWith,
  target,
  workload,
} from './example.ts';

function reasons(made: Plan, strategy: string): string {
  const { findings } = made.candidates.find((each) => each.strategy === strategy)!;
  return findings
    .filter(({ verdict }) => verdict !== 'holds')
    .map(({ name }) => name)
    .join(' ');
}

const mount = {
  mountPoint: '/data',
  filesystemUuid: 'uuid-1',
  filesystemType: 'ext4',
  diskSerial: 'vol1',
  usedBytes: 400e9,
  usedInodes: 2_100_000,
  bootEntry: 'uuid' as const,
};
const attached = {
  volumeId: 'vol-1',
  instanceId: 'i-1',
  state: 'attached' as const,
  disk: { serial: 'vol1', byId: [] },
};
const offer = { instanceType: 'big', zone: 'r1-a', lifecycle: 'current', creatable: 'yes' } as const;
const same = { ...target, instanceType: 'small' };
const elsewhere = { ...target, at: { ...target.at, provider: 'other' } };

/** The shop without an address that moves: a name leads to the server itself. */
function named(ttlSeconds: number): Facts {
  return factsWith(
    { records: [{ name: 'shop.example.', type: 'A', values: ['192.0.2.5'], ttlSeconds }] },
    { floatingIps: [], names: [{ name: 'shop.example.', type: 'A' }] },
  );
}

interface Case {
  readonly when: string;
  readonly facts?: Facts;
  readonly target?: Target;
  readonly options?: Partial<PlanOptions>;
  readonly strategy: Plan['strategy'];
  readonly result: Plan['result'];
  /** What does not hold for the swap, by name. */
  readonly swap?: string;
  readonly nothing?: string;
  readonly rsync?: string;
}

const cases: readonly Case[] = [
  {
    when: 'another server type is wanted in the same zone',
    strategy: 'volume-swap',
    result: 'change',
    nothing: 'same-type',
  },
  { when: 'all is as it is wanted', target: same, strategy: 'nothing', result: 'noop', nothing: '' },
  {
    when: 'all is as it is wanted but it does not serve',
    target: same,
    facts: factsWith({ health: { healthy: false, detail: '502' } }),
    strategy: 'volume-swap',
    result: 'refused',
    nothing: 'serves',
  },
  {
    when: 'the target is another cloud and a name leads to the shop',
    facts: named(300),
    target: elsewhere,
    strategy: 'rsync',
    result: 'change',
    swap: 'same-cloud',
  },
  {
    when: 'the target is another cloud and only an address leads to the shop: addresses do not leave a cloud',
    target: elsewhere,
    strategy: 'rsync',
    result: 'refused',
    swap: 'same-cloud',
  },
  {
    when: 'the target wants another zone',
    target: { ...target, zones: ['r1-b'] },
    strategy: 'rsync',
    result: 'change',
    swap: 'same-zone',
  },
  {
    when: 'the target wants another zone and volumes are free of zones',
    target: { ...target, zones: ['r1-b'] },
    facts: factsWith({ traits: { zoneBoundVolumes: false } }),
    strategy: 'volume-swap',
    result: 'change',
    swap: '',
  },
  {
    when: 'the target wants another zone and nobody knows whether volumes are bound',
    target: { ...target, zones: ['r1-b'] },
    facts: factsWith({ traits: { zoneBoundVolumes: 'unknown' } }),
    strategy: 'rsync',
    result: 'change',
    swap: 'same-zone',
  },
  {
    when: 'the target wants a bigger disk',
    target: { ...target, sizeGiB: 2000 },
    strategy: 'rsync',
    result: 'change',
    swap: 'same-disk-size',
  },
  {
    when: 'the target wants another kind of disk',
    target: { ...target, diskType: 'hdd' },
    strategy: 'rsync',
    result: 'change',
    swap: 'same-disk-type',
  },
  {
    when: 'the target’s disk is too small for the data',
    target: { ...target, sizeGiB: 100 },
    strategy: 'refuse',
    result: 'refused',
    swap: 'same-disk-size',
    rsync: 'fits',
  },
  {
    when: 'the data is on the root disk',
    facts: factsWith({
      source: { volumes: [{ volumeId: 'vol-1', isRoot: true, deleteOnTermination: false }] },
    }),
    strategy: 'rsync',
    result: 'change',
    swap: 'own-disk',
  },
  {
    when: 'there are two data disks',
    facts: factsWith({
      source: {
        volumes: [
          { volumeId: 'vol-1', isRoot: false, deleteOnTermination: false },
          { volumeId: 'vol-2', isRoot: false, deleteOnTermination: false },
        ],
      },
    }),
    strategy: 'rsync',
    result: 'change',
    swap: 'own-disk',
  },
  {
    when: 'the volume is attached to a second server',
    facts: factsWith({ volume: { attachments: [attached, { ...attached, instanceId: 'i-2' }] } }),
    strategy: 'rsync',
    result: 'change',
    swap: 'attached-once',
  },
  {
    when: 'the volume may be attached more often and is attached once',
    facts: factsWith({ volume: { multiAttach: true } }),
    strategy: 'volume-swap',
    result: 'change',
    swap: '',
  },
  {
    when: 'the volume is still on its way to the server',
    facts: factsWith({ volume: { state: 'attaching' } }),
    strategy: 'rsync',
    result: 'change',
    swap: 'attached-once',
  },
  {
    when: 'the boot configuration names a device',
    facts: factsWith({ host: { mounts: [{ ...mount, bootEntry: 'device' }] } }),
    strategy: 'rsync',
    result: 'change',
    swap: 'found-by-uuid',
  },
  {
    when: 'the mount point holds another filesystem',
    facts: factsWith({ host: { mounts: [{ ...mount, filesystemUuid: 'uuid-9' }] } }),
    strategy: 'refuse',
    result: 'refused',
    swap: 'found-by-uuid',
    rsync: 'data-found',
  },
  {
    when: 'nobody has said what is on the root disk',
    facts: factsWith({}, { rootDisk: undefined }),
    strategy: 'refuse',
    result: 'refused',
    swap: 'root-replaceable',
    rsync: 'root-replaceable',
  },
  {
    when: 'the image is another one and nothing is declared of it',
    target: { ...target, imageId: 'image-2', carries: undefined },
    strategy: 'rsync',
    result: 'refused',
    swap: 'versions-fit same-users',
  },
  {
    when: 'the image is the same, but the database was upgraded in place since',
    facts: factsWith({ host: { databases: { mysql: '8.4' } } }),
    strategy: 'rsync',
    result: 'refused',
    swap: 'versions-fit',
  },
  {
    when: 'the image is the same, there is a database, and nobody has said which one the image has',
    target: { ...target, carries: undefined },
    strategy: 'rsync',
    result: 'refused',
    swap: 'versions-fit',
  },
  {
    when: 'the image is the same and there is no database',
    target: { ...target, carries: undefined },
    facts: factsWith({ host: { databases: {} } }),
    strategy: 'volume-swap',
    result: 'change',
    swap: '',
  },
  {
    when: 'the image is another one with the same versions and users',
    facts: factsWith({ probe: probeWith({ accounts: { users: { mysql: 110 }, groups: {} } }) }),
    target: {
      ...target,
      imageId: 'image-2',
      carries: { filesystems: ['ext4'], databases: { mysql: '8.0' }, users: { mysql: 110 } },
    },
    strategy: 'volume-swap',
    result: 'change',
    swap: '',
  },
  {
    when: 'the image is another one and its users have other numbers',
    facts: factsWith({ probe: probeWith({ accounts: { users: { mysql: 110 }, groups: {} } }) }),
    target: {
      ...target,
      imageId: 'image-2',
      carries: { filesystems: ['ext4'], databases: { mysql: '8.0' }, users: { mysql: 111 } },
    },
    strategy: 'rsync',
    result: 'change',
    swap: 'same-users',
  },
  {
    when: 'the image is another one and nobody knows its users',
    target: {
      ...target,
      imageId: 'image-2',
      carries: { filesystems: ['ext4'], databases: { mysql: '8.0' } },
    },
    strategy: 'rsync',
    result: 'change',
    swap: 'same-users',
  },
  {
    when: 'the image has a newer database',
    target: {
      ...target,
      imageId: 'image-2',
      carries: { filesystems: ['ext4'], databases: { mysql: '8.4' } },
    },
    strategy: 'rsync',
    result: 'refused',
    swap: 'versions-fit same-users',
  },
  {
    when: 'the image cannot mount the filesystem',
    target: { ...target, imageId: 'image-2', carries: { filesystems: ['xfs'], databases: { mysql: '8.0' } } },
    strategy: 'rsync',
    result: 'change',
    swap: 'versions-fit same-users',
  },
  {
    when: 'the cloud detaches from stopped servers only',
    facts: factsWith({ traits: { detachWhileRunning: false } }),
    strategy: 'rsync',
    result: 'change',
    swap: 'detach-while-running',
  },
  {
    when: 'data changes faster than it can be copied',
    target: elsewhere,
    facts: factsWith({ host: { writeBytesPerSecond: 90e6 } }),
    strategy: 'refuse',
    result: 'refused',
    rsync: 'converges',
  },
  {
    when: 'nobody can reach into servers of the target’s cloud',
    target: elsewhere,
    facts: factsWith({ targetReach: false }),
    strategy: 'refuse',
    result: 'refused',
    rsync: 'into-target',
  },
];

describe('the strategy that facts lead to', () => {
  for (const each of cases) {
    test(`when ${each.when}: ${each.strategy}`, () => {
      const made = plan(each.facts ?? factsWith(), each.target ?? target, options(each.options));
      expect({ strategy: made.strategy, result: made.result }).toEqual({
        strategy: each.strategy,
        result: each.result,
      });
      if (each.swap !== undefined) expect(reasons(made, 'volume-swap')).toBe(each.swap);
      if (each.rsync !== undefined) expect(reasons(made, 'rsync')).toBe(each.rsync);
      if (each.nothing !== undefined) expect(reasons(made, 'nothing')).toBe(each.nothing);
    });
  }

  test('every plan judges every strategy and says why not', () => {
    for (const each of cases) {
      const made = plan(each.facts ?? factsWith(), each.target ?? target, options());
      expect(made.candidates.map(({ strategy }) => strategy)).toEqual([...strategyNames]);
      for (const { verdict, findings } of made.candidates) {
        expect(findings.every(({ verdict: one }) => one === 'holds')).toBe(verdict === 'feasible');
      }
    }
  });

  test('a worse one is taken when it is asked for, an infeasible one never', () => {
    expect(plan(factsWith(), target, options({ strategy: 'rsync' })).strategy).toBe('rsync');
    expect(plan(factsWith(), elsewhere, options({ strategy: 'volume-swap' })).strategy).toBe('refuse');
  });

  test('a bigger disk alone is named as something to do after the swap, where the disk can grow in use', () => {
    const bigger = { ...target, sizeGiB: 2000 };
    const change = (facts: Facts) =>
      judge(facts, bigger, options())
        .find(({ strategy }) => strategy === 'volume-swap')
        ?.findings.find(({ name }) => name === 'same-disk-size')?.change?.sentence;
    expect(change(factsWith())).toContain('then grow the disk');
    expect(change(factsWith({ traits: { growInUse: false } }))).toBeUndefined();
  });

  test('what can be undone without loss comes before what is quicker', () => {
    const small = factsWith({
      host: { mounts: [{ ...mount, usedInodes: 10, usedBytes: 1e6 }], databases: {} },
    });
    const judged = judge(small, target, options());
    const [swap, rsync] = ['volume-swap', 'rsync'].map((name) =>
      judged.find(({ strategy }) => strategy === name),
    );
    expect(rsync!.downtime!.p50Seconds).toBeLessThan(swap!.downtime!.p50Seconds);
    expect(plan(small, target, options()).strategy).toBe('volume-swap');
  });
});

describe('unknown', () => {
  const needed: readonly FactName[] = ['source', 'volume', 'host', 'traits'];
  for (const name of needed) {
    test(`a swap is not chosen when ${name} is not known`, () => {
      const made = plan(factsWithout(name), target, options());
      expect(made.strategy).not.toBe('volume-swap');
      expect(made.candidates.find(({ strategy }) => strategy === 'volume-swap')!.verdict).toBe('unknown');
    });
  }

  test('facts count for fifteen minutes and are unknown afterwards', () => {
    const later = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();
    expect(plan(factsWith(), target, options({ now: later(12) })).strategy).toBe('volume-swap');
    expect(plan(factsWith(), target, options({ now: later(14) })).strategy).toBe('refuse');
    expect(plan(factsWith(), target, options({ now: later(-60) })).strategy).toBe('refuse');
  });

  test('how long facts count is data', () => {
    const validityMs = Object.fromEntries(factNames.map((name) => [name, 3_600_000]));
    const late = new Date(Date.parse(now) + 30 * 60_000).toISOString();
    const made = plan(factsWith(), target, options({ now: late, validityMs }));
    expect(made.result).toBe('change');
  });
});

describe('guards', () => {
  // Asked for by name: a way that no guard stops would else be taken in its place.
  const swap = (facts: Facts, more: Partial<PlanOptions> = {}, to = target) =>
    plan(facts, to, options({ strategy: 'volume-swap', ...more }));
  const decision = (made: Plan, name: string) => made.guards.find((guard) => guard.name === name)?.decision;

  const broken: readonly (readonly [string, string, Facts])[] = [
    [
      'the server type is sold out where the volume is',
      'capacity-proven',
      factsWith({
        offers: [
          { instanceType: 'big', zone: 'r1-a', lifecycle: 'current', creatable: 'no' },
          { instanceType: 'big', zone: 'r1-b', lifecycle: 'current', creatable: 'yes' },
        ],
      }),
    ],
    [
      'the server type is retired',
      'capacity-proven',
      factsWith({ offers: [{ instanceType: 'big', zone: 'r1-a', lifecycle: 'retired', creatable: 'yes' }] }),
    ],
    ['offers are not known', 'capacity-proven', factsWithout('offers')],
    [
      'nobody says whether the server type is offered or to be had',
      'capacity-proven',
      factsWith({ offers: [{ ...offer, lifecycle: 'unknown', creatable: 'unknown' }] }),
    ],
    [
      'the server type ended yesterday',
      'capacity-proven',
      factsWith({ offers: [{ ...offer, endsAt: '2026-11-21T00:00:00.000Z' }] }),
    ],
    [
      'the server type ends within the soak',
      'capacity-proven',
      factsWith({ offers: [{ ...offer, endsAt: '2026-12-01T00:00:00.000Z' }] }),
    ],
    [
      'the server type ends at a time that cannot be read',
      'capacity-proven',
      factsWith({ offers: [{ ...offer, endsAt: 'next spring' }] }),
    ],
    ['the source does not serve', 'source-serves', factsWith({ health: { healthy: false, detail: '502' } })],
    ['nobody knows whether the source serves', 'source-serves', factsWithout('health')],
    [
      'the newest snapshot is two days old',
      'fresh-backup',
      factsWith({ snapshot: { takenAt: '2026-11-20T03:00:00.000Z' } }),
    ],
    [
      'the newest snapshot is dated an hour ahead',
      'fresh-backup',
      factsWith({ snapshot: { takenAt: '2026-11-22T12:04:52.000Z' } }),
    ],
    ['there is no snapshot', 'fresh-backup', factsWith({ snapshot: null })],
    [
      'the only snapshot is still being made',
      'fresh-backup',
      factsWith({ snapshot: { state: 'creating', progress: 0.4 } }),
    ],
    ['the image is not ready', 'image-ready', factsWith({ image: { state: 'pending' } })],
    [
      'the address leads to another server',
      'route',
      factsWith({ addresses: [{ id: 'ip-1', address: '198.51.100.7', instanceId: 'i-7', tags: {} }] }),
    ],
    ['nothing leads to the workload', 'route', factsWith({}, { floatingIps: [] })],
    ['no service is named', 'one-writer', factsWith({}, { services: [] })],
  ];
  for (const [when, guard, facts] of broken) {
    test(`when ${when}, ${guard} refuses until somebody takes the risk by name and reason`, () => {
      const refused = swap(facts);
      expect([refused.result, refused.missing, refused.run]).toEqual(['refused', [guard], undefined]);

      const accept = [{ guard, by: 'ada', reason: 'seen to by hand' }];
      const accepted = swap(facts, { accept });
      expect([accepted.result, decision(accepted, guard)]).toEqual(['change', 'RISK ACCEPTED']);
      expect(accepted.run?.graph).toBe('volume-swap');
    });
  }

  test('where no backup could be listed, neither its age nor its content is known', () => {
    const facts = factsWithout('snapshot');
    expect(swap(facts).missing).toEqual(['fresh-backup', 'whole-backup']);
    const accept = swap(facts).missing.map((guard) => ({ guard, by: 'ada', reason: 'copied by hand' }));
    expect(swap(facts, { accept }).result).toBe('change');
  });

  test('what is not told is unknown, and what is known to be over has failed', () => {
    const verdict = (facts: Facts, name: string) =>
      swap(facts).guards.find((guard) => guard.name === name)?.verdict;
    const offered = (more: Partial<InstanceOffer>) => factsWith({ offers: [{ ...offer, ...more }] });
    const capacity = (more: Partial<InstanceOffer>) => verdict(offered(more), 'capacity-proven');
    expect(capacity({ lifecycle: 'unknown', creatable: 'unknown' })).toBe('unknown');
    expect(capacity({ lifecycle: 'unknown', creatable: 'yes' })).toBe('holds');
    expect(capacity({ lifecycle: 'current', creatable: 'unknown' })).toBe('holds');
    expect(capacity({ endsAt: now })).toBe('fails');
    expect(capacity({ endsAt: '2026-12-01T00:00:00.000Z' })).toBe('unknown');
    expect(capacity({ endsAt: '2027-11-22T00:00:00.000Z' })).toBe('holds');
    const taken = (takenAt: string) => verdict(factsWith({ snapshot: { takenAt } }), 'fresh-backup');
    expect(taken('2026-11-22T12:04:52.000Z')).toBe('unknown');
    // A clock that is a little ahead is no reason to doubt.
    expect(taken('2026-11-22T11:06:52.000Z')).toBe('holds');
  });

  test('an acceptance without a name or a reason is none', () => {
    const facts = factsWith({ snapshot: null });
    expect(swap(facts, { accept: [{ guard: 'fresh-backup', by: ' ', reason: 'why not' }] }).result).toBe(
      'refused',
    );
    expect(swap(facts, { accept: [{ guard: 'fresh-backup', by: 'ada', reason: '' }] }).result).toBe(
      'refused',
    );
  });

  test('a volume that dies with its server is refused, cannot be accepted, and is mended only when asked', () => {
    const dying = [{ volumeId: 'vol-1', isRoot: false, deleteOnTermination: true }];
    const facts = factsWith({ source: { volumes: dying } });
    const accept = [{ guard: 'volume-outlives-source', by: 'ada', reason: 'I am in a hurry' }];
    expect(swap(facts, { accept }).missing).toEqual(['volume-outlives-source']);
    const mended = swap(facts, { fixes: ['keep-volume'] });
    expect(mended.result).toBe('change');
    expect(mended.run?.input).toMatchObject({ mayKeepVolume: true });
    expect(swap(factsWith()).run?.input).toMatchObject({ mayKeepVolume: false });
  });

  test('a disk with another serial under the mount point is refused for good', () => {
    const made = swap(factsWith({ host: { mounts: [{ ...mount, diskSerial: 'other' }] } }));
    expect(made.missing).toEqual(['right-disk']);
  });

  test('a name with a long TTL that the run may not lower is to be lowered first, and the plan says how long to wait', () => {
    const made = plan(named(3600), target, options({ strategy: 'volume-swap', lowerTtl: false }));
    expect(made.missing).toEqual(['route']);
    expect(made.guards.find(({ name }) => name === 'route')?.change?.sentence).toBe(
      'lower it now and wait 3600 s',
    );
    expect(made.downtime?.clientTailSeconds).toBe(3600);
  });

  test('a disk without burst credits, or a processor that others take, is warned of and stops nothing', () => {
    const said = (headroom: Headroom) => {
      const made = swap(factsWith({ headroom }));
      const { decision, warns, verdict, evidence } = made.guards.find(({ name }) => name === 'headroom')!;
      return [made.result, decision, warns ?? false, verdict, evidence];
    };
    expect(said({ burstPercent: 80, cpuStealPercent: 1 }).slice(0, 4)).toEqual([
      'change',
      'GO',
      false,
      'holds',
    ]);
    expect(said({ burstPercent: 3, cpuStealPercent: 1 })).toEqual([
      'change',
      'GO',
      true,
      'fails',
      'burst credits at 3 %, less than 20 %',
    ]);
    expect(said({ burstPercent: 80, cpuStealPercent: 40 }).slice(2, 4)).toEqual([true, 'fails']);
    expect(said({ burstPercent: Number.NaN, cpuStealPercent: 1 }).slice(2, 4)).toEqual([true, 'fails']);
    const nobody = swap(factsWithout('headroom')).guards.find(({ name }) => name === 'headroom');
    expect(nobody).toMatchObject({ decision: 'GO', warns: true, verdict: 'unknown' });
  });

  test('an address of which only its cloud will say that it has moved is warned of, and stops nothing', () => {
    const said = (about: Parameters<typeof factsWith>[1]) => {
      const made = swap(factsWith({}, about));
      const { decision, warns, verdict } = made.guards.find(({ name }) => name === 'route-witnessed')!;
      return [made.result, decision, warns ?? false, verdict];
    };
    expect(said({})).toEqual(['change', 'GO', true, 'unknown']);
    expect(said({ witnessed: true })).toEqual(['change', 'GO', false, 'holds']);
    expect(explain(swap(factsWith())).replace(/\s+/g, ' ')).toMatch(
      /warning route-witnessed .*only its cloud will say that it has moved/,
    );
  });

  test('a budget that the downtime would break needs a person’s word', () => {
    expect(swap(factsWith(), { budgetSeconds: 600 }).result).toBe('change');
    const made = swap(factsWith(), { budgetSeconds: 10 });
    expect(made.missing).toContain('within-budget');
  });

  test('each guard names the accident that it comes from', () => {
    const { guards } = swap(factsWith());
    expect(guards.length).toBeGreaterThan(8);
    for (const { accident, evidence } of guards) {
      expect(accident.length).toBeGreaterThan(20);
      expect(evidence).not.toBe('');
    }
  });
});

describe('a plan as a value', () => {
  test('is the same for the same facts, and another for others', () => {
    const made = plan(factsWith(), target, options());
    expect(plan(factsWith(), target, options())).toEqual(made);
    expect(plan(factsWith({ volume: { name: 'renamed' } }), target, options()).digest).not.toBe(made.digest);
  });

  test('survives being written to a file and read again', () => {
    const read: unknown = JSON.parse(JSON.stringify(plan(factsWith(), target, options())));
    expect(verifyPlan(read, { now }).isOk()).toBe(true);
  });

  test('that was altered, has grown old or is no plan is not run', () => {
    const made = plan(factsWith(), target, options());
    const kind = (value: unknown, at = now) =>
      verifyPlan(value, { now: at }).match(
        () => 'fine',
        (error) => error.kind,
      );
    expect(kind(made)).toBe('fine');
    expect(kind({ ...made, target: { ...target, instanceType: 'huge' } })).toBe('altered');
    expect(kind(made, '2026-11-22T11:30:00.000Z')).toBe('stale');
    expect(kind(made, 'tomorrow')).toBe('stale');
    expect([kind(null), kind('plan'), kind({}), kind({ ...made, formatVersion: '2.0' })]).toEqual(
      Array.from({ length: 4 }, () => 'not-a-plan'),
    );
  });

  test('is approved by its digest, and by no other', () => {
    const made = plan(factsWith(), target, options());
    const other = plan(factsWith(), target, options({ budgetSeconds: 600 }));
    const word = { by: 'ada', at: now };
    expect(approve(made, { ...word, digest: made.digest })._unsafeUnwrap()).toEqual({
      planId: made.planId,
      digest: made.digest,
      ...word,
    });
    const refused = approve(made, { ...word, digest: other.digest });
    expect(refused.isErr() && refused.error.kind).toBe('other-plan');
  });

  test('shows the steps of the graph that will run, nobody serving from stop to switch', () => {
    const { steps } = plan(factsWith(), target, options());
    const nobody = steps.filter(({ serving }) => serving === 'nobody').map(({ step }) => step);
    expect(nobody).toEqual([
      'stop-services',
      'unmount',
      'detach-volume',
      'attach-volume',
      'mount',
      'start-services',
      'probe-target',
      'look-at-fence',
      'gate-cut-over',
      'switch-address',
    ]);
    expect(steps.find(({ step }) => step === 'stop-services')?.after).toContain('look-at-source');
    expect(steps.at(-1)?.serving).toBe('target');
    expect(steps.every(({ step }) => !/delete|terminate|power/.test(step))).toBe(true);
  });

  test('keeps who asked for what: the run’s key and input name the workload', () => {
    const { run } = plan(factsWith(), target, options());
    expect(run?.keys).toEqual([`node/${workload.name}`]);
    expect(run?.input).toMatchObject({ zones: ['r1-a'] });
  });
});

describe('what a person says', () => {
  test('is either taken or named, with the reason why it counts for nothing', () => {
    const made = plan(
      factsWith({}),
      target,
      options({
        accept: [
          { guard: 'freshbackup', by: 'ada', reason: 'a typing mistake' },
          { guard: 'source-kept', by: 'ada', reason: 'not for anybody to accept' },
          { guard: 'fresh-backup', by: 'ada', reason: ' ' },
        ],
      }),
    );
    expect(made.ignored.map(({ guard, why }) => `${guard}: ${why.slice(0, 22)}`)).toEqual([
      'freshbackup: there is no such guard',
      'source-kept: this guard cannot be a',
      'fresh-backup: it names nobody, or no',
    ]);
    expect(explain(made)).toContain('acceptance of freshbackup: there is no such guard');
  });

  test('is refused by the name of the option where it makes no sense', () => {
    expect(() => plan(factsWith({}), target, options({ budgetSeconds: -1 }))).toThrow(
      'options.budgetSeconds',
    );
    expect(() => plan(factsWith({}), target, options({ now: 'yesterday' }))).toThrow('options.now');
  });
});
