// The port's conformance cases over the real SDK and real HTTP. moto settles at once and forgives much: it judges
// whether what is sent and read is EC2's language, and the adapter's own care, not EC2's.

import { awsCloud, ec2Client } from '@belay/aws';
import { systemClock } from '@belay/cloud';
import { type ConformanceReport, cloudCases, runConformance } from '@belay/cloud/conformance';
import { withFaults } from './faults.ts';
import { region, zones } from './place.ts';

/** What cannot be shown over moto. A case more or less is a change that somebody has to look at. */
const expected =
  '31 cases: 26 passed, 1 not applicable (one-per-key), 4 out of reach (hideNew, holdDisk, staleReads, stickVolume), 0 failed';

export async function checkAdapter(
  imageId: string,
  runName: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const { api, levers } = withFaults(ec2Client({ region }));
  const open = () => awsCloud({ account: 'moto', region, client: api, visibilityMs: 300 });
  const report = await runConformance(
    cloudCases,
    {
      name: 'moto',
      cloud: open(),
      // No `one-per-key`: moto does not read client tokens.
      traits: new Set(['zone-bound-volumes', 'detach-while-running', 'floating-ips']),
      levers: {
        ...levers,
        anotherProcess: open,
        protect: async (InstanceId, Value) => {
          const request = { InstanceId, DisableApiTermination: { Value } };
          await api.modifyInstanceAttribute(request, AbortSignal.timeout(30_000));
        },
      },
      runName,
      zones,
      instanceType: 't3.micro',
      imageId,
      diskType: 'gp3',
      missing: {
        volumeId: 'vol-00000000000000000',
        instanceId: 'i-00000000000000000',
        snapshotId: 'snap-00000000000000000',
        floatingIpId: 'eipalloc-00000000000000000',
      },
      clock: systemClock,
      patienceMs: 20_000,
    },
    {
      onResult: ({ id, title, verdict, detail = '' }) =>
        say(`  ${id.padStart(2)} ${verdict}: ${title} ${detail}`),
    },
  );
  say(report.summary);
  return problemsOf(report);
}

function problemsOf({ results, summary }: ConformanceReport): readonly string[] {
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  const problems = failed.map(({ id, detail = '' }) => `conformance case ${id}: ${detail}`);
  return summary === expected || problems.length > 0
    ? problems
    : [`the adapter's report has changed: ${summary}`];
}
