// A program that knows nothing of belay and looks at a cloud when it is asked to: it prints what it sees, a line of JSON
// for each line that it is sent. It stays for many looks, for its client takes longer to load than to look.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Seen } from './seen.ts';

export interface Eye {
  look(): Promise<Seen>;
  close(): Promise<void>;
}

export function openEye(python: string, script: string, env: NodeJS.ProcessEnv): Eye {
  const child = spawn(python, [script], { env: { ...process.env, ...env } });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let trouble = '';
  child.stderr.on('data', (part: Buffer) => {
    trouble = `${trouble}${part.toString()}`.slice(-2_000);
  });
  child.on('error', (error) => {
    trouble += error.message;
  });
  // One that has died is told of by the line that does not come.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    async look() {
      child.stdin.write('look\n');
      const line = await lines.next();
      if (line.done === true) throw new Error(`${script} ended: ${trouble}`);
      // Written by the `look.py` of that cloud.
      return JSON.parse(line.value) as Seen;
    },
    close() {
      child.stdin.end();
      return ended;
    },
  };
}
