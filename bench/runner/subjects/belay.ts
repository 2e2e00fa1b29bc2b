/**
 * belay, as a user calls it: the graph is declared inside `run()`, checked, run and journaled there, so all of that is
 * on the clock. Opening the runner is not: it is done once for many runs.
 */

import { join } from 'node:path';
import {
  type GraphBuilder,
  type Handle,
  type Journal,
  memoryJournal,
  openRunner,
  type RunnerError,
  type StepGraph,
  sqliteJournal,
  stepGraph,
} from '@belay/runner';
import { ok, type Result } from 'neverthrow';
import { randomNeeds } from './random-graph.ts';
import { expectCount, type Measured, secondsSince, stepsPerRun, type Task } from './task.ts';

type Graph = StepGraph<object, number, number | undefined>;

let stepsDone = 0;

export async function belay(task: Task): Promise<Measured> {
  const graph = graphs[task.shape];
  if (graph === undefined) throw new Error(`belay has no ${task.shape}`);
  if (task.shape === 'random') edges = randomNeeds(task.size);
  stepsDone = 0;
  const runs = task.shape === 'many-runs' ? task.size / stepsPerRun : 1;
  const runner = await openRunner({
    graphs: [graph],
    services: {},
    journal: journalFor(task),
    concurrency: task.size,
  });
  const watcher = task.shape === 'watched-fan-out' ? watchLoop() : undefined;

  const startedAt = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: runs }, (_, run) => runner.run(graph, task.size / runs, { id: `run-${run}` })),
  );
  const seconds = secondsSince(startedAt);

  const longestTurnMs = watcher?.stop();
  for (const outcome of outcomes.map(mustBe)) {
    if (outcome.state !== 'success') throw new Error(`the run ended as ${outcome.state}`);
  }
  await runner.close();
  expectCount('steps', task.size, stepsDone);
  return { seconds, count: stepsDone, ...(longestTurnMs === undefined ? {} : { longestTurnMs }) };
}

/** See `crash.ts`. */
export async function belayCrash(folder: string, begin: boolean, reach: () => Promise<void>): Promise<void> {
  const graph = stepGraph('crash', (g: GraphBuilder<{ readonly reach: () => Promise<void> }>, _: number) => {
    const a = g.step('a', { idempotent: true, run: () => ok(1) });
    const b = g.step('b', {
      needs: { a },
      idempotent: true,
      run: async ({ a: before }, { services }) => {
        await services.reach();
        return ok(before + 1);
      },
    });
    return g.step('c', { needs: { b }, idempotent: true, run: ({ b: before }) => ok(before + 1) });
  });
  const runner = await openRunner({
    graphs: [graph],
    services: { reach },
    journal: sqliteJournal(join(folder, 'belay.db')),
  });
  if (!begin) mustBe(await runner.recover());
  // The same id, graph and input attach to the run, whoever carries it on.
  const outcome = mustBe(await runner.run(graph, 1, { id: 'crashed' }));
  if (outcome.state !== 'success') throw new Error(`the run ended as ${outcome.state}`);
}

function journalFor({ store, folder }: Task): Journal {
  return store === 'memory' ? memoryJournal() : sqliteJournal(join(folder, 'belay.db'));
}

const graphs: Partial<Record<Task['shape'], Graph>> = {
  line: stepGraph('line', (g: GraphBuilder<object>, size: number) => line(g, size, plain)),
  'many-runs': stepGraph('many-runs', (g: GraphBuilder<object>, size: number) => line(g, size, plain)),
  'fan-out': stepGraph('fan-out', (g: GraphBuilder<object>, size: number) => fanOut(g, size, plain)),
  'watched-fan-out': stepGraph('watched-fan-out', (g: GraphBuilder<object>, size: number) =>
    fanOut(g, size, plain),
  ),
  'revertible-line': stepGraph('revertible-line', (g: GraphBuilder<object>, size: number) =>
    line(g, size, revertible),
  ),
  'revertible-fan-out': stepGraph('revertible-fan-out', (g: GraphBuilder<object>, size: number) =>
    fanOut(g, size, revertible),
  ),
  random: stepGraph('random', (g: GraphBuilder<object>, size: number) => {
    const handles: Handle<number>[] = [];
    for (let step = 0; step < size; step += 1) handles.push(plain(g, `s${step}`, needsOf(step, handles)));
    return handles.at(-1);
  }),
};

/** Drawn before the clock starts, as it is for the others. */
let edges: readonly (readonly number[])[] = [];

/** The needs of one step of the random graph, under the names that a step of up to three needs would give them. */
function needsOf(step: number, handles: readonly Handle<number>[]): Readonly<Record<string, Handle<number>>> {
  const [first, second, third] = (edges[step] ?? []).map((need) => handles[need]);
  if (first === undefined) return {};
  if (second === undefined) return { first };
  return third === undefined ? { first, second } : { first, second, third };
}

type Declare = (
  g: GraphBuilder<object>,
  name: string,
  needs: Readonly<Record<string, Handle<number>>>,
) => Handle<number>;

const plain: Declare = (g, name, needs) => g.step(name, { needs, idempotent: true, run: add });

const revertible: Declare = (g, name, needs) =>
  g.step(name, {
    needs,
    run: add,
    probe: () => ok({ happened: 'no' }),
    revert: () => ok(undefined),
  });

function add(needs: Readonly<Record<string, number>>) {
  stepsDone += 1;
  for (const name in needs) return ok(1 + (needs[name] ?? 0));
  return ok(1);
}

function line(g: GraphBuilder<object>, size: number, declare: Declare): Handle<number> | undefined {
  let last: Handle<number> | undefined;
  for (let step = 0; step < size; step += 1)
    last = declare(g, `s${step}`, last === undefined ? {} : { last });
  return last;
}

function fanOut(g: GraphBuilder<object>, size: number, declare: Declare): undefined {
  for (let step = 0; step < size; step += 1) declare(g, `s${step}`, {});
}

/** Notes the longest time between two turns of the event loop. */
function watchLoop(): { stop(): number } {
  let longestMs = 0;
  let lastAt = performance.now();
  let stopped = false;
  const turn = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lastAt);
    lastAt = now;
    if (!stopped) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop() {
      stopped = true;
      return Math.max(longestMs, performance.now() - lastAt);
    },
  };
}

/** A benchmark has no use for an error but to end with it. */
function mustBe<T>(result: Result<T, RunnerError>): T {
  if (result.isErr()) throw new Error(`${result.error.kind}: ${result.error.message}`);
  return result.value;
}
