/**
 * Runs npm for the bench, with the npm that started it. What npm says is kept back and shown only when it fails;
 * a sign of life goes to stderr every ten seconds.
 */

import { spawn } from 'node:child_process';
import { dirname, delimiter as pathDelimiter } from 'node:path';
import { say } from './say.ts';

const signOfLifeMs = 10_000;
const lastCharactersKept = 4_000;

/** Resolves when npm succeeded; rejects with its last words when it did not. */
export async function npm(folder: string, args: readonly string[]): Promise<void> {
  const cli = process.env['npm_execpath'];
  const [program, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(program, [...first, ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-lastCharactersKept);
    });
  }
  const startedAt = performance.now();
  const signs = setInterval(
    () => say(`npm is still at it, ${Math.round((performance.now() - startedAt) / 1000)} s so far`),
    signOfLifeMs,
  );
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${said.trim()}`);
  } finally {
    clearInterval(signs);
  }
}

/** npm tells its scripts which workspace they belong to; an npm inside a script would act on that one. */
const ofTheOuterNpm =
  /^npm_(config_(local_prefix|workspaces?|prefix|include_workspace_root)|package_|lifecycle_|command)/i;

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofTheOuterNpm.test(name));
  const path = `${dirname(process.execPath)}${pathDelimiter}${process.env['PATH'] ?? ''}`;
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    npm_config_loglevel: 'error',
    npm_config_progress: 'false',
  };
}
