// Takes the labs under a folder away when the process that made them is gone, however it went: `janitor.ts <folder>`,
// with its standard input held open by that process. Where everything is gone already, it has nothing to do.

import { existsSync } from 'node:fs';
import { processesOf } from './box.ts';
import { endLabs } from './end-labs.ts';

const folder = process.argv[2] ?? '';
for await (const _ of process.stdin);
if (existsSync(folder)) {
  // Whoever still works in there would make anew what is taken away.
  for (const line of processesOf(folder).filter((one) => one.includes('/test/lab/work.ts'))) {
    process.kill(Number.parseInt(line, 10), 'SIGKILL');
  }
  await endLabs(folder);
}
