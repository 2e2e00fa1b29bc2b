// Runs one program to its end and gives what it said when it failed. npm hands its scripts settings about the
// workspace that they run in; a nested npm must not see those, or it would act on this repository.

import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const timeoutMs = 300_000;
const ofTheOuterNpm =
  /^npm_(config_(local_prefix|workspaces?|prefix|include_workspace_root)|package_|lifecycle_|command)/i;

/** Nothing when the program succeeded; else its last words as one problem. */
export function problemsOf(cwd: string, program: string, args: readonly string[]): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  if (status === 0) return [];
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim();
  return [
    `${error === undefined ? '' : `${error.message}\n`}${said === '' ? `exited with ${status}` : said}`,
  ];
}

/** npm run by this very Node, so that what it installs fits the Node that will load it. */
export function npm(cwd: string, args: readonly string[]): readonly string[] {
  const cli = process.env['npm_execpath'];
  if (cli === undefined) return ['Run this through npm: `npm run pack:check`.'];
  return problemsOf(cwd, process.execPath, [cli, ...args]);
}

/** A program of the repository’s own tools: a JavaScript file below node_modules, run by this Node. */
export function tool(cwd: string, script: string, args: readonly string[]): readonly string[] {
  return problemsOf(cwd, process.execPath, [join(root, 'node_modules', script), ...args]);
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofTheOuterNpm.test(name));
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  return { ...Object.fromEntries(kept), PATH: path, NO_COLOR: '1' };
}
