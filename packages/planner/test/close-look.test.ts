// What a close look inside the source changes: figures of this very server, and databases that nobody had named.

import { judge, plan, type Rehearsal } from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, options, probeWith, target } from './example.ts';

const elsewhere = { ...target, at: { ...target.at, provider: 'other' } };

function rsyncOf(facts: ReturnType<typeof factsWith>, rehearsal?: Rehearsal) {
  return judge(facts, elsewhere, options({ rehearsal })).find(({ strategy }) => strategy === 'rsync')!;
}

function finalPass(facts: ReturnType<typeof factsWith>, rehearsal?: Rehearsal) {
  return rsyncOf(facts, rehearsal).downtime?.phases.find(({ name }) => name === 'final-pass');
}

function open(facts: ReturnType<typeof factsWith>): readonly string[] {
  return rsyncOf(facts)
    .findings.filter(({ verdict }) => verdict !== 'holds')
    .map(({ name, verdict }) => `${name} ${verdict}`);
}

const orders = {
  kind: 'sqlite' as const,
  path: '/data/orders.db',
  mountPoint: '/data',
  bytes: 2e9,
  openForWrite: true,
};

describe('a close look', () => {
  test('finds a database that belongs to none of the services: it would be copied in use', () => {
    const named = factsWith({ probe: probeWith({ databases: [{ ...orders, service: 'nginx.service' }] }) });
    expect(open(named)).toEqual([]);
    const strange = factsWith({ probe: probeWith({ databases: [{ ...orders, service: 'shopd' }] }) });
    expect(open(strange)).toEqual(['databases-stop fails']);
    expect(rsyncOf(strange).unlock?.changes).toEqual(['name shopd as a service of the workload']);
    const loose = factsWith({ probe: probeWith({ databases: [orders] }) });
    expect(open(loose)).toEqual(['databases-stop unknown']);
  });

  test('makes a pass shorter where the databases are small, and their size is known', () => {
    const guessed = finalPass(factsWith())!;
    const measured = finalPass(
      factsWith({ probe: probeWith({ databases: [{ ...orders, service: 'mysql' }] }) }),
    )!;
    expect(measured.worstSeconds).toBeLessThan(guessed.worstSeconds / 5);
    expect([guessed.from, measured.from]).toEqual(['assumed', 'measured']);
  });

  test('takes the scan that it made for what every pass costs at least', () => {
    const changes = [
      { mountPoint: '/data', withinMs: 3_600_000, files: 3600, bytes: 36e6, largest: [], scanMs: 400_000 },
    ];
    const seen = finalPass(factsWith({ probe: probeWith({ changes, databases: [] }) }))!;
    expect(seen.bestSeconds).toBeGreaterThanOrEqual(400);
    expect(seen.likelySeconds).toBeLessThan(410);
  });

  test('counts writes where it saw them, and says that a copy would never end', () => {
    const writes = [{ mountPoint: '/data', bytesPerSecond: 95e6, overMs: 10_000 }];
    expect(open(factsWith({ probe: probeWith({ writes, databases: [] }) }))).toEqual(['converges fails']);
  });

  test('gives the stop of the services the time that they really took', () => {
    const service = { state: 'active' as const, masked: false, stopTimeoutMs: 90_000 };
    const services = [
      { ...service, name: 'nginx', lastStopMs: 400 },
      { ...service, name: 'mysql.service', lastStopMs: 31_000 },
    ];
    const stop = (facts: ReturnType<typeof factsWith>) =>
      plan(facts, target, options()).downtime!.phases.find(({ name }) => name === 'stop-services');
    const facts = factsWith({ probe: probeWith({ services }) });
    expect(stop(facts)).toMatchObject({ likelySeconds: 31.4, worstSeconds: 180, from: 'measured' });
    const one = factsWith({ probe: probeWith({ services: services.slice(0, 1) }) });
    expect(stop(one)?.likelySeconds).toBe(10);
  });

  test('sees a cipher between disk and filesystem, and two disks with one UUID', () => {
    const disk = {
      name: 'sdb',
      kind: 'disk' as const,
      sizeBytes: 1e12,
      filesystemUuid: 'uuid-1',
      mountPoints: [],
    };
    const swap = (disks: readonly object[]) =>
      judge(factsWith({ probe: probeWith({ disks: disks as never }) }), target, options())
        .find(({ strategy }) => strategy === 'volume-swap')!
        .findings.find(({ name }) => name === 'plain-disk');
    expect(swap([disk])?.verdict).toBe('holds');
    expect(swap([{ ...disk, kind: 'luks', name: 'dm-0' }])?.verdict).toBe('fails');
    expect(swap([disk, { ...disk, name: 'sdc' }])?.verdict).toBe('fails');
    expect(swap([])?.verdict).toBe('unknown');
  });
});

describe('a dry run of the final pass', () => {
  const rehearsal: Rehearsal = {
    at: '2026-11-22T11:03:00.000Z',
    scanSeconds: 61,
    changedFiles: 1200,
    changedBytes: 400e6,
    deletedFiles: 3,
    sinceSeconds: 90,
  };

  test('takes the place of the model, and is told as such', () => {
    const pass = finalPass(factsWith(), rehearsal)!;
    expect(pass.from).toBe('rehearsed');
    expect(pass.likelySeconds).toBeGreaterThan(61 + 4);
    expect(pass.likelySeconds).toBeLessThan(61 + 4 + 3);
  });

  test('with figures that make no sense counts for nothing', () => {
    expect(finalPass(factsWith(), { ...rehearsal, scanSeconds: Number.NaN })!.from).toBe('assumed');
    expect(finalPass(factsWith(), { ...rehearsal, changedBytes: -1 })!.from).toBe('assumed');
  });

  test('can stop the window before it opens: the budget is held against it', () => {
    const made = (scanSeconds: number) =>
      plan(
        factsWith(),
        target,
        options({ strategy: 'rsync', budgetSeconds: 300, rehearsal: { ...rehearsal, scanSeconds } }),
      );
    expect(made(61).missing).toEqual([]);
    expect(made(600).missing).toEqual(['within-budget']);
  });
});
