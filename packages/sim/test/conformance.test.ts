// The promises of the port, put to the simulated clouds: every case is in reach of both.

import { cloudCases, type LeverOperation, runConformance, type Subject } from '@belay/cloud/conformance';
import { describe, expect, test } from 'vitest';
import { createSim, type Family } from '../src/index.ts';

function subjectOf(family: Family): Subject {
  const quick = [500, 1_000, 2_000] as const;
  const sim = createSim({
    seed: `conformance ${family}`,
    traits: family,
    latencies: { 'volumes.detach': quick, 'volumes.attach': quick },
  });
  const { world, faults, clock } = sim;
  world.seed.instanceType('small', {});
  const imageId = world.seed.image({
    name: 'plain',
    guest: { os: 'debian 12', kernel: '6.1', services: [] },
  });
  // How long a read is behind, within what the family's clouds are known to show.
  const readMs = family === 'ec2' ? 500 : 150;
  const diskType = Object.keys(world.state().diskTypes)[0] ?? '';
  return {
    name: `sim ${family}`,
    cloud: sim.cloud,
    traits: new Set([
      'detach-while-running',
      'floating-ips',
      ...(family === 'ec2' ? (['zone-bound-volumes', 'one-per-key'] as const) : []),
    ]),
    levers: {
      loseReply: (operation: LeverOperation) => faults.loseReply(operation),
      refuse: (operation, kind, times) => faults.next(operation, { kind, times }),
      stickVolume: (volumeId) => faults.freeze(volumeId),
      hideNew: (reads) => faults.stale('volumes.create', reads * readMs),
      staleReads: (_, reads) => faults.stale('volumes.detach', reads * readMs),
      holdDisk: (volumeId) => world.holdDisk(volumeId),
      protect: async (instanceId, on) => world.protect(instanceId, on),
      anotherProcess: () => sim.anotherCloud(),
      calls: (operation) => world.calls(operation),
    },
    runName: 'run1',
    zones: ['a', 'b'],
    instanceType: 'small',
    imageId,
    diskType,
    missing: {
      volumeId: 'vol-0123456789abcdef0',
      instanceId: 'i-0123456789abcdef0',
      snapshotId: 'snap-0123456789abcdef0',
      floatingIpId: 'eipalloc-0123456789abcdef0',
    },
    clock,
    patienceMs: 600_000,
    drive: (work) => clock.until(work),
  };
}

describe.each(['ec2', 'openstack'] as const)('a cloud of the family %s', (family) => {
  test('keeps every promise of the port that it can be asked for', async () => {
    const report = await runConformance(cloudCases, subjectOf(family));
    expect(report.results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(report.results.filter(({ verdict }) => verdict === 'out-of-reach')).toEqual([]);
    expect(report.results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(20);
  });
});
