// The conformance cases of the Cloud port over the lab on this very box: real loop devices, namespaces and addresses.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudCases, runConformance } from '@belay/cloud/conformance';
import { linux } from '../../packages/lab/src/linux.ts';
import { labSubject } from '../../packages/lab/test/subject.ts';

export interface ConformanceOptions {
  readonly folder: string;
  readonly runName: string;
  /** Numbers of cases; all where absent. */
  readonly only: readonly string[] | undefined;
  readonly say: (line: string) => void;
}

/** The problems; none where the lab conforms. Takes the lab away again. */
export async function checkConformance({
  folder,
  runName,
  only,
  say,
}: ConformanceOptions): Promise<readonly string[]> {
  const enter = (instanceId: string, ...argv: readonly string[]): string => {
    const record = JSON.parse(readFileSync(join(folder, 'instances', `${instanceId}.json`), 'utf8'));
    const target = ['--target', String(record.process.pid), '--mount', '--pid', '--'];
    const { status, stdout, stderr } = spawnSync('nsenter', [...target, ...argv], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const { lab, subject } = await labSubject({
    machine: linux,
    folder,
    runName,
    patienceMs: 60_000,
    guest: {
      // The guest mounts it, as guests do.
      holdDisk(volumeId) {
        const record = JSON.parse(readFileSync(join(folder, 'volumes', `${volumeId}.json`), 'utf8'));
        const { instanceId } = record.attachment;
        enter(instanceId, 'mount', `/dev/disk/by-id/virtio-${volumeId}`, '/mnt');
        return () => void enter(instanceId, 'umount', '/mnt');
      },
      userDataOf: async (instanceId) => enter(instanceId, 'cat', '/var/lib/lab/user-data'),
    },
  });
  const cases = cloudCases.filter(({ id }) => only === undefined || only.includes(id));
  const report = await runConformance(cases, subject, {
    onResult: ({ id, verdict, title, detail }) =>
      say(`${id.padStart(2)} ${verdict.padEnd(14)} ${title}${detail === undefined ? '' : ` (${detail})`}`),
  });
  say(report.summary);
  const destroyed = await lab.destroy();
  return [
    ...report.results.flatMap(({ id, verdict, detail }) =>
      verdict === 'failed' ? [`case ${id}: ${detail}`] : [],
    ),
    ...(destroyed.isErr() ? [`The lab did not go: ${destroyed.error.message}`] : []),
  ];
}
