/**
 * One measurement in a process of its own: takes a task as JSON in its only argument, prints the answer as JSON.
 * `run.ts` starts it; by hand it is what one profiles.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openworkflow } from './subjects/openworkflow.ts';
import { pGraph } from './subjects/p-graph.ts';
import { sqlite } from './subjects/sqlite.ts';
import type { Answer, Peer, Subject, Task } from './subjects/task.ts';

/** belay is loaded only where it is asked for: its modules are no part of another subject's memory. */
const subjects: Readonly<Record<Peer, Subject>> = {
  belay: async (task) => (await import('./subjects/belay.ts')).belay(task),
  'p-graph': pGraph,
  openworkflow,
  sqlite,
};

const task = JSON.parse(process.argv[2] ?? 'null') as Task;
const subject = subjects[task.peer];
for (let turn = 1; turn <= (task.warmUps ?? 0); turn += 1) {
  const folder = join(task.folder, `warm-up-${turn}`);
  mkdirSync(folder);
  await subject({ ...task, folder });
}
const measured = await subject(task);
const answer: Answer = { ...measured, peakMiB: process.resourceUsage().maxRSS / 1024 };
process.stdout.write(`${JSON.stringify(answer)}\n`);
