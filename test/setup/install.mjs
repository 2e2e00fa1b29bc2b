// Installs the tools that this repository uses, and says in plain words what it is doing.
// It runs before every script (npm's pre-hooks), on whatever Node started npm (18 or later): Node 24,
// which the scripts themselves need, is one of the things that it installs. When node_modules already
// matches package-lock.json it does nothing and prints nothing.
//
// `npm install` and not `npm ci`: where a registry carries no builds for other platforms, npm leaves
// them out of the lock, and `npm ci` then refuses a lock that `npm install` accepts.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'node_modules', '.belay-installed');
const heartbeatMs = 10_000;
const lastLinesKept = 40;

/** What node_modules must match: the lock and every manifest, as one digest. */
function wanted() {
  const packages = join(root, 'packages');
  const manifests = readdirSync(packages)
    .sort()
    .map((name) => join(packages, name, 'package.json'));
  const digest = createHash('sha256');
  for (const file of [join(root, 'package-lock.json'), join(root, 'package.json'), ...manifests]) {
    if (existsSync(file))
      digest.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return digest.digest('hex');
}

function isUpToDate() {
  if (!existsSync(stamp) || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  return readFileSync(stamp, 'utf8') === wanted();
}

/** stderr, so that a script whose stdout is read by a program stays clean. */
function say(sentence) {
  process.stderr.write(`belay: ${sentence}\n`);
}

function npm(args, tail) {
  // npm sets npm_execpath in scripts; running it with this same Node avoids a shell, also on Windows.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The outer npm may run with --silent; the reason of a failed install must still be there to show.
    env: { ...process.env, npm_config_loglevel: 'error', npm_config_progress: 'false' },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      tail.push(...text.split('\n').filter((line) => line.trim() !== ''));
      tail.splice(0, Math.max(0, tail.length - lastLinesKept));
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => {
      tail.push(String(error));
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function install() {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  say('installing the tools this repository uses (once, about a minute)…');
  const heartbeat = setInterval(() => say(`still installing, ${seconds()} s so far…`), heartbeatMs);
  const tail = [];
  const code = await npm(['install', '--no-audit', '--no-fund'], tail);
  clearInterval(heartbeat);
  if (code !== 0) {
    say(`the install failed after ${seconds()} s. The last lines that npm printed:`);
    for (const line of tail) process.stderr.write(`  ${line}\n`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(stamp, wanted());
  say(`installed in ${seconds()} s.`);
}

if (!isUpToDate()) await install();
