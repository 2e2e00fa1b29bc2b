/**
 * The three runs of the demo, each in a world of its own: one that goes well, one in which attaching the disk fails,
 * and one whose process is killed while nobody serves.
 */

import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawRun, type Job, type Screen, span, type Watch, watch } from '@belay/cli';
import { type Plan, planner, volumeSwap } from '@belay/planner';
import { type Outcome, type Runner, type Shape, shapeOf } from '@belay/runner';
import type { ScaledClock } from '@belay/sim';
import { customers, lostOrders } from './customers.ts';
import type { Report, Task } from './second-process.ts';
import { expectOk, makeBackup, makePlan, openStage, type Stage, type SwapRun } from './stage.ts';
import { follow } from './who-serves.ts';

export interface Demo {
  readonly screen: Screen;
  /** Where pictures, the journal and the third world are kept. */
  readonly folder: string;
  readonly journalFile: string;
  readonly clock: ScaledClock;
  readonly speed: number;
}

/** How a run ended, and everything in which that was not as promised. */
export interface Act {
  readonly job: Job;
  readonly downtimeMs: number;
  readonly picture: string;
  readonly problems: readonly string[];
}

interface Part {
  readonly id: string;
  readonly endsAs: 'success' | 'reverted';
  readonly served: 'source' | 'target';
}

/** Shows its plan first; those of the other two differ in ids only. */
export async function goesWell(demo: Demo, showPlan: (plan: Plan) => void): Promise<Act> {
  const stage = openStage({ ...demo, seed: 11 });
  await makeBackup(stage);
  const { plan, run } = await makePlan(stage);
  showPlan(plan);
  demo.screen.heading('1  The swap');
  const act = await play(demo, stage, run, { id: 'swap-1', endsAs: 'success', served: 'target' });
  demo.screen.text(['', ...planner.leftBehind(plan).map((line) => `  ${line}`)].join('\n'));
  return act;
}

export async function goesBack(demo: Demo): Promise<Act> {
  const stage = openStage({ ...demo, seed: 12 });
  await makeBackup(stage);
  const { run } = await makePlan(stage);
  demo.screen.heading('2  The same, and the disk does not attach');
  const message = 'the provider could not attach the volume';
  stage.sim.faults.next('volumes.attach', { kind: 'failed', message, at: 'port' });
  return await play(demo, stage, run, { id: 'swap-2', endsAs: 'reverted', served: 'source' });
}

export async function isKilled(demo: Demo): Promise<Act> {
  const { screen, folder, journalFile } = demo;
  const part: Part = { id: 'swap-3', endsAs: 'success', served: 'target' };
  const where = { seed: 13, worldFile: join(folder, 'world.json'), journalFile, speed: demo.speed };
  const before = openStage({ ...where, clock: demo.clock });
  await makeBackup(before);
  const { run } = await makePlan(before);
  before.sim.close();
  screen.heading('3  The same in another process, which is killed while nobody serves');

  const seen = watch({ run: part.id, shape: shapeOfRun(run), screen, now: () => before.clock.now() });
  screen.live(() => seen.status());
  const killed = await untilKilled(
    { ...where, runId: part.id, input: run.input, keys: run.keys, diesAfter },
    seen,
  );
  screen.text(`  process ${killed.pid} is dead (SIGKILL); this one takes over`);
  screen.record({ run: part.id, kind: 'killed', pid: killed.pid, signal: 'SIGKILL' });

  const stage = openStage({ ...where, clock: demo.clock });
  const runner = await stage.openRunner();
  const leave = follow(stage, seen);
  const visitors = customers(stage);
  expectOk(await runner.recover());
  for await (const stored of runner.events(part.id)) seen.take(stored);
  const outcome = expectOk(await runner.wait(part.id));
  visitors.leave();
  leave();
  const orders = [...killed.confirmed, ...visitors.confirmed];
  return await ended(demo, stage, run, part, {
    runner,
    outcome,
    seen,
    orders,
    turnedAway: visitors.turnedAway + killed.turnedAway,
  });
}

async function play(demo: Demo, stage: Stage, run: SwapRun, part: Part): Promise<Act> {
  const runner = await stage.openRunner();
  const seen = watch({
    run: part.id,
    shape: shapeOfRun(run),
    screen: demo.screen,
    now: () => stage.clock.now(),
  });
  const leave = follow(stage, seen);
  const visitors = customers(stage);
  demo.screen.live(() => seen.status());
  const running = runner.run(volumeSwap, run.input, { id: part.id, keys: run.keys });
  for await (const stored of runner.events(part.id)) seen.take(stored);
  const outcome = expectOk(await running);
  visitors.leave();
  leave();
  const { confirmed: orders, turnedAway } = visitors;
  return await ended(demo, stage, run, part, { runner, outcome, seen, orders, turnedAway });
}

interface End {
  readonly runner: Runner;
  readonly outcome: Outcome<unknown>;
  readonly seen: Watch;
  readonly orders: readonly number[];
  readonly turnedAway: number;
}

/** Looks whether all is as promised, draws the picture, and closes the scene. */
async function ended(demo: Demo, stage: Stage, run: SwapRun, part: Part, end: End): Promise<Act> {
  const { screen, folder } = demo;
  const { outcome, seen, orders, turnedAway } = end;
  screen.live(undefined);
  const { progress, stopwatch } = seen;
  const nowMs = stage.clock.now();
  const downtimeMs = stopwatch.downtimeMs(nowMs);
  const lost = lostOrders(stage, orders);
  const problems = [
    outcome.state === part.endsAs ? [] : [`${part.id} ended as ${outcome.state}, not ${part.endsAs}`],
    stopwatch.serving === part.served ? [] : [`${part.id}: ${stopwatch.serving} serves, not ${part.served}`],
    lost.length === 0 ? [] : [`${part.id}: orders ${lost.join(', ')} are lost`],
  ].flat();
  const took = progress.lastMs - progress.firstMs;
  const kept = `${orders.length} orders taken, ${turnedAway} customers turned away, ${lost.length} orders lost`;
  const why = outcome.state === 'reverted' ? `\n  because: ${outcome.cause.message}` : '';
  screen.text(
    `\n  ${outcome.state}: the ${stopwatch.serving} serves. Nobody served for ${span(downtimeMs)} of ${span(took)}, measured.` +
      `${why}\n  ${kept}`,
  );
  const picture = join(folder, `${part.id}.svg`);
  writeFileSync(picture, drawRun(shapeOfRun(run), seen.events));
  screen.record({
    run: part.id,
    kind: 'ended',
    state: outcome.state,
    serving: stopwatch.serving,
    downtimeMs,
    tookMs: took,
    orders: orders.length,
    turnedAway,
    lost: lost.length,
    picture,
  });
  await end.runner.close();
  stage.sim.close();
  const job: Job = {
    action: 'volume_swap',
    startMs: progress.firstMs,
    endMs: progress.lastMs,
    state: outcome.state,
    done: progress.everDone,
    total: progress.total,
  };
  return { job, downtimeMs, picture, problems };
}

interface Killed {
  readonly pid: number;
  readonly confirmed: readonly number[];
  readonly turnedAway: number;
}

/** The moment of its death: the disk is off the source, and not yet on the target. */
const diesAfter = 'detach-volume';

function untilKilled(task: Task, seen: Watch): Promise<Killed> {
  const child = fork(join(import.meta.dirname, 'second-process.ts'), {
    execArgv: process.execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const confirmed: number[] = [];
  let turnedAway = 0;
  let how = 'it gave no reason';
  child.on('message', (report: Report) => {
    if (child.killed) return;
    if (report.kind === 'serving') seen.serving(report.serving, report.atMs);
    if (report.kind === 'visit' && report.order === undefined) turnedAway++;
    if (report.kind === 'visit' && report.order !== undefined) confirmed.push(report.order);
    if (report.kind === 'ended') {
      how = report.how;
      child.kill();
    }
    if (report.kind !== 'event') return;
    seen.take(report.stored);
    const { event } = report.stored;
    if (event.kind === 'done' && event.step === diesAfter) child.kill('SIGKILL');
  });
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve({ pid: child.pid ?? 0, confirmed, turnedAway });
      else reject(new Error(`the second process ended too early (${signal ?? code}): ${how}`));
    });
  });
}

function shapeOfRun(run: SwapRun): Shape {
  return expectOk(shapeOf(volumeSwap, run.input));
}
