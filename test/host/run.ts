// npm run test:host: the Host port over real ssh, rsync and disks.
//
// What it does to this machine: it installs what is missing of Debian's packages, and starts servers in namespaces of
// their own, each with an sshd and loop devices, with all that they write in a temporary folder. All of it is gone when
// it ends, killed or not. It needs root.
//
//     npm run test:host -- --only H3,H31

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type HostCase, hostCases, runHostConformance } from '@belay/cloud/conformance';
import { databaseStories } from './database-stories.ts';
import { directStories } from './direct-stories.ts';
import { install } from './install.ts';
import { stories } from './stories.ts';
import type { Story } from './story.ts';
import { type RealSubject, realSubject } from './subject.ts';
import { sudoStory } from './sudo-story.ts';
import { systemdStory } from './systemd-story.ts';

const startedMs = Date.now();
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
install(console.log);
const folder = mkdtempSync(join(tmpdir(), 'belay-host-'));
// Detached: what ends this process with all that belongs to it spares the one that cleans up after it.
const janitor = spawn(
  process.execPath,
  [...process.execArgv, fileURLToPath(new URL('janitor.ts', import.meta.url)), folder],
  { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
);
const problems: string[] = [];
try {
  const subject = realSubject(folder);
  const isWanted = (id: string): boolean => only === undefined || only.includes(id);
  const work = [
    ...hostCases.filter(({ id }) => isWanted(id)).map((one) => () => putCase(one, subject)),
    ...[...stories, ...directStories, sudoStory, systemdStory, ...databaseStories].flatMap((one, i) =>
      isWanted(`S${i + 1}`) ? [() => tell(`S${i + 1}`, one, subject)] : [],
    ),
  ];
  const lane = async (): Promise<void> => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
  };
  // Two at a time: much of it is waiting.
  await Promise.all([lane(), lane()]);
} finally {
  const swept = once(janitor, 'exit');
  janitor.stdin.end();
  await swept;
}
for (const problem of problems) console.error(`FAILED ${problem}`);
const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
console.log(`test:host: ${end}, ${Math.round((Date.now() - startedMs) / 1000)} s`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function putCase(one: HostCase, subject: RealSubject): Promise<void> {
  const beganMs = Date.now();
  const { results } = await runHostConformance([one], subject);
  const { verdict = 'failed', detail } = results[0] ?? {};
  const line = [one.id, one.title, ...(detail === undefined ? [] : [detail])].join(': ');
  say(verdict, beganMs, line);
  if (verdict !== 'passed') problems.push(`${line} is ${verdict}`);
}

async function tell(id: string, { title, play }: Story, subject: RealSubject): Promise<void> {
  const beganMs = Date.now();
  const problem = await play(subject).then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
  say(problem === undefined ? 'passed' : 'failed', beganMs, `${id}: ${title}`);
  if (problem !== undefined) problems.push(`${id}: ${title}: ${problem}`);
}

function say(verdict: string, beganMs: number, line: string): void {
  const seconds = ((Date.now() - beganMs) / 1000).toFixed(1).padStart(5);
  console.log(`${verdict.padEnd(14)} ${seconds} s  ${line}`);
}
