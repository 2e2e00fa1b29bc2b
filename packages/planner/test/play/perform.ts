// A performance: a play with the accidents that a script names. Processes die and others carry on, steps fail, clouds
// misbehave, and at the end everything that must be true of any end is looked at. What is wrong comes back as
// sentences; a performance with none went well, whichever way the run came out.

import { planner } from '@belay/planner';
import {
  type Journal,
  memoryJournal,
  memoryStore,
  type Outcome,
  openRunner,
  type Runner,
  type RunnerError,
  type StoredEvent,
} from '@belay/runner';
import type { Result } from 'neverthrow';
import { endProblems, servesOf } from './end.ts';
import { type Life, lifeOf, type Point } from './life.ts';
import { releasesOf } from './rescues.ts';
import { type Sabotage, sabotaged } from './sabotage.ts';
import { keys, type Play, type Stage, word } from './stage.ts';
import { watch } from './watch.ts';

export interface Script {
  readonly seed?: number | string;
  /** At which of its moments the first process dies, the second, and so on; the one after them lives. */
  readonly deaths?: readonly number[];
  /** They do not die but sleep for so long, while others take over, and then go on as if nothing had been. */
  readonly asleepMs?: number;
  readonly sabotage?: readonly Sabotage[];
  /** What the world does, from just before the run on. */
  readonly faults?: (stage: Stage) => void;
  /** Takes a run that succeeded back, where it can be. */
  readonly goBack?: boolean;
  /** Whoever is asked ends what is wrong with the world and says `retry`. Nobody answers where absent. */
  readonly person?: boolean;
}

/** What came of it. */
export interface Told {
  readonly state: Outcome<unknown>['state'] | 'unknown';
  /** What must not be, as sentences. */
  readonly problems: readonly string[];
  /** The moments at which each process could have died. */
  readonly points: readonly (readonly Point[])[];
  /** `step why`, of every step that a person was asked about. */
  readonly asked: readonly string[];
  /** Which server serves at the end. */
  readonly serves: 'home' | 'other' | 'nobody';
  readonly detail: string;
  /** The journal of the run. */
  readonly events: readonly StoredEvent[];
}

const runId = 'run';
/** What has not ended by then does not end. */
const patienceMs = 21 * 24 * 3_600_000;
const settleMs = 900_000;
/** A process that gives no sign of life for so long is taken for hung. */
const leaseMs = 31_000;
const mostRounds = 8;

export async function perform(play: Play, script: Script = {}): Promise<Told> {
  const opened = await play.open(script.seed ?? 1);
  // A run is known by its very graph.
  const stage = { ...opened, graph: sabotaged(opened.graph, script.sabotage ?? []) };
  const { scene } = stage;
  const store = memoryStore();
  const lives: Life[] = [];
  const open = async (at?: number) => {
    const owner = `process-${lives.length + 1}`;
    const { asleepMs } = script;
    // One that sleeps gives no sign of life, and nothing else tells that it is not there.
    const onDeath = (): void => (asleepMs === undefined ? store.kill(owner) : undefined);
    const life = lifeOf({ clock: scene.sim.clock, at, asleepMs, onDeath });
    const runner = await openFor(stage, life, life.journal(memoryJournal(store)), owner);
    lives.push(life);
    return { life, runner };
  };

  if (stage.prologue !== undefined) {
    const { runner } = await open();
    await stage.prologue(runner);
    await scene.until(runner.close());
    lives.pop();
  }
  const seen = watch(stage);
  script.faults?.(stage);
  const asked: string[] = [];
  const deaths = script.deaths ?? [];
  for (let turn = 0; ; turn += 1) {
    const { life, runner } = await open(deaths[turn]);
    const end = await untilEnd(stage, life, act({ stage, script, asked }, runner, turn > 0));
    if (end === 'died') {
      if (script.asleepMs !== undefined) await scene.sim.clock.advance(leaseMs);
      continue;
    }
    const points = lives.map((each) => each.points);
    const about = { points, asked };
    if (end === 'endless' || end.isErr()) {
      const why = end === 'endless' ? 'it does not end' : end.isErr() ? end.error.message : '';
      const problems = [why, ...seen.problems];
      return { ...about, state: 'unknown', problems, serves: servesOf(stage), detail: why, events: [] };
    }
    const { row } = (await scene.until(runner.get(runId)))._unsafeUnwrap();
    const events = await eventsOf(stage, runner, row.lastSeq);
    await scene.until(runner.close());
    // What was begun before somebody died, or gave up waiting, comes to its end.
    scene.sim.faults.clear();
    scene.sim.faults.unstick();
    await scene.sim.clock.advance(settleMs);
    seen.end();
    const problems = [...seen.problems, ...endProblems(stage, seen, end.value, row, events)];
    const detail = JSON.stringify(end.value).slice(0, 800);
    return { ...about, state: end.value.state, problems, serves: servesOf(stage), detail, events };
  }
}

type End = Result<Outcome<unknown>, RunnerError>;

/** What a process does: goes on with what is there, or begins it; and what people say to that. */
async function act(
  { stage, script, asked }: { readonly stage: Stage; readonly script: Script; readonly asked: string[] },
  runner: Runner,
  isHeir: boolean,
): Promise<End> {
  if (isHeir) {
    const recovered = await runner.recover();
    if (recovered.isErr()) return recovered.map((): never => undefined as never);
  }
  // Where not even its beginning was durable, it is begun.
  let end: End = await runner.run(stage.graph, stage.input() as never, { id: runId, keys });
  end = await helped(stage, script, asked, runner, end);
  if (script.goBack !== true || end.isErr() || end.value.state !== 'success') return end;
  const back = await runner.revert(runId, word);
  // After the point of no return it stays as it is.
  if (back.isErr() && back.error.kind === 'refused') return end;
  return helped(stage, script, asked, runner, back);
}

async function helped(
  stage: Stage,
  { person, sabotage = [] }: Script,
  asked: string[],
  runner: Runner,
  first: End,
): Promise<End> {
  let end = first;
  for (let round = 0; round < mostRounds && end.isOk() && end.value.state === 'stuck'; round += 1) {
    const { stuck } = end.value;
    asked.push(...stuck.map(({ step, why }) => `${step} ${why}`));
    if (person !== true) return end;
    stage.scene.sim.faults.clear();
    stage.scene.sim.faults.unstick();
    for (const fault of sabotage) fault.times = 0;
    for (const { step, verbs } of stuck) {
      if (verbs.includes('retry')) (await runner.resolve(runId, step, 'retry', word))._unsafeUnwrap();
    }
    end = await runner.wait(runId);
  }
  return end;
}

async function untilEnd(
  { scene: { sim, until } }: Stage,
  { died }: Life,
  acting: Promise<End>,
): Promise<End | 'died' | 'endless'> {
  let cancel = (): void => undefined;
  const endless = new Promise<'endless'>((resolve) => {
    cancel = sim.clock.after(patienceMs, () => resolve('endless'));
  });
  const end = await until(Promise.race([died, acting, endless]));
  cancel();
  return end;
}

async function eventsOf(
  { scene: { until } }: Stage,
  runner: Runner,
  lastSeq: number,
): Promise<readonly StoredEvent[]> {
  const all: StoredEvent[] = [];
  await until(
    (async () => {
      for await (const event of runner.events(runId)) {
        all.push(event);
        // Of one that waits for a person there is no end.
        if (event.seq >= lastSeq) return;
      }
    })(),
  );
  return all;
}

async function openFor(stage: Stage, life: Life, journal: Journal, owner: string): Promise<Runner> {
  const { graph, scene } = stage;
  const { sim } = scene;
  // Two processes share nothing but the world.
  const cloud = sim.anotherCloud();
  const clouds = life.service('clouds', { ...sim.clouds, get: () => cloud });
  const hosts = life.service('hosts', sim.hosts);
  const house: Readonly<Record<string, object>> = { ...stage.house, ...releasesOf(() => runner) };
  const ports = Object.entries(house).map(([name, port]) => [name, life.service(name, port)]);
  const services = { clouds, hosts, clock: sim.clock, ...Object.fromEntries(ports) };
  const others = planner.graphs.filter(({ name }) => name !== graph.name);
  const graphs = [graph, ...others];
  const runner: Runner = await openRunner({
    graphs,
    // Of graphs in a list nobody knows what they ask for together; these ask for no more than this.
    services: services as never,
    journal,
    clock: sim.clock,
    owner,
  });
  return runner;
}
