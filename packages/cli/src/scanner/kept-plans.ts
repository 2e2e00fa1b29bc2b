/**
 * Plans and the signatures over them, as files: each plan that was reviewed is kept in a folder beside its ledger, and
 * lies anywhere else where somebody has written it with `--out`. What is signed is the plan's digest, so a file that was
 * edited is nobody's plan.
 */

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Approval, type Plan, planDigest } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import { exit } from '../exit.ts';
import type { Trouble } from './trouble.ts';

/** A plan as it lies in a file. */
export interface KeptPlan {
  readonly plan: Plan;
  /** The scope's name in the config that made it. */
  readonly scope: string;
  /** The scan that it rests on. */
  readonly run: string;
  /** Where it lies. */
  readonly path: string;
}

/** The folder of a ledger's plans. */
export function plansBeside(ledgerPath: string): string {
  return `${ledgerPath}.plans`;
}

/** Keeps a plan under its digest. */
export async function keepPlan(
  folder: string,
  { plan, scope, run }: Omit<KeptPlan, 'path'>,
): Promise<Result<KeptPlan, Trouble>> {
  return await onDisk(async () => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${plan.digest}.plan.json`);
    await writeWhole(path, JSON.stringify({ scope, run, plan }));
    return ok({ plan, scope, run, path });
  });
}

/** Writes a plan where somebody wants it. */
export async function writePlan(path: string, kept: Omit<KeptPlan, 'path'>): Promise<Result<void, Trouble>> {
  return await onDisk(async () => {
    await writeWhole(path, `${JSON.stringify(kept, null, 2)}\n`);
    return ok(undefined);
  });
}

/** Reads a plan. One whose digest is not its own is an error: it was edited. */
export async function readPlan(path: string): Promise<Result<KeptPlan, Trouble>> {
  return await onDisk(async () => {
    const read = v.safeParse(keptSchema, jsonOf(await readFile(path, 'utf8')));
    if (!read.success) return err({ message: `${path} is no plan of belay review.`, code: exit.error });
    const { scope, run } = read.output;
    // The digest covers every field, so what has it is what a review has made.
    const plan = read.output.plan as unknown as Plan;
    if (planDigest(plan) !== plan.digest) {
      return err({
        message: `${path} is not what its digest says: it was edited. Make a new one.`,
        code: exit.stale,
      });
    }
    return ok({ plan, scope, run, path });
  });
}

/** All plans in a folder, the newest first. Those that cannot be read are left out. */
export async function plansIn(folder: string): Promise<readonly KeptPlan[]> {
  const names = await readdir(folder).catch(() => []);
  const read = await Promise.all(
    names.filter((name) => name.endsWith('.plan.json')).map((name) => readPlan(join(folder, name))),
  );
  return read
    .flatMap((one) => (one.isOk() ? [one.value] : []))
    .sort((a, b) => Date.parse(b.plan.madeAt) - Date.parse(a.plan.madeAt));
}

/** Puts a signature beside the plan that it is over. */
export async function keepApproval(planPath: string, approval: Approval): Promise<Result<string, Trouble>> {
  return await onDisk(async () => {
    const name = approval.by.replace(/[^\p{L}\p{N}]+/gu, '-');
    const path = join(dirname(planPath), `${stem(planPath)}.${name}.approval.json`);
    await writeWhole(path, `${JSON.stringify(approval, null, 2)}\n`);
    return ok(path);
  });
}

/** The signatures that lie beside a plan. */
export async function approvalsBeside(planPath: string): Promise<readonly Approval[]> {
  const folder = dirname(planPath);
  const names = await readdir(folder).catch(() => []);
  const mine = names.filter(
    (name) => name.startsWith(`${stem(planPath)}.`) && name.endsWith('.approval.json'),
  );
  const read = await Promise.all(mine.map((name) => readApproval(join(folder, name))));
  return read.flatMap((one) => (one.isOk() ? [one.value] : []));
}

/** Reads a signature. Whether it counts is decided by the sweeper. */
export async function readApproval(path: string): Promise<Result<Approval, Trouble>> {
  return await onDisk(async () => {
    const read = v.safeParse(approvalSchema, jsonOf(await readFile(path, 'utf8')));
    if (read.success) return ok(read.output);
    return err({ message: `${path} is no signature of belay approve.`, code: exit.error });
  });
}

const keptSchema = v.object({
  scope: v.string(),
  run: v.string(),
  plan: v.looseObject({
    digest: v.string(),
    madeAt: v.string(),
    expiresAt: v.string(),
    items: v.array(v.unknown()),
  }),
});

const approvalSchema = v.strictObject({
  by: v.string(),
  plan: v.string(),
  environment: v.string(),
  ledger: v.string(),
  expiresAt: v.string(),
  signature: v.string(),
});

function stem(path: string): string {
  return basename(path).replace(/(\.plan)?\.json$/, '');
}

/** There whole or not at all, also after a power cut. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.half`, text, { flush: true });
  await rename(`${path}.half`, path);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function onDisk<T>(work: () => Promise<Result<T, Trouble>>): Promise<Result<T, Trouble>> {
  try {
    return await work();
  } catch (thrown) {
    return err({ message: thrown instanceof Error ? thrown.message : String(thrown), code: exit.error });
  }
}
