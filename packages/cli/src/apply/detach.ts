/**
 * `belay apply --detach`: a person approves here, and a process of its own carries the run. It has no terminal that could
 * be closed; what it says goes to a log beside the plan. Ends when the run has begun, or when it will not.
 */

import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { type AnyPlan, verifyPlan, verifyRescue } from '@belay/planner';
import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../command.ts';
import type { LoadedConfig } from '../config/loaded-config.ts';
import { exit } from '../exit.ts';
import { findPlan, plansFolder } from '../plan/plan-store.ts';
import { isOver, runNamed } from '../run/find-run.ts';
import { type Desk, openDesk } from '../session/desk.ts';
import { withOpened } from '../with-session.ts';

/** What people said on the command line. */
export interface DetachAsk {
  readonly word: string;
  /** Asks a person, where one must be asked; gives the digest that was approved, or why there is none. */
  readonly approve: (desk: Desk, plan: AnyPlan) => Promise<Result<string, string>>;
  /** Words for the process: `--hold`. */
  readonly more: readonly string[];
  /** Can a takeover read its secret without a person? */
  readonly hasSecret: boolean;
}

/** Resolves with the exit code. */
export async function detach(call: Call, ask: DetachAsk): Promise<number> {
  return await withOpened(call, openDesk(call), async (desk) => {
    const begun = await beginning(call, desk, ask);
    if (begun.isErr()) {
      call.out.say(`belay apply: ${begun.error}`);
      return exit.error;
    }
    // A simulated cloud is open in one process at a time, and here it never was.
    return await launched(call, desk.loaded, begun.value);
  });
}

interface Beginning {
  readonly id: string;
  readonly args: readonly string[];
}

async function beginning(call: Call, desk: Desk, ask: DetachAsk): Promise<Result<Beginning, string>> {
  const { word, more } = ask;
  const rows = (await desk.runner?.list()) ?? ok([]);
  if (rows.isErr()) return err(rows.error.message);
  const run = runNamed(rows.value, word.startsWith('sha256:') ? `p-${word.slice(7, 15)}` : word);
  if (run !== undefined) {
    if (isOver(run.state)) return err(`${run.runId} is over: ${run.state}`);
    if (run.ownerIs === 'live') return err(`${run.owner ?? 'another process'} carries ${run.runId} already`);
    return ok({ id: run.runId, args: [run.runId, ...more] });
  }
  const found = await findPlan(desk.loaded, word, call.folder);
  if (found.isErr()) return err(found.error.message);
  const now = new Date(desk.clock.now()).toISOString();
  const rescue = verifyRescue(found.value, { now });
  const plan =
    rescue.isErr() && rescue.error.kind === 'not-a-plan' ? verifyPlan(found.value, { now }) : rescue;
  if (plan.isErr()) return err(plan.error.message);
  const { planId, run: planned } = plan.value;
  if (planned === undefined) return err(`plan ${planId} has nothing to run`);
  if (planned.graph === 'takeover' && !ask.hasSecret)
    return err('a takeover asks for its secret, and nobody is there to type it then: --secret-env NAME');
  const digest = await ask.approve(desk, plan.value);
  return digest.map((approved) => ({ id: planId, args: [word, '--digest', approved, ...more] }));
}

const lookEveryMs = 300;

async function launched(call: Call, loaded: LoadedConfig, { id, args }: Beginning): Promise<number> {
  const { out, clock, folder } = call;
  const log = join(plansFolder(loaded), `${id}.log`);
  const before = await textOf(log);
  const config = join(loaded.folder, basename(loaded.name));
  const { pid, ended } = call.launch(['apply', ...args, '--output=plain', '--config', config], log);
  let code: number | undefined;
  void ended.then((end) => {
    code = end;
  });
  // It looks at everything once more before it begins.
  let hasBegun = false;
  while (code === undefined && !hasBegun && !call.signal.aborted) {
    hasBegun = await isCarried(call, id);
    if (!hasBegun) await new Promise<void>((wake) => void clock.after(lookEveryMs, wake));
  }
  if (code !== undefined) {
    const said = (await textOf(log)).slice(before.length).trimEnd();
    for (const line of said.split('\n')) out.say(line);
    return code;
  }
  const carries = hasBegun ? 'is carried by' : 'has not begun yet, and is left to';
  const where = relative(folder, log);
  out.say(`${id} ${carries} process ${pid ?? '?'}, which outlives this terminal. Its log: ${where}`);
  out.say(`Watch it: belay status ${id} --follow. Take it back: belay cancel ${id} --reason …`);
  return hasBegun ? exit.done : exit.interrupted;
}

async function isCarried(call: Call, id: string): Promise<boolean> {
  const desk = await openDesk(call);
  if (desk.isErr()) return false;
  const row = await desk.value.runner?.get(id);
  await desk.value.close();
  return row?.isOk() === true && row.value.row.ownerIs === 'live';
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}
