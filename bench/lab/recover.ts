// One recovery of the shop while clients try to order: the accident, the plan, its run, and what became of the orders.

import { randomUUID } from 'node:crypto';
import { type Ref, systemClock } from '@belay/cloud';
import {
  observeRescue,
  type Parameters,
  planner,
  planRecovery,
  type RecoveryPlan,
  type RecoveryWayName,
} from '@belay/planner';
import type { Accident } from './accidents.ts';
import type { Order } from './clients.ts';
import { expectOk, pause } from './expect.ts';
import { interrupted } from './meddle.ts';
import { openScene, type Ran, type Run, type Scene, sameServer } from './scene.ts';
import type { LabStage } from './stage.ts';
import type { AnyGraph } from './steps.ts';

export interface Recovered {
  readonly way: RecoveryWayName;
  readonly state: Ran['state'];
  /** How a second run ended, from a new plan; absent where none was needed. */
  readonly again?: Ran['state'] | undefined;
  readonly serves: 'source' | 'target' | 'nobody';
  /** From the accident on, as clients noticed. */
  readonly outageMs: number;
  /** From the beginning of the run until an order was confirmed again. */
  readonly servingMs: number;
  readonly acknowledged: number;
  readonly lost: readonly Order[];
  /** The data that comes back is from then; absent where nothing is given up. */
  readonly dataAtMs: number | undefined;
  readonly announcedLossSeconds: number;
  readonly announcedOrders: number;
  /** From the first order that is lost to the last that was confirmed before the accident. */
  readonly lossMs: number;
  /** As the plan had printed it. */
  readonly planP50Seconds: number;
  readonly planP90Seconds: number;
  readonly integrity: string;
  readonly filesIntact: boolean;
  readonly twoServed: number;
  readonly watched: number;
}

export async function recover(
  stage: LabStage,
  accident: Accident,
  parameters: Partial<Parameters>,
): Promise<Recovered> {
  const source = stage.current().instance;
  const scene = await openScene(stage, accident.id);
  await accident.before?.(stage);
  await accident.happens(stage);
  const lastServedMs = scene.visitors.acknowledged.at(-1)?.atMs ?? 0;
  const graphs = graphsWith(stage, accident, source);
  const how = { parameters, lastServedMs };
  const first = await carryOut(stage, scene, accident, { ...how, graphs, turn: 1 });
  // What was taken back with nobody serving is planned anew, from what is true by then.
  const isOpen = first.ran.state === 'reverted' && (await scene.serving()) === undefined;
  const second = isOpen
    ? await carryOut(stage, scene, accident, { ...how, graphs: planner.graphs, turn: 2 })
    : undefined;
  const seen = await scene.end();
  const { lost, integrity } = seen.kept ?? { lost: scene.visitors.acknowledged, integrity: 'nobody serves' };
  const { toServing, loss } = first.chosen;
  const dataAtMs = loss.dataAt === undefined ? undefined : Date.parse(loss.dataAt);
  const given = (order: Order): boolean =>
    dataAtMs !== undefined && order.atMs >= dataAtMs && order.atMs <= lastServedMs;
  const served = scene.visitors.acknowledged.find(({ atMs }) => atMs > lastServedMs);
  const [firstLost] = lost;
  return {
    way: first.chosen.way,
    state: first.ran.state,
    again: second?.ran.state,
    serves: seen.server === undefined ? 'nobody' : sameServer(seen.server, source) ? 'source' : 'target',
    outageMs: seen.outageMs,
    servingMs: served === undefined ? 0 : Math.max(0, served.atMs - first.ran.times.beganMs),
    acknowledged: seen.acknowledged,
    lost,
    dataAtMs,
    announcedLossSeconds: loss.seconds ?? 0,
    announcedOrders: scene.visitors.acknowledged.filter(given).length,
    lossMs: firstLost === undefined ? 0 : lastServedMs - firstLost.atMs,
    planP50Seconds: toServing?.range?.fromSeconds ?? 0,
    planP90Seconds: toServing?.range?.toSeconds ?? 0,
    integrity,
    filesIntact: seen.filesIntact,
    twoServed: seen.twoServed,
    watched: seen.watched,
  };
}

interface Carrying {
  readonly parameters: Partial<Parameters>;
  readonly lastServedMs: number;
  readonly graphs: readonly AnyGraph[];
  readonly turn: number;
}

async function carryOut(
  stage: LabStage,
  scene: Scene,
  { id, way }: Accident,
  { parameters, lastServedMs, graphs, turn }: Carrying,
): Promise<{ readonly ran: Ran; readonly chosen: RecoveryPlan['candidates'][number] }> {
  const target = await stage.target();
  const looked = await observeRescue(stage.current(), target, stage.services, {
    clock: systemClock,
    lastServedAt: new Date(lastServedMs).toISOString(),
  });
  const plan = planRecovery(expectOk(looked), target, {
    now: new Date().toISOString(),
    way,
    parameters,
    accept: [{ guard: 'expected-loss', by: 'bench', reason: 'its loss is what is measured here' }],
  });
  const chosen = plan.candidates.find((each) => each.way === plan.way);
  if (plan.run === undefined || chosen === undefined) {
    const open = plan.candidates.find((each) => each.way === way)?.findings;
    throw new Error(`There is no plan for ${id}: ${JSON.stringify(plan.missing)} ${JSON.stringify(open)}`);
  }
  const run: Run = plan.run;
  return { ran: await scene.carryOut(`recoveries/${id}/${turn}`, run, graphs), chosen };
}

/** The planner's graphs; where the old server shall come back, it does so just before the step that is named. */
function graphsWith(stage: LabStage, { backBefore }: Accident, source: Ref): readonly AnyGraph[] {
  const all: readonly AnyGraph[] = planner.graphs;
  if (backBefore === undefined) return all;
  let isBack = false;
  const comesBack = async (): Promise<void> => {
    // A step may be tried more than once; a server comes back once.
    if (isBack) return;
    isBack = true;
    const call = { key: `accident/${randomUUID()}` };
    expectOk(await stage.lab.cloud.instances.start(source.id, call));
    await untilItServes(stage, source);
  };
  return all.map((graph) => (graph.name === 'recover' ? interrupted(graph, backBefore, comesBack) : graph));
}

const looks = 30;

/** It takes a moment to serve, if it can at all. */
async function untilItServes({ services, current }: LabStage, source: Ref): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const report = await services.hosts.get(source).check(current().probe);
    if (report.isOk() && report.value.healthy) return;
    await pause(100);
  }
}
