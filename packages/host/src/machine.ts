import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/**
 * What is used of the machine that belay itself runs on: its programs and a private folder. Handed in, so that what
 * is decided above it can be tested without a server.
 */
export interface Machine {
  /** Starts a program with exactly these arguments: no shell has a part in it. */
  start(words: readonly string[]): Running;
  /** A new folder that nobody else can look into, with these files in it. */
  folder(files: Readonly<Record<string, string>>): Promise<string>;
  /** Deletes such a folder with all that is in it. */
  remove(folder: string): Promise<void>;
}

/** A program that was started. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when it has ended and all that it wrote was read, or when it could not be started. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Ends it at once. */
  kill(): void;
}

/** How a program ended. */
export interface Ending {
  /** Absent where a signal ended it, or where it never ran. */
  readonly code?: number | undefined;
  /** Why it could not be started. */
  readonly problem?: string | undefined;
}

/** This machine. Programs speak English: their messages are read. */
export const thisMachine: Machine = {
  start(words) {
    const child = spawn('env', ['LC_ALL=C', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
    // A program that ends before it has read everything is told about by its ending.
    child.stdin.on('error', () => undefined);
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: new Promise((resolve) => {
        child.once('error', ({ message }) => resolve({ problem: message }));
        child.once('close', (code) => resolve(code === null ? {} : { code }));
      }),
      kill: () => void child.kill('SIGKILL'),
    };
  },
  async folder(files) {
    const folder = await mkdtemp(join(tmpdir(), 'belay-'));
    await chmod(folder, 0o700);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
    return folder;
  },
  remove: (folder) => rm(folder, { recursive: true, force: true }),
};
