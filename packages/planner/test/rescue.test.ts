// When the source does not serve: what every way back asks for, how long it takes and what it loses.

import type { Known } from '@belay/planner';
import {
  approve,
  assessRecovery,
  assessTakeover,
  dryRunRescue,
  explainRecovery,
  explainTakeover,
  observeRescue,
  planner,
  planRecovery,
  planTakeover,
  providerTicket,
  type RecoveryWayName,
  type RescueFacts,
  type StandbyReport,
  verifyPlan,
  verifyRescue,
} from '@belay/planner';
import fc from 'fast-check';
import { okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { factsWith, now, target } from './example.ts';
import { good, openScene } from './shop.ts';
import { addDisk } from './two-disks.ts';

const asked = '2026-11-22T11:02:52.000Z';

function seen<T>(value: T): Known<T> {
  return { known: true, value, at: asked, source: 'a test' };
}

function silent<T>(): Known<T> {
  return { known: false, why: 'timeout: no answer', at: asked, source: 'a test' };
}

const standby: StandbyReport = {
  instance: { provider: 'sim', account: 'shop', region: 'r1', id: 'i-clone' },
  name: 'web12-clone',
  dataAt: '2026-11-22T10:30:00.000Z',
  backupAt: '2026-11-22T10:31:00.000Z',
  import: { state: 'done', endedAt: '2026-11-22T10:50:00.000Z', log: ['imported 41 tables', 'done'] },
};

/** The shop, an hour after its server fell silent; its disk is there. */
function outage(changes: Partial<RescueFacts> = {}): RescueFacts {
  const {
    workload,
    traits,
    source,
    volume,
    moreVolumes,
    snapshot,
    backup,
    offers,
    image,
    addresses,
    records,
    targetReach,
  } = factsWith();
  return {
    workload,
    traits,
    source,
    health: silent(),
    volume,
    moreVolumes,
    snapshot,
    moreSnapshots: seen([]),
    backup,
    standby: seen(standby),
    sourceOffer: seen({ instanceType: 'small', zone: 'r1-a', lifecycle: 'current', creatable: 'yes' }),
    offers,
    image,
    addresses,
    records,
    lastServedAt: seen('2026-11-22T10:55:00.000Z'),
    usedBytes: seen(400e9),
    targetReach,
    ...changes,
  };
}

function way(facts: RescueFacts, name: RecoveryWayName) {
  return assessRecovery(facts, target, { now }).find((each) => each.way === name)!;
}

describe('ways back', () => {
  test('are judged side by side, each with its time and its loss', () => {
    const all = assessRecovery(outage(), target, { now });
    expect(all.map(({ way: name, verdict }) => [name, verdict])).toEqual([
      ['start-again', 'feasible'],
      ['surviving-volume', 'feasible'],
      ['from-snapshot', 'feasible'],
      // The only backup is the snapshot.
      ['from-backup', 'infeasible'],
      ['promote-standby', 'feasible'],
    ]);
    expect(way(outage(), 'surviving-volume').loss.seconds).toBe(0);
    expect(way(outage(), 'promote-standby').loss.seconds).toBe(25 * 60);
    expect(way(outage(), 'from-snapshot').loss.seconds).toBe(7 * 3600 + 55 * 60);
    for (const { toServing } of all.filter(({ verdict }) => verdict === 'feasible'))
      expect(toServing!.p90Seconds).toBeGreaterThan(toServing!.p50Seconds);
  });

  test('that lose nothing come first, and of those the quickest that needs nobody’s word', () => {
    // To power it off may give its hardware away: a new server with the surviving disk needs no such word.
    expect(planRecovery(outage(), target, { now })).toMatchObject({
      way: 'surviving-volume',
      result: 'change',
      missing: [],
    });
    const accept = [{ guard: 'capacity-kept', by: 'ada', reason: 'it is the quickest' }];
    expect(planRecovery(outage(), target, { now, accept })).toMatchObject({
      way: 'start-again',
      run: { graph: 'start-again', input: { acceptedBy: 'ada' } },
    });
    expect(planRecovery(outage(), target, { now, way: 'start-again' }).missing).toEqual(['capacity-kept']);
    const stopped = outage({ source: seen({ ...known(outage().source), state: 'stopped' as const }) });
    expect(planRecovery(stopped, target, { now }).way).toBe('start-again');
  });

  test('do not wait for hardware that was given away: the type is retired, and nobody gets one back', () => {
    const facts = outage({
      source: seen({ ...known(outage().source), state: 'stopped' as const }),
      sourceOffer: seen({ instanceType: 'small', zone: 'r1-a', lifecycle: 'retired', creatable: 'no' }),
    });
    expect(way(facts, 'start-again').verdict).toBe('infeasible');
    expect(planRecovery(facts, target, { now }).way).toBe('surviving-volume');
  });

  test('with a loss need a person’s word, by name and reason', () => {
    const gone = outage({
      source: { known: false, why: 'not found', absent: true, at: asked, source: 'a test' },
      volume: { known: false, why: 'not found', absent: true, at: asked, source: 'a test' },
    });
    const refused = planRecovery(gone, target, { now });
    expect(refused).toMatchObject({ way: 'promote-standby', result: 'refused', missing: ['expected-loss'] });
    const accept = [
      { guard: 'expected-loss', by: 'ada', reason: '25 minutes of orders are in the mail log' },
    ];
    const taken = planRecovery(gone, target, { now, accept });
    expect(taken).toMatchObject({ result: 'change', acceptedLoss: { by: 'ada' } });
    expect(planRecovery(gone, target, { now, accept: [{ ...accept[0]!, by: ' ' }] }).result).toBe('refused');
    expect(planRecovery(gone, target, { now, maxLossSeconds: 3600 }).result).toBe('change');
  });

  test('never take a silent cloud for a fenced source', () => {
    const dark = outage({ source: silent() });
    expect(way(dark, 'surviving-volume').verdict).toBe('unknown');
    expect(way(dark, 'promote-standby').verdict).toBe('unknown');
    expect(planRecovery(dark, target, { now })).toMatchObject({
      result: 'refused',
      missing: ['a way that is open'],
    });
  });

  test('are closed while the workload is served', () => {
    const served = outage({ health: seen({ healthy: true, detail: '3 good answers' }) });
    expect(assessRecovery(served, target, { now }).every(({ verdict }) => verdict === 'infeasible')).toBe(
      true,
    );
  });

  test('by files take as long as the last restore was fast', () => {
    const backup = {
      id: 'b-1',
      kind: 'restic',
      state: 'ready' as const,
      dataAt: '2026-11-22T04:00:00.000Z',
      lacks: [],
      restoreBytesPerSecond: 100e6,
    };
    const assessed = way(outage({ backup: seen(backup) }), 'from-backup');
    expect(assessed.verdict).toBe('feasible');
    expect(assessed.toServing!.p50Seconds).toBeGreaterThan(4000);
    expect(
      way(outage({ backup: seen({ ...backup, lacks: ['etc/letsencrypt'] }) }), 'from-backup').verdict,
    ).toBe('infeasible');
    expect(
      way(outage({ backup: seen(backup), usedBytes: silent() }), 'from-backup').toServing,
    ).toBeUndefined();
  });

  test('are planned as a value with a digest, approved by it, and refused when altered or old', () => {
    const made = planRecovery(outage(), target, { now });
    const read: unknown = JSON.parse(JSON.stringify(made));
    expect(verifyRescue(read, { now }).isOk()).toBe(true);
    expect(approve(made, { digest: made.digest, by: 'ada', at: now }).isOk()).toBe(true);
    expect(verifyRescue({ ...made, way: 'from-snapshot' }, { now })._unsafeUnwrapErr().kind).toBe('altered');
    expect(verifyRescue(made, { now: '2026-11-22T12:00:00.000Z' })._unsafeUnwrapErr().kind).toBe('stale');
    expect(verifyPlan(made, { now })._unsafeUnwrapErr().kind).toBe('not-a-plan');
  });

  test('whose facts are older than ten minutes are not known any more', () => {
    const late = '2026-11-22T11:20:00.000Z';
    expect(planRecovery(outage(), target, { now: late }).result).toBe('refused');
  });

  test('are shown with time and loss, on one screen', () => {
    const text = explainRecovery(planRecovery(outage(), target, { now }));
    expect(text).toContain('recover web12 (i-1), last served at 2026-11-22T10:55:00.000Z');
    expect(text).toMatch(/promote the standby: open {3}serves in .*loses\s+25m: what was written from/);
    expect(text.split('\n').length).toBeLessThanOrEqual(24);
  });

  test('whatever is silent or strange: no exception, and a chosen way has no open condition', () => {
    const names = [
      'source',
      'volume',
      'moreVolumes',
      'snapshot',
      'moreSnapshots',
      'backup',
      'standby',
      'sourceOffer',
      'offers',
      'image',
      'addresses',
      'traits',
    ] as const;
    fc.assert(
      fc.property(
        fc.subarray([...names]),
        fc.constantFrom('running', 'stopped', 'gone', 'unknown', 'failed'),
        fc.constantFrom('in-use', 'available', 'failed', 'unknown'),
        fc.constantFrom('2026-11-22T10:30:00.000Z', '', 'never', '2027-01-01T00:00:00.000Z'),
        (quiet, state, volumeState, dataAt) => {
          const facts = {
            ...outage({
              source: seen({ ...known(outage().source), state: state as 'running' }),
              volume: seen({ ...known(outage().volume), state: volumeState as 'in-use' }),
              standby: seen({ ...standby, dataAt }),
            }),
            ...Object.fromEntries(quiet.map((name) => [name, silent()])),
          } as RescueFacts;
          const made = planRecovery(facts, target, { now });
          expect(explainRecovery(made).length).toBeGreaterThan(0);
          const chosen = made.candidates.find((each) => each.way === made.way);
          expect(chosen?.findings.filter(({ verdict }) => verdict !== 'holds') ?? []).toEqual([]);
          if (made.result === 'change') expect(chosen?.loss.seconds).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a takeover', () => {
  test('of a living, overloaded primary stops it in order and loses nothing', () => {
    const slow = outage({ health: seen({ healthy: false, detail: '503, 20 s' }) });
    const made = planTakeover(slow, { now });
    expect(made).toMatchObject({ mode: 'planned', result: 'change' });
    expect(made.candidates[0]?.loss.seconds).toBe(0);
    expect(made.steps.join('\n')).toMatch(
      /pause.*copy.*over web12-clone.*stop the services.*fence.*bring web12-clone up to date.*lead names.*rename/s,
    );
    expect(made.steps.join('\n')).not.toMatch(/delete/);
  });

  test('of a dead one tells the loss by the age of the data, not of the transfer, and asks for a word', () => {
    const made = planTakeover(outage(), { now });
    expect(made).toMatchObject({ mode: 'forced', result: 'refused', missing: ['expected-loss'] });
    expect(made.candidates[1]?.loss).toMatchObject({ seconds: 25 * 60, dataAt: standby.dataAt });
    const accept = [{ guard: 'expected-loss', by: 'ada', reason: 'the shop was closed' }];
    expect(planTakeover(outage(), { now, accept }).result).toBe('change');
  });

  test('shows the last valid backup and what the importer said', () => {
    const text = explainTakeover(planTakeover(outage(), { now }));
    expect(text).toContain(
      'newest data 2026-11-22T10:30:00.000Z; last valid backup 2026-11-22T10:31:00.000Z',
    );
    expect(text).toContain('import: imported 41 tables');
  });

  test('to a clone whose import failed, or that has none, is refused', () => {
    const failed = { ...standby, import: { state: 'failed' as const, log: ['disk full'] } };
    for (const facts of [
      outage({ standby: seen(failed) }),
      outage({ standby: seen(null) }),
      outage({ standby: silent() }),
    ])
      expect(planTakeover(facts, { now }).result).toBe('refused');
    expect(assessTakeover(outage({ standby: seen(failed) }), { now })[1]?.findings[0]?.evidence).toContain(
      'disk full',
    );
  });
});

describe('a ticket', () => {
  test('names the exact server, the others that are not meant, the request ids and what must stay', () => {
    const text = providerTicket({
      at: { provider: 'aws', account: 'shop', region: 'eu-central-1' },
      serverId: 'i-1',
      serverName: 'web12',
      zone: 'eu-central-1a',
      notMeant: ['i-2'],
      wanted: 'start the server again, on any hardware',
      since: '2026-11-22T10:55:00.000Z',
      lastState: 'stopped',
      calls: [
        {
          at: '2026-11-22T11:00:00.000Z',
          operation: 'instances.start',
          requestId: 'r-77',
          outcome: 'out of stock',
        },
      ],
      mustNotBeTouched: [{ id: 'vol-1', because: 'it holds the data' }],
    });
    expect(text).toMatchInlineSnapshot(`
      "Server i-1 (web12) in aws/shop/eu-central-1, zone eu-central-1a

      It has not served since 2026-11-22T10:55:00.000Z. The API last showed it as: stopped.
      What we ask for: start the server again, on any hardware.

      Please work on i-1 only. Not meant:
        - i-2

      What we have asked of the API:
        - 2026-11-22T11:00:00.000Z instances.start, request id r-77: out of stock

      What must not be deleted, detached or reinstalled:
        - vol-1: it holds the data
      "
    `);
  });
});

test('of a shop in an outage is learned what is left, and what does not answer stays unknown', async () => {
  const scene = await openScene();
  const { sim, workload, target: wanted, until } = scene;
  good(await until(sim.cloud.instances.stop(workload.instance.id, { key: 'power-off' })));
  const facts = good(
    await until(observeRescue(workload, wanted, sim, { clock: sim.clock, usedBytes: 412e9 })),
  );
  expect(facts.health.known && facts.health.value.healthy).toBe(false);
  expect([facts.source.known, facts.volume.known, facts.sourceOffer.known]).toEqual([true, true, true]);
  expect(facts.standby).toMatchObject({ known: true, value: null });
  const made = planRecovery(facts, wanted, { now: scene.now() });
  expect(made.candidates.map(({ verdict }) => verdict)).toEqual([
    'feasible',
    'feasible',
    'feasible',
    'infeasible',
    'infeasible',
  ]);
  expect(made.result).toBe('change');
});

test('a dry run stops where by now more would be lost than was agreed', async () => {
  const scene = await openScene();
  const { sim, workload, target: wanted, until } = scene;
  good(await until(sim.cloud.instances.stop(workload.instance.id, { key: 'power-off' })));
  const options = { clock: sim.clock };
  const facts = good(await until(observeRescue(workload, wanted, sim, options)));
  const planned = (maxLossSeconds: number) =>
    planRecovery(facts, wanted, { now: scene.now(), way: 'from-snapshot', maxLossSeconds });
  const lost = planned(0).candidates.find(({ way: name }) => name === 'from-snapshot')?.loss.seconds ?? 0;
  expect(lost).toBeGreaterThan(0);
  const agreed = planned(Math.ceil(lost) + 60);
  expect(agreed.result).toBe('change');
  const look = async () => {
    const { isGo, checks } = good(await until(dryRunRescue(agreed, sim, options)));
    return { isGo, loss: checks.find(({ name }) => name === 'expected-loss')?.decision };
  };
  expect(await look()).toEqual({ isGo: true, loss: 'GO' });
  // Nobody saw when it stopped: what is lost grows with the time.
  await sim.clock.advance(120_000);
  expect(await look()).toEqual({ isGo: false, loss: 'NO-GO' });
});

describe('a workload with two disks', () => {
  const { workload } = factsWith();
  const logs = { volumeId: 'vol-2', mountPoint: '/logs', filesystemUuid: 'uuid-2' };
  const first = known(outage().volume);
  const second = { ...first, id: 'vol-2', name: 'logs', sizeGiB: 100 };
  const newest = known(outage().snapshot)!;
  const older = { ...newest, id: 'snap-2', volumeId: 'vol-2', takenAt: '2026-11-22T02:00:00.000Z' };
  const two = (changes: Partial<RescueFacts> = {}) =>
    outage({
      workload: { ...workload, moreVolumes: [logs] },
      moreVolumes: seen([second]),
      moreSnapshots: seen([older]),
      ...changes,
    });
  const finding = (facts: RescueFacts, of: RecoveryWayName, name: string) =>
    way(facts, of).findings.find((each) => each.name === name);
  const accept = ['one-moment', 'expected-loss'].map((guard) => ({
    guard,
    by: 'ada',
    reason: 'the logs stand alone',
  }));
  const files = { id: 'nightly', kind: 'restic', state: 'ready', dataAt: newest.takenAt, lacks: [] } as const;

  test('is brought back with both surviving disks, or by that way not at all', () => {
    expect(planRecovery(two(), target, { now })).toMatchObject({
      way: 'surviving-volume',
      result: 'change',
      run: {
        input: { moreVolumes: [{ id: 'vol-2', mountPoint: '/logs' }], way: { kind: 'surviving-volume' } },
      },
    });
    const lost = two({ moreVolumes: seen([{ ...second, state: 'failed', providerState: 'error' }]) });
    expect(way(lost, 'surviving-volume').verdict).toBe('infeasible');
    expect(finding(lost, 'surviving-volume', 'volume-survives')?.evidence).toBe('vol-2 is error');
    expect(way(two({ moreVolumes: silent() }), 'surviving-volume').verdict).toBe('unknown');
    const apart = two({ moreVolumes: seen([{ ...second, zone: 'r1-b' }]) });
    expect(finding(apart, 'surviving-volume', 'volume-reaches-target')).toMatchObject({
      verdict: 'fails',
      evidence: 'no server reaches all of them: vol-1 in r1-a, vol-2 in r1-b',
    });
    const offers = known(outage().offers).map((offer) => ({ ...offer, volumeSlots: 1 }));
    expect(finding(two({ offers: seen(offers) }), 'surviving-volume', 'room-for-disks')?.verdict).toBe(
      'fails',
    );
  });

  test('is made of two snapshots only where somebody says that both are of one moment', () => {
    const open = finding(two(), 'from-snapshot', 'one-moment');
    expect(open?.verdict).toBe('unknown');
    expect(open?.evidence).toBe(
      `nobody says so of ${newest.id} of ${newest.takenAt} and snap-2 of ${older.takenAt}`,
    );
    expect(open?.change?.sentence).toContain('accept one-moment');
    expect(planRecovery(two(), target, { now, way: 'from-snapshot' }).result).toBe('refused');

    const taken = planRecovery(two(), target, { now, way: 'from-snapshot', accept });
    expect(taken).toMatchObject({ result: 'change', acceptedMoments: { by: 'ada' } });
    // Whoever approves it sees what was taken.
    expect(explainRecovery(taken)).toContain('one-moment by ada: the logs stand alone');
    expect(taken.run?.input).toMatchObject({
      way: { snapshotId: newest.id, more: [{ snapshotId: 'snap-2', disk: { sizeGiB: 100, name: 'logs' } }] },
    });
    // What is lost counts from the older of both.
    expect(taken.candidates.find((each) => each.way === 'from-snapshot')?.loss.dataAt).toBe(older.takenAt);

    const vouched = { ...files, kind: 'snapshot', snapshots: [newest.id, 'snap-2'] };
    expect(way(two({ backup: seen(vouched) }), 'from-snapshot').verdict).toBe('feasible');
    const other = { ...vouched, snapshots: [newest.id, 'snap-1'] };
    expect(way(two({ backup: seen(other) }), 'from-snapshot').verdict).toBe('unknown');
  });

  test('of which one has no snapshot is not made of the other one, and that disk is named', () => {
    const half = two({ moreSnapshots: seen([null]) });
    expect(way(half, 'from-snapshot').verdict).toBe('infeasible');
    expect(finding(half, 'from-snapshot', 'snapshot-ready')?.evidence).toBe('none of vol-2 is listed');
  });

  test('gets the files of a backup on two disks, where it is known how big they were', () => {
    const facts = two({ backup: seen(files) });
    expect(way(facts, 'from-backup').verdict).toBe('feasible');
    const made = planRecovery(facts, target, { now, way: 'from-backup', accept });
    expect(made.run?.input).toMatchObject({
      way: { disk: { sizeGiB: target.sizeGiB }, moreDisks: [{ sizeGiB: 100, from: { kind: 'empty' } }] },
    });
    expect(way(two({ backup: seen(files), moreVolumes: silent() }), 'from-backup').verdict).toBe('unknown');
  });
});

test('of two disks those snapshots are found that were taken together, and not a newer one of one of them', async () => {
  const scene = await openScene();
  const { sim, until, shop } = scene;
  const { secondId, workload } = await addDisk(scene);
  const take = async (name: string, volumeId: string) => {
    const { snapshots } = sim.cloud;
    const made = snapshots
      .create({ name, volumeId }, { key: name })
      .andThen(({ id }) => snapshots.untilReady(id));
    return good(await until(made)).id;
  };
  const together = [await take('data', shop.dataVolumeId), await take('logs', secondId)];
  const later = await take('later', shop.dataVolumeId);
  const report = { id: 'set-1', kind: 'snapshot', state: 'ready', dataAt: scene.now() } as const;
  const look = async (snapshots?: readonly string[]) => {
    const backups = { newest: () => okAsync({ ...report, ...(snapshots !== undefined && { snapshots }) }) };
    const facts = observeRescue(workload, scene.target, sim, { clock: sim.clock, backups });
    const { snapshot, moreSnapshots } = good(await until(facts));
    return [known(snapshot)?.id, ...known(moreSnapshots).map((one) => one?.id)];
  };
  expect(await look()).toEqual([later, together[1]]);
  expect(await look(together)).toEqual(together);
  // A set of which one is gone is none.
  expect(await look([together[0]!, 'snap-gone'])).toEqual([later, together[1]]);
});

test('a recovery that was planned is carried out: the surviving disk serves from another server', async () => {
  const scene = await openScene();
  const { sim, workload, target: wanted, until, shop } = scene;
  good(await until(sim.cloud.instances.stop(workload.instance.id, { key: 'power-off' })));
  const facts = good(await until(observeRescue(workload, wanted, sim, { clock: sim.clock })));
  const made = planRecovery(facts, wanted, { now: scene.now(), way: 'surviving-volume' });
  const runner = await scene.runner();
  const outcome = good(await until(planner.startRescue(runner, made.run!, { id: 'rescue-1' })));
  expect(outcome.state).toBe('success');
  const serving = sim.world.whoServes(shop.name).instanceId;
  expect(serving).toBeDefined();
  expect(serving).not.toBe(shop.instanceId);
  await until(runner.close());
});

test('a shop whose server and disk are gone for good is brought back from its snapshot', async () => {
  const scene = await openScene();
  const { sim, workload, target: wanted, until, shop } = scene;
  const { instances, volumes } = sim.cloud;
  good(await until(instances.stop(workload.instance.id, { key: 'power-off' })));
  const pairing = { volumeId: workload.volumeId, instanceId: workload.instance.id };
  good(await until(volumes.detach(pairing, { key: 'let-go' })));
  good(await until(instances.delete(workload.instance.id, { key: 'lost' })));
  good(await until(volumes.delete(workload.volumeId, { key: 'lost-too' })));
  const facts = good(await until(observeRescue(workload, wanted, sim, { clock: sim.clock })));
  const accept = [{ guard: 'expected-loss', by: 'ada', reason: 'nothing else is left' }];
  const made = planRecovery(facts, wanted, { now: scene.now(), accept });
  expect(made.way).toBe('from-snapshot');
  const runner = await scene.runner();
  const outcome = good(await until(planner.startRescue(runner, made.run!, { id: 'rescue-1' })));
  expect(outcome.state).toBe('success');
  expect(sim.world.whoServes(shop.name).instanceId).toBeDefined();
  await until(runner.close());
});

test('a takeover is run only with a name, a reason and a place where the password is kept', () => {
  const accept = [{ guard: 'expected-loss', by: 'ada', reason: 'the shop was closed' }];
  expect(planTakeover(outage(), { now, accept }).run).toBeUndefined();
  const word = { by: 'ada', reason: 'the primary is gone' };
  const password = { secret: 'takeover-web12' };
  const made = planTakeover(outage(), { now, accept, word, password });
  expect(made.run).toMatchObject({
    graph: 'takeover',
    input: { mode: { kind: 'emergency', dataAtLeast: standby.dataAt }, password, ...word },
  });
});

function known<T>(fact: Known<T>): T {
  if (!fact.known) throw new Error('the example is whole');
  return fact.value;
}
