import { describe, expect, it } from 'vitest';
import {
  type CaseHead,
  check,
  cloudCases,
  conformanceCase,
  runConformance,
  type Subject,
} from '../src/conformance.ts';
import { missingCloud, systemClock } from '../src/index.ts';

const subject: Subject = {
  name: 'nowhere',
  cloud: missingCloud({ provider: 'none', account: 'a', region: 'r' }),
  traits: new Set(['detach-while-running']),
  levers: { hideNew: () => {} },
  runName: 'run-1',
  zones: ['z1'],
  instanceType: 'small',
  imageId: 'image-1',
  diskType: 'ssd',
  missing: {
    volumeId: 'vol-0',
    instanceId: 'i-0',
    snapshotId: 'snap-0',
    floatingIpId: 'ip-0',
    imageId: 'image-0',
  },
  clock: systemClock,
  patienceMs: 1_000,
};

/** A case over a cloud that has nothing to clear up. */
function bare(head: Partial<CaseHead>, body: () => Promise<void>) {
  const one = conformanceCase({ id: '900', title: 'a promise', group: 'plumbing', ...head }, body);
  const empty = async function* () {};
  const cloud = { ...subject.cloud };
  const quiet: Subject = {
    ...subject,
    cloud: {
      ...cloud,
      volumes: { ...cloud.volumes, list: empty },
      instances: { ...cloud.instances, list: empty },
    },
  };
  return runConformance([one], quiet);
}

describe('runConformance', () => {
  it('tells passed, not applicable, out of reach and failed apart', async () => {
    const reports = [
      await bare({}, async () => {}),
      await bare({ traits: ['floating-ips'] }, async () => {}),
      await bare({ levers: ['stickVolume'] }, async () => {}),
      await bare({}, async () => check(false, 'The volume is gone.')),
      await bare({}, async () => {
        throw new TypeError('x is not a function');
      }),
    ];
    expect(reports.map(({ summary }) => summary)).toEqual([
      '1 cases: 1 passed, 0 not applicable, 0 out of reach, 0 failed',
      '1 cases: 0 passed, 1 not applicable (floating-ips), 0 out of reach, 0 failed',
      '1 cases: 0 passed, 0 not applicable, 1 out of reach (stickVolume), 0 failed',
      '1 cases: 0 passed, 0 not applicable, 0 out of reach, 1 failed',
      '1 cases: 0 passed, 0 not applicable, 0 out of reach, 1 failed',
    ]);
    expect(reports.map(({ conforms }) => conforms)).toEqual([true, true, true, false, false]);
    expect(reports[3]?.results[0]?.detail).toBe('The volume is gone.');
    expect(reports[4]?.results[0]?.detail).toBe('Something was thrown: x is not a function');
  });

  it('fails a case that leaves something behind which cannot be cleared up', async () => {
    const one = conformanceCase({ id: '900', title: 'a promise', group: 'plumbing' }, async () => {});
    const report = await runConformance([one], subject);
    expect(report.conforms).toBe(false);
  });

  it('passes not one case for a cloud that does nothing', async () => {
    const report = await runConformance(cloudCases, subject);
    expect(report.results.filter(({ verdict }) => verdict === 'passed')).toEqual([]);
    expect(report.results.filter(({ verdict }) => verdict === 'failed').length).toBeGreaterThan(15);
  });

  it('has each promise once, under a number of its own', () => {
    expect(new Set(cloudCases.map(({ id }) => id)).size).toBe(cloudCases.length);
  });
});
