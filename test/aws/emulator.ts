// An EC2 emulator (moto) and an independent client (boto3), both from PyPI, in a virtual environment in a folder that
// git ignores. It is made once for each list of requirements, and anything that goes wrong with it ends the run.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const requirements = join(import.meta.dirname, 'requirements.txt');

export interface Emulator {
  readonly url: string;
  readonly python: string;
  stop(): Promise<void>;
}

export async function startEmulator(say: (line: string) => void): Promise<Emulator> {
  const bin = await pythonEnvironment(say);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log: string[] = [];
  const server = spawn(join(bin, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // All images of AWS take it a minute to load and seconds to list; the tests need one.
    env: { ...process.env, MOTO_AMIS_PATH: join(import.meta.dirname, 'images.json') },
  });
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (part: Buffer) => {
      log.push(part.toString());
      if (log.length > 200) log.shift();
    });
  }
  server.on('error', (error) => log.push(`moto_server could not be started: ${error.message}`));
  await untilItAnswers(server, url, log);
  say(`moto answers at ${url}`);
  return { url, python: join(bin, 'python'), stop: () => stop(server) };
}

/** The folder of the environment's programs, made if it is not there or was left half made. */
export async function pythonEnvironment(say: (line: string) => void): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', `moto-${digest}`);
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return join(folder, 'bin');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say('installing moto and boto3 from PyPI into a virtual environment under .cache (once, about a minute)');
  try {
    await execute('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await execute(join(folder, 'bin', 'python'), pip, { timeout: 600_000 });
  } catch (thrown) {
    throw new Error(
      'test:aws needs python3 with its venv module, and PyPI: moto and boto3 could not be installed.',
      { cause: thrown },
    );
  }
  writeFileSync(complete, '');
  return join(folder, 'bin');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function untilItAnswers(server: ChildProcess, url: string, log: readonly string[]): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    if (server.pid === undefined || server.exitCode !== null)
      throw new Error(`moto ended at once: ${log.join('')}`);
    const answer = await fetch(`${url}/moto-api/`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  server.kill('SIGKILL');
  throw new Error(`moto did not answer within a minute: ${log.join('')}`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((wake) => server.once('exit', wake));
  server.kill('SIGKILL');
  await ended;
}
