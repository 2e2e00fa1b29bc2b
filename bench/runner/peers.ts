/**
 * The libraries that belay is measured against, at exact versions. They live in a folder of their own under `.cache`,
 * outside the workspace: the repository's lock, and whoever installs belay, never see them.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npm } from './npm.ts';
import { say } from './say.ts';

const peerVersions = { openworkflow: '0.10.1', 'p-graph': '2.0.0' } as const;

const folder = join(import.meta.dirname, '..', '..', '.cache', 'bench-peers');

/** Installs what is missing or of another version; says so first. Does nothing when all is there. */
export async function installPeers(): Promise<void> {
  const missing = Object.entries(peerVersions).filter(
    ([name, version]) => installedVersion(name) !== version,
  );
  if (missing.length === 0) return;
  const names = missing.map(([name, version]) => `${name} ${version}`).join(' and ');
  say(`installing ${names} into .cache/bench-peers, to be measured against (once, a few seconds)`);
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, type: 'module', dependencies: peerVersions };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await npm(folder, ['install', '--no-audit', '--no-fund']);
}

/** Loads a peer, or a subpath of one. `T` names the part of it that the caller uses: nothing checks it here. */
export async function peer<T>(specifier: string): Promise<T> {
  const resolved = createRequire(join(folder, 'package.json')).resolve(specifier);
  return (await import(pathToFileURL(resolved).href)) as T;
}

function installedVersion(name: string): string | undefined {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: string }).version;
}
