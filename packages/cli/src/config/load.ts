/**
 * Finds the config file and reads it: TypeScript and JavaScript by Node itself, which leaves the types out, JSON as
 * JSON. Where no file is named, it is the first of `belay.config.ts`, `.mjs`, `.js` and `.json` in the present folder.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { ConfigError, LoadedConfig } from './loaded-config.ts';
import { readConfig } from './read.ts';

const configNames: readonly string[] = [
  'belay.config.ts',
  'belay.config.mjs',
  'belay.config.js',
  'belay.config.json',
];

/** `folder`: where relative paths begin. */
export function loadConfig(folder: string, file?: string): ResultAsync<LoadedConfig, ConfigError> {
  return new ResultAsync(load(folder, file));
}

async function load(folder: string, file: string | undefined): Promise<Result<LoadedConfig, ConfigError>> {
  const found = find(folder, file);
  if (found.isErr()) return err(found.error);
  const path = found.value;
  const name = file ?? basename(path);
  const value = path.endsWith('.json') ? await jsonIn(path, name) : await defaultOf(path, name);
  return value
    .andThen((given) => readConfig(given, name))
    .map((config) => ({ name, folder: dirname(path), config }));
}

function find(folder: string, file: string | undefined): Result<string, ConfigError> {
  if (file !== undefined) {
    const path = isAbsolute(file) ? file : join(folder, file);
    return existsSync(path) ? ok(path) : err({ kind: 'no-config', message: `there is no file ${file}` });
  }
  const path = configNames.map((name) => join(folder, name)).find((each) => existsSync(each));
  if (path !== undefined) return ok(path);
  const message = `there is no ${configNames[0]} and no belay.config.json here; --config names one elsewhere, and the README of @belay/cli has one to begin with`;
  return err({ kind: 'no-config', message });
}

async function jsonIn(path: string, name: string): Promise<Result<unknown, ConfigError>> {
  try {
    return ok(JSON.parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    return err(unreadable(name, thrown));
  }
}

/** A config is a program: whatever it throws is its own. */
async function defaultOf(path: string, name: string): Promise<Result<unknown, ConfigError>> {
  try {
    const module: unknown = await import(pathToFileURL(path).href);
    const value: unknown =
      typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
    if (value !== undefined) return ok(value);
    return err({
      kind: 'invalid',
      message: `${name}: has no default export: export default defineConfig({ … })`,
    });
  } catch (thrown) {
    return err(unreadable(name, thrown));
  }
}

function unreadable(name: string, thrown: unknown): ConfigError {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const isTooOld = thrown instanceof Error && Reflect.get(thrown, 'code') === 'ERR_UNKNOWN_FILE_EXTENSION';
  const hint = isTooOld ? '; this Node.js reads no TypeScript: use 22.18 or newer, or belay.config.json' : '';
  return { kind: 'unreadable', message: `${name}: ${said.split('\n')[0] ?? said}${hint}` };
}
