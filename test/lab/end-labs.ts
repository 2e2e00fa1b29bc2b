// Takes away every lab under a folder, and the folder: also where whoever opened them was interrupted.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLab } from '@belay/lab';

/** What could not be taken away is named; none of it is left out in silence. */
export async function endLabs(under: string): Promise<readonly string[]> {
  const problems: string[] = [];
  // A rehearsal has its lab in a folder of its own, beside its files.
  const folders = readdirSync(under).flatMap((name) => [join(under, name), join(under, name, 'lab')]);
  for (const folder of folders.filter((one) => existsSync(join(one, 'lab.json')))) {
    const ended = await openLab({ folder }).andThen((lab) => lab.destroy());
    if (ended.isErr()) problems.push(`${folder} is still there: ${ended.error.message}`);
  }
  if (problems.length === 0) rmSync(under, { recursive: true, force: true });
  return problems;
}

/** A process of its own that does so when this one ends, killed or not. To be called when all is done. */
export function keepJanitor(under: string): () => Promise<void> {
  const script = fileURLToPath(new URL('./janitor.ts', import.meta.url));
  // Detached: what ends this process with all that belongs to it spares the one that cleans up after it.
  const child = spawn(process.execPath, [...process.execArgv, script, under], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  return async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  };
}

/** Does so too when somebody interrupts this process, and then ends it. */
export function endLabsWhenInterrupted(under: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void endLabs(under).then((problems) => {
        for (const problem of problems) console.error(problem);
        process.exit(1);
      });
    });
  }
}
