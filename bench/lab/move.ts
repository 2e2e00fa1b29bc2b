// One move of the shop while clients order: planned, carried out, measured, and every confirmed order looked for.

import { join } from 'node:path';
import { refAt, systemClock } from '@belay/cloud';
import {
  type Parameters,
  type Plan,
  type PlannedRun,
  planner,
  type StrategyName,
  type World,
} from '@belay/planner';
import { type Outcome, openRunner, type StepGraph, type StoredEvent, sqliteJournal } from '@belay/runner';
import { timed } from './busy.ts';
import { clients } from './clients.ts';
import { expectOk, pause } from './expect.ts';
import { checksum, integrity, lostOrders } from './orders.ts';
import { sabotaged } from './sabotage.ts';
import type { Stage } from './stage.ts';
import { rounded, seconds, type Times, timesOf } from './window.ts';

export interface MoveOptions {
  readonly id: string;
  readonly strategy: StrategyName;
  readonly parameters?: Partial<Parameters> | undefined;
  /** The step that fails; none where absent. */
  readonly failing?: string | undefined;
}

/** What came of a move. Times in seconds. */
export interface Moved {
  readonly plan: Plan;
  readonly state: Outcome<unknown>['state'];
  /** The server that serves afterwards; empty where none does. */
  readonly server: string;
  /** Who has the address afterwards, and serves. */
  readonly serves: 'source' | 'target' | 'nobody';
  readonly totalS: number;
  readonly downtimeS: number;
  readonly dataPhaseS: number;
  readonly overheadS: number;
  readonly clientGapS: number;
  /** All the time in which clients noticed that nobody served. */
  readonly outageS: number;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  readonly integrity: string;
  readonly filesIntact: boolean;
  readonly times: Times;
  readonly events: readonly StoredEvent[];
}

/** How long clients order before the move begins, and after it has ended. */
const aroundMs = 500;

export async function move(stage: Stage, options: MoveOptions): Promise<Moved> {
  const { id, strategy, parameters, failing } = options;
  const plan = await stage.makePlan({ strategy, parameters });
  const run = expectOk(planner.runOf(plan, { now: new Date().toISOString() }));
  const { folder } = stage.lab;
  const source = stage.current().instance;
  const before = checksum(folder, source.id);
  const watch = timed(stage.services);
  const all: readonly AnyGraph[] = planner.graphs;
  const graphs = all.map((graph) =>
    failing !== undefined && graph.name === run.graph ? sabotaged(graph, failing) : graph,
  );
  const runner = await openRunner({
    graphs,
    services: watch.services,
    journal: sqliteJournal(join(folder, 'journal.db')),
    clock: systemClock,
  });
  const visitors = clients(stage.address, id.replaceAll(/[^\w-]/g, '-'));
  await pause(aroundMs);
  const sinceMs = Date.now();
  const outcome = expectOk(await runner.run(graphOf(graphs, run), run.input, { id, keys: run.keys }));
  await pause(aroundMs);
  const [gapMs, outageMs] = [visitors.longestGapSinceMs(sinceMs), visitors.outageSinceMs(sinceMs)];
  await visitors.leave();
  const events: StoredEvent[] = [];
  for await (const event of runner.events(id)) events.push(event);
  await runner.close();

  const server = await servingNow(stage);
  const times = timesOf(events);
  const { window } = times;
  const overheadMs =
    window === undefined ? 0 : window.toMs - window.fromMs - watch.busyMs(window.fromMs, window.toMs);
  const lost =
    server === undefined ? visitors.acknowledged : lostOrders(folder, server, visitors.acknowledged);
  return {
    plan,
    state: outcome.state,
    server: server ?? '',
    serves: server === undefined ? 'nobody' : server === source.id ? 'source' : 'target',
    totalS: rounded((times.endedMs - times.beganMs) / 1_000),
    downtimeS: seconds(window),
    dataPhaseS: seconds(times.dataPhase),
    overheadS: rounded(overheadMs / 1_000),
    clientGapS: rounded(gapMs / 1_000),
    outageS: rounded(outageMs / 1_000),
    ordersAcknowledged: visitors.acknowledged.length,
    ordersLost: lost.length,
    integrity: server === undefined ? 'nobody serves' : integrity(folder, server),
    filesIntact: server !== undefined && checksum(folder, server) === before,
    times,
    events,
  };
}

/** The server that has the address and runs the shop. */
async function servingNow({ cloud, hosts, current }: Stage): Promise<string | undefined> {
  const { floatingIps, probe } = current();
  const [ipId = ''] = floatingIps;
  const { instanceId } = expectOk(await cloud.floatingIps.get(ipId));
  if (instanceId === undefined) return undefined;
  const report = expectOk(await hosts.get(refAt(cloud.at, instanceId)).check(probe));
  return report.healthy ? instanceId : undefined;
}

export type AnyGraph = StepGraph<World, never, unknown>;

/** The graph that the plan names: the plan's input is that graph's own. */
export function graphOf(
  graphs: readonly AnyGraph[],
  { graph: name }: PlannedRun,
): StepGraph<World, PlannedRun['input'], unknown> {
  const found = graphs.find((graph) => graph.name === name);
  if (found === undefined) throw new Error(`There is no graph ${name}.`);
  return found as StepGraph<World, PlannedRun['input'], unknown>;
}
