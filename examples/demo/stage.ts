/**
 * The scene of the demo: a simulated cloud with a web shop on `web12`, in time that runs faster than ours; the facts,
 * the plan and a runner for it. A scene that is kept in a file can be entered again by another process.
 */

import {
  observe,
  type Plan,
  plan,
  planner,
  type RunOf,
  type SwapInput,
  type Target,
  type Workload,
} from '@belay/planner';
import { openRunner, type Runner, sqliteJournal } from '@belay/runner';
import { createSim, type ScaledClock, type Shop, type Sim, scaledClock, shopScenario } from '@belay/sim';
import type { Result } from 'neverthrow';

export interface StageOptions {
  readonly seed: number;
  /** Where the world is kept, if another process shall enter it. */
  readonly worldFile?: string | undefined;
  readonly journalFile: string;
  /** So many simulated seconds pass in one of ours. */
  readonly speed: number;
  /** The time of all scenes, one after the other. A world that is kept in a file has its own. */
  readonly clock?: ScaledClock | undefined;
}

export interface Stage {
  readonly sim: Sim<ScaledClock>;
  readonly shop: Shop;
  readonly clock: ScaledClock;
  openRunner(): Promise<Runner>;
}

export function openStage(options: StageOptions): Stage {
  const { seed, worldFile, journalFile, speed, clock = scaledClock(speed) } = options;
  const sim = createSim({
    seed,
    clock,
    file: worldFile,
    // Last night's snapshot is made while the scene is set: nobody wants to watch that.
    latencies: { 'snapshots.create': [1000, 2000, 3000] },
  });
  const shop = shopScenario(sim);
  return {
    sim,
    shop,
    clock,
    openRunner: () =>
      openRunner({ graphs: planner.graphs, services: sim, journal: sqliteJournal(journalFile), clock }),
  };
}

export async function makeBackup({ sim, shop }: Stage): Promise<void> {
  const { snapshots } = sim.cloud;
  const made = snapshots.create({ name: 'nightly', volumeId: shop.dataVolumeId }, { key: 'nightly' });
  expectOk(await made.andThen(({ id }) => snapshots.untilReady(id)));
}

/** The run that the demo shows. */
export type SwapRun = RunOf<'volume-swap', SwapInput>;

export async function makePlan({
  sim,
  shop,
  clock,
}: Stage): Promise<{ readonly plan: Plan; readonly run: SwapRun }> {
  const facts = expectOk(await observe(workloadOf(shop), targetOf(shop), sim, { clock }));
  const now = new Date(clock.now()).toISOString();
  const made = plan(facts, targetOf(shop), { now, budgetSeconds: 300 });
  const run = expectOk(planner.runOf(made, { now }));
  if (run.graph !== 'volume-swap')
    throw new Error(`the demo shows a volume swap, the plan is a ${run.graph}`);
  return { plan: made, run };
}

/** The demo sets its own scene: what goes wrong in that is a mistake in it, and ends it. */
export function expectOk<T>(result: Result<T, { readonly message: string }>): T {
  if (result.isErr()) throw new Error(result.error.message);
  return result.value;
}

function workloadOf(shop: Shop): Workload {
  return {
    name: shop.instanceName,
    instance: { ...shop.at, id: shop.instanceId },
    volumeId: shop.dataVolumeId,
    mountPoint: shop.mountPoint,
    filesystemUuid: shop.filesystemUuid,
    floatingIps: [shop.floatingIpId],
    names: [],
    services: shop.services,
    probe: { name: shop.name },
    rootDisk: 'can-be-made-again',
  };
}

function targetOf(shop: Shop): Target {
  return {
    at: shop.at,
    name: shop.instanceName,
    zones: [shop.zone],
    instanceType: 'eagle-4xl',
    imageId: shop.imageId,
    diskType: shop.diskType,
    sizeGiB: shop.dataSizeGiB,
    carries: { filesystems: ['ext4'], databases: { mysql: '8.0.44' } },
  };
}
