// One move of the shop while clients order: planned, carried out, measured, and every confirmed order looked for.

import type { Ref } from '@belay/cloud';
import { type Plan, planner } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';
import { sabotaged } from './meddle.ts';
import { openScene, type Ran, type Seen, sameServer } from './scene.ts';
import type { PlanWish, Stage } from './stage.ts';
import { type AnyGraph, runOf } from './steps.ts';
import { rounded, seconds } from './window.ts';

export interface MoveOptions extends PlanWish {
  readonly id: string;
  /** The step that fails; none where absent. */
  readonly failing?: string | undefined;
  /** One that is made already, for a shop that stands where it stood; else one is made just before. */
  readonly plan?: Plan | undefined;
}

/** What came of a move. Times in seconds. */
export interface Moved {
  readonly plan: Plan;
  readonly state: Ran['state'];
  /** How the run ended when a person had mended what failed; absent where nobody had to. */
  readonly mended?: Ran['state'] | undefined;
  /** The server that serves in the end. */
  readonly server: Ref | undefined;
  /** Who served when the run had come to its outcome. */
  readonly serves: 'source' | 'target' | 'nobody';
  readonly totalS: number;
  readonly downtimeS: number;
  readonly dataPhaseS: number;
  readonly overheadS: number;
  readonly clientGapS: number;
  /** The longest time without a confirmed order while the source settled, and until the stop; absent where it did not. */
  readonly settleGapS?: number | undefined;
  /** All the time in which clients noticed that nobody served. */
  readonly outageS: number;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  readonly integrity: string;
  readonly filesIntact: boolean;
  readonly twoServed: number;
  readonly events: readonly StoredEvent[];
}

export async function move(stage: Stage, { id, failing, ...wish }: MoveOptions): Promise<Moved> {
  const plan = wish.plan ?? (await stage.makePlan(wish));
  const run = runOf(plan);
  const source = stage.current().instance;
  const all: readonly AnyGraph[] = planner.graphs;
  const graphs =
    failing === undefined
      ? all
      : all.map((graph) => (graph.name === run.graph ? sabotaged(graph, failing) : graph));
  const scene = await openScene(stage, id);
  const { state, events, times, overheadMs } = await scene.carryOut(id, run, graphs);
  const { settling, window } = times;
  const settleGapMs =
    settling && scene.visitors.longestGapMs(settling.fromMs, Math.max(settling.toMs, window?.fromMs ?? 0));
  const serving = await scene.serving();
  // Past the point of no return the way is forward, and what failed for good waits for a person.
  const mended = state === 'stuck' ? await scene.tryAgain(id, run, all) : undefined;
  const seen = await scene.end();
  return {
    plan,
    state,
    mended,
    serves: serving === undefined ? 'nobody' : sameServer(serving, source) ? 'source' : 'target',
    totalS: rounded((times.endedMs - times.beganMs) / 1_000),
    downtimeS: seconds(times.window),
    dataPhaseS: seconds(times.dataPhase),
    overheadS: rounded(overheadMs / 1_000),
    ...(settleGapMs !== undefined && { settleGapS: rounded(settleGapMs / 1_000) }),
    events,
    ...outside(seen),
  };
}

type Outside = Pick<
  Moved,
  | 'server'
  | 'clientGapS'
  | 'outageS'
  | 'ordersAcknowledged'
  | 'ordersLost'
  | 'integrity'
  | 'filesIntact'
  | 'twoServed'
>;

function outside({ server, longestGapMs, outageMs, acknowledged, kept, ...rest }: Seen): Outside {
  return {
    server,
    clientGapS: rounded(longestGapMs / 1_000),
    outageS: rounded(outageMs / 1_000),
    ordersAcknowledged: acknowledged,
    ordersLost: kept === undefined ? acknowledged : kept.lost.length,
    integrity: kept?.integrity ?? 'nobody serves',
    filesIntact: rest.filesIntact,
    twoServed: rest.twoServed,
  };
}

/** What is not as it must be, as sentences. */
export function wrongWith(
  id: string,
  moved: Moved,
  wanted: { readonly state: Moved['state']; readonly serves: Moved['serves'] },
): readonly string[] {
  return [
    moved.state === wanted.state ? [] : [`${id} ended as ${moved.state}, not ${wanted.state}`],
    moved.mended === undefined || moved.mended === 'success' ? [] : [`${id}: tried again, ${moved.mended}`],
    moved.serves === wanted.serves ? [] : [`${id}: ${moved.serves} serves, not ${wanted.serves}`],
    moved.ordersLost === 0 ? [] : [`${id}: ${moved.ordersLost} confirmed orders are lost`],
    moved.ordersAcknowledged > 0 ? [] : [`${id}: no order was confirmed`],
    moved.integrity === 'ok' ? [] : [`${id}: the database says ${moved.integrity}`],
    moved.filesIntact ? [] : [`${id}: files are not as they were`],
    moved.twoServed === 0 ? [] : [`${id}: two servers answered ${moved.twoServed} times`],
  ].flat();
}
