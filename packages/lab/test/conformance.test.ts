// The cases of the Cloud port over a box that is played. `npm run test:lab` puts the same cases to a real one.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloudCases, runConformance } from '@belay/cloud/conformance';
import { expect, test } from 'vitest';
import { playBox } from './played-box.ts';
import { labSubject } from './subject.ts';

test('the lab keeps every promise of the port', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-lab-'));
  const box = playBox();
  const { subject } = await labSubject({
    machine: box.machine,
    folder,
    runName: 'played',
    patienceMs: 60_000,
    guest: {
      holdDisk: (volumeId) => box.hold(volumeId),
      userDataOf: async (id) =>
        readFileSync(join(folder, 'homes', id, 'upper/var/lib/lab/user-data'), 'utf8'),
    },
  });
  const report = await runConformance(cloudCases, subject);
  rmSync(folder, { recursive: true, force: true });
  const told = report.results
    .filter(({ verdict }) => verdict !== 'passed')
    .map(({ id, verdict, detail }) => `${id} ${verdict} ${detail}`);
  // A loop device has one name, which nobody chooses: nothing else is not for a lab.
  expect(told).toEqual(['22 not-applicable device-names']);
  // All that the cases made is gone from the box.
  expect([box.running(), box.loops()]).toEqual([0, []]);
});
