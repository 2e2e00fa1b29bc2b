// npm run test:host: the Host port over real ssh, rsync and disks.
//
// What it does to this machine: it installs what is missing of Debian's packages, and starts servers in namespaces of
// their own, each with an sshd and loop devices, with all that they write in a temporary folder. It needs root.
//
//     npm run test:host -- --only H3,H31

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hostCases, runHostConformance } from '@belay/cloud/conformance';
import { install } from './install.ts';
import { stories } from './stories.ts';
import { realSubject } from './subject.ts';

const startedMs = Date.now();
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
install(console.log);
const folder = mkdtempSync(join(tmpdir(), 'belay-host-'));
const problems: string[] = [];
try {
  const subject = realSubject(folder);
  const cases = hostCases.filter(({ id }) => only === undefined || only.includes(id));
  let beganMs = Date.now();
  const seconds = (): string => {
    const text = ((Date.now() - beganMs) / 1000).toFixed(1);
    beganMs = Date.now();
    return text.padStart(5);
  };
  const report = await runHostConformance(cases, subject, {
    onResult: ({ id, title, verdict, detail }) => {
      console.log(
        `${verdict.padEnd(14)} ${seconds()} s  ${id.padEnd(3)} ${title}${detail === undefined ? '' : `: ${detail}`}`,
      );
      if (verdict !== 'passed') problems.push(`${id} is ${verdict}: ${detail ?? ''}`);
    },
  });
  console.log(report.summary);
  for (const [i, { title, play }] of stories.entries()) {
    if (only !== undefined && !only.includes(`S${i + 1}`)) continue;
    const problem = await play(subject).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
    );
    console.log(
      `${(problem === undefined ? 'passed' : 'FAILED').padEnd(14)} ${seconds()} s  S${i + 1}  ${title}`,
    );
    if (problem !== undefined) problems.push(`S${i + 1} ${title}: ${problem}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(`FAILED ${problem}`);
const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
console.log(`test:host: ${end}, ${Math.round((Date.now() - startedMs) / 1000)} s`);
process.exitCode = problems.length === 0 ? 0 : 1;
