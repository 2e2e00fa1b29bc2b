#!/usr/bin/env node
/** The edge of the command line: the process, its streams, its environment and its signals. Nothing is decided here. */

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { systemClock } from '@belay/cloud';
import type { Paper } from './command.ts';
import { keyboardOn } from './keyboard.ts';
import { launchWith } from './launch.ts';
import { main } from './main.ts';

const { stdin, stdout, stderr } = process;
const env = process.env;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (!stop.signal.aborted) return stop.abort();
    // The second time somebody means it. What was drawn may have hidden the cursor.
    if (stderr.isTTY === true) stderr.write('\u001b[?25h');
    process.exit(130);
  });
}
// A terminal that is closed, or a reader that stops reading, is no reason to stop half-way through a migration.
process.on('SIGHUP', () => undefined);
for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);

process.exitCode = await main(process.argv.slice(2), {
  folder: process.cwd(),
  version: versionOf(),
  clock: systemClock,
  signal: stop.signal,
  user: env['BELAY_USER'] ?? env['SUDO_USER'] ?? userName(),
  env: (name) => env[name],
  launch: (args, log) =>
    launchWith([process.execPath, ...process.execArgv, process.argv[1] ?? ''], args, {
      folder: process.cwd(),
      log,
    }),
  out: {
    data: (line) => stdout.write(`${line}\n`),
    say: (line) => stderr.write(`${line}\n`),
    draw: (text) => stderr.write(text),
  },
  terminal: paperOf(stderr),
  page: paperOf(stdout),
  keyboard: keyboardOn(stdin, stderr),
});

function paperOf(stream: NodeJS.WriteStream): Paper {
  const isTty = stream.isTTY === true;
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
  return {
    get columns() {
      return stream.columns ?? (Number(env['COLUMNS']) || 100);
    },
    colour: !isPlain && (isTty || forced),
    isTty: isTty && env['TERM'] !== 'dumb',
  };
}

/** A user without an entry in the system's list has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const version: unknown =
    typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'version');
  return typeof version === 'string' ? version : 'unknown';
}
