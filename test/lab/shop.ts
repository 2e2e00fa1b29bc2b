// The shop of one story: its clients, the runs that change it, and what is seen of it from outside when the story ends.

import { randomUUID } from 'node:crypto';
import { type Ref, Secret, secretStore, systemClock } from '@belay/cloud';
import {
  firstRunsOf,
  type Plan,
  planner,
  type StrategyName,
  type TakeoverPlan,
  type Target,
  type World,
} from '@belay/planner';
import { memoryJournal, type Outcome, openRunner, type Runner } from '@belay/runner';
import { expectOk } from '../../bench/lab/expect.ts';
import { sabotaged } from '../../bench/lab/meddle.ts';
import { openScene, type Run, type Scene, type Seen, sameServer } from '../../bench/lab/scene.ts';
import { mountPoint } from '../../bench/lab/shop-server.ts';
import { type LabStage, openStage, planFor } from '../../bench/lab/stage.ts';
import { type AnyGraph, graphOf, stepsOf } from '../../bench/lab/steps.ts';
import { inGuest } from './box.ts';
import { type KeptStandby, keeperOf } from './standby.ts';
import { check } from './story.ts';
import { word } from './word.ts';

export interface Shop {
  readonly stage: LabStage;
  readonly scene: Scene;
  readonly runner: Runner;
  /** The standbys that somebody keeps, by the ids of their servers. */
  readonly standbys: Map<string, KeptStandby>;
  /** What the filesystem of the shop's data can hold, as its server says. */
  roomBytes(): number;
  plan(strategy: StrategyName, target: Target): Promise<Plan>;
  /** The last step that can still be taken back fails: all of it goes back, and the source serves. */
  refused(plan: Plan | TakeoverPlan): Promise<void>;
  /** It is carried out, and succeeds. */
  done(plan: Plan | TakeoverPlan): Promise<Done>;
  carriedOut(run: Run): Promise<Done>;
  takenBack(runId: string): Promise<void>;
}

interface Done {
  readonly runId: string;
  readonly output: unknown;
}

/** Who serves at the end of a story; and from when its data is, where some of it was given up. */
export type End = 'source' | 'target' | { readonly dataAt: string };

const files = 500;
const password = 'a password that somebody typed';

/** Opens the shop, tells the story, and looks at what clients saw and what is on the disk. */
export async function atShop(
  folder: string,
  tell: (shop: Shop) => Promise<End>,
  filesystemType?: 'ext4' | 'xfs',
): Promise<void> {
  const stage = await openStage(folder, files, filesystemType);
  try {
    const source = stage.current().instance;
    const scene = await openScene(stage, 'graphs');
    const standbys = new Map<string, KeptStandby>();
    const services: World = {
      ...stage.services,
      releases: firstRunsOf(() => runner),
      secrets: secretStore({ takeover: password }),
      authorisations: { given: () => new Secret(password) },
      standbys: keeperOf(standbys),
    };
    const runner = await runnerOf(planner.graphs, services);
    try {
      const shop = { stage, scene, runner, standbys, ...doings({ stage, scene, runner, services }) };
      const end = await tell(shop).catch(async (thrown: unknown) => {
        // Or else its clients would come for ever.
        await scene.end().catch(() => undefined);
        throw thrown;
      });
      checkEnd(await scene.end(), source, end);
    } finally {
      await runner.close();
    }
  } finally {
    await stage.close();
  }
}

interface Wires {
  readonly stage: LabStage;
  readonly scene: Scene;
  readonly runner: Runner;
  readonly services: World;
}

type Doings = Pick<Shop, 'roomBytes' | 'plan' | 'refused' | 'done' | 'carriedOut' | 'takenBack'>;

function doings({ stage, scene, runner, services }: Wires): Doings {
  const { id } = stage.current().instance;
  const carriedOut = async (run: Run): Promise<Done> => {
    const { runId, outcome } = await ranOn(runner, planner.graphs, run);
    if (outcome.state === 'success') return { runId, output: outcome.output };
    throw new Error(`${run.graph} ended ${outcome.state}: ${JSON.stringify(outcome)}`);
  };
  return {
    roomBytes: () =>
      Number(inGuest(stage.folder, id, 'df', '--output=size', '-B1', mountPoint).split('\n')[1]),
    async plan(strategy, target) {
      const plan = await planFor(stage.services, stage.current(), target, { strategy });
      const judged = plan.candidates.find((one) => one.strategy === strategy);
      const against = judged?.findings.filter(({ verdict }) => verdict !== 'holds');
      check(plan.strategy === strategy, `It would be ${plan.strategy}: ${JSON.stringify(against)}`);
      return plan;
    },
    async refused(plan) {
      const run = startOf(plan);
      const { path = '' } = stepsOf(run).findLast(({ isAfterPivot }) => !isAfterPivot) ?? {};
      const all: readonly AnyGraph[] = planner.graphs;
      const graphs = all.map((graph) => (graph.name === run.graph ? sabotaged(graph, path) : graph));
      const failing = await runnerOf(graphs, services);
      const { outcome } = await ranOn(failing, graphs, run);
      await failing.close();
      check(outcome.state === 'reverted', `With ${path} failing: ${JSON.stringify(outcome)}`);
      const serving = await scene.serving();
      check(serving?.id === id, `With ${path} failing ${serving?.id ?? 'nobody'} serves.`);
    },
    done: (plan) => carriedOut(startOf(plan)),
    carriedOut,
    async takenBack(runId) {
      const outcome = expectOk(await runner.revert(runId, word));
      check(outcome.state === 'reverted', `Taken back: ${JSON.stringify(outcome)}`);
    },
  };
}

function runnerOf(graphs: readonly AnyGraph[], services: World): Promise<Runner> {
  return openRunner({ graphs, services, journal: memoryJournal(), clock: systemClock });
}

async function ranOn(
  runner: Runner,
  graphs: readonly AnyGraph[],
  run: Run,
): Promise<{ readonly runId: string; readonly outcome: Outcome<unknown> }> {
  const runId = randomUUID();
  // What planned the run has chosen graph and input together.
  const input = run.input as never;
  return {
    runId,
    outcome: expectOk(await runner.run(graphOf(graphs, run), input, { id: runId, keys: run.keys })),
  };
}

function startOf({ run, missing }: Plan | TakeoverPlan): Run {
  if (run === undefined) throw new Error(`There is nothing to run: ${JSON.stringify(missing)}`);
  return run;
}

function checkEnd(seen: Seen, source: Ref, end: End): void {
  const { server, kept, acknowledged, filesIntact, twoServed } = seen;
  const serves = server === undefined ? 'nobody' : sameServer(server, source) ? 'source' : 'target';
  check(serves === (end === 'source' ? 'source' : 'target'), `In the end ${serves} serves.`);
  check(twoServed === 0, `Two servers answered ${twoServed} times.`);
  check(acknowledged > 50, `Only ${acknowledged} orders were confirmed.`);
  const givenUpFromMs = typeof end === 'string' ? Number.POSITIVE_INFINITY : Date.parse(end.dataAt);
  const lost = kept?.lost.filter(({ atMs }) => atMs < givenUpFromMs) ?? [];
  check(lost.length === 0, `${lost.length} of ${acknowledged} confirmed orders are lost.`);
  check(kept?.integrity === 'ok', `The database says ${kept?.integrity}.`);
  check(filesIntact, 'Files are not as they were.');
}
