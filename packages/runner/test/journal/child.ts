// Starts the processes of the journal's tests and reads what they say.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it says, as JSON. */
  line(): Promise<Record<string, unknown>>;
  /** Gives it the word that it waits for. */
  go(): void;
  /** Ends it and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const program = fileURLToPath(new URL('./process.ts', import.meta.url));

export function startChild(...args: readonly string[]): Child {
  return startProgram(program, ...args);
}

export function startProgram(program: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, ['--conditions=@belay/source', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    line: async () => {
      const next = await lines.next();
      if (next.done) throw new Error(`the process “${args[0]}” ended without a word`);
      return JSON.parse(next.value);
    },
    go: () => {
      child.stdin.write('go\n');
    },
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await ended;
    },
  };
}
