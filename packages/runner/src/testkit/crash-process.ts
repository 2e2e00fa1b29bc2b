import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type CrashOrders, type CrashWord, crashWord } from './crash-child.ts';

/** One process of a matrix: started with its orders, waited for, and asked how it ended. */
export interface CrashProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly timeoutMs: number;
  /** A folder for compiled code. */
  readonly compiled: string;
  readonly signal: AbortSignal | undefined;
}

export interface EndedProcess {
  /** The signal that ended it, or its exit code. */
  readonly end: NodeJS.Signals | number;
  /** Milliseconds since the epoch. */
  readonly endedAtMs: number;
  /** What it reported, where it came so far. */
  readonly word: CrashWord | undefined;
  /** The last that it said on its error output. */
  readonly said: string;
  readonly timedOut: boolean;
}

export async function runProcess(options: CrashProcessOptions, orders: CrashOrders): Promise<EndedProcess> {
  rmSync(orders.report, { force: true });
  const child = spawn(process.execPath, [...options.execArgv, options.program, ...options.args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      // Hundreds of processes load the same code: one that came to its end leaves it compiled for the others.
      NODE_COMPILE_CACHE: options.compiled,
      ...process.env,
      [crashWord]: JSON.stringify(orders),
    },
  });
  let said = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs);
  const stop = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', stop, { once: true });
  // The end is taken when the process is gone; its last words may come a little later.
  let endedAtMs = 0;
  child.once('exit', () => {
    endedAtMs = Date.now();
  });
  const end = await new Promise<NodeJS.Signals | number>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve(-1);
    });
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  clearTimeout(limit);
  options.signal?.removeEventListener('abort', stop);
  return { end, endedAtMs, word: wordIn(orders.report), said, timedOut };
}

function wordIn(path: string): CrashWord | undefined {
  // Written by `report` in one go, or not at all.
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CrashWord) : undefined;
}
