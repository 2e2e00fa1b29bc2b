/**
 * Plans in a folder beside the journal, each in a file named by its id; and beside each who approved it. A plan is
 * found by its id, by its digest, by a beginning of one of them that fits no other, or by the path of a file.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Failure } from '@belay/cloud';
import type { AnyPlan, Approval } from '@belay/planner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { LoadedConfig } from '../config/loaded-config.ts';
import { guess } from '../nearest.ts';
import { journalPath } from '../session/desk.ts';

/** Why a plan cannot be found or kept. */
export interface StoreError extends Failure {
  readonly kind: 'not-found' | 'ambiguous' | 'unreadable';
}

/** Where plans of this config are kept. */
export function plansFolder(loaded: LoadedConfig): string {
  return `${journalPath(loaded)}.plans`;
}

/** Written beside and then put in place, so that nobody finds half of one. */
export function keepPlan(loaded: LoadedConfig, plan: AnyPlan): ResultAsync<string, StoreError> {
  return keep(plansFolder(loaded), `${plan.planId}.json`, plan);
}

/** Who approved it, beside the plan. */
export function keepApproval(loaded: LoadedConfig, approval: Approval): ResultAsync<string, StoreError> {
  return keep(plansFolder(loaded), `${approval.planId}.approval.json`, approval);
}

/** `folder`: where the path of a file begins. What is found is not checked: `verifyPlan` does that. */
export function findPlan(
  loaded: LoadedConfig,
  word: string,
  folder: string,
): ResultAsync<unknown, StoreError> {
  return new ResultAsync(find(loaded, word, folder));
}

async function find(
  loaded: LoadedConfig,
  word: string,
  folder: string,
): Promise<Result<unknown, StoreError>> {
  const path = isAbsolute(word) ? word : join(folder, word);
  if (existsSync(path)) return await read(path, word);
  const kept = await idsIn(plansFolder(loaded));
  // An id is the beginning of the digest.
  const wanted = word.startsWith('sha256:') ? `p-${word.slice('sha256:'.length)}` : word;
  const fits = kept.filter((id) => id.startsWith(wanted) || wanted.startsWith(id));
  const [only, another] = fits;
  if (another !== undefined) {
    return err({ kind: 'ambiguous', message: `${word} may be ${fits.join(', ')}: say more of it` });
  }
  if (only === undefined) {
    const message = `there is no plan and no file ${word}.${guess(word, kept)}`;
    return err({ kind: 'not-found', message });
  }
  return await read(join(plansFolder(loaded), `${only}.json`), only);
}

async function idsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => /^p-[0-9a-f]+\.json$/.test(name))
    .map((name) => name.slice(0, -'.json'.length));
}

async function read(path: string, name: string): Promise<Result<unknown, StoreError>> {
  try {
    return ok(JSON.parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    return err({ kind: 'unreadable', message: `${name} cannot be read as a plan: ${said(thrown)}` });
  }
}

function keep(folder: string, name: string, value: object): ResultAsync<string, StoreError> {
  const path = join(folder, name);
  const write = async (): Promise<string> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return path;
  };
  return ResultAsync.fromPromise(write(), (thrown) => ({
    kind: 'unreadable' as const,
    message: `${path} cannot be written: ${said(thrown)}`,
  }));
}

function said(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
