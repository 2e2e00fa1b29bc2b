/**
 * openworkflow: durable workflows on `node:sqlite`. It is given every advantage that its users could have: one worker
 * slot for each run, a worker that begins to look the moment the run exists, and a clock that stops when the last
 * step is durable, because its `result()` looks only once a second.
 */

import { join } from 'node:path';
import { peer } from '../peers.ts';
import { expectCount, type Measured, secondsSince, stepsPerRun, type Task } from './task.ts';

/** The part of openworkflow that is called here. */
interface Library {
  readonly OpenWorkflow: new (options: { readonly backend: Backend }) => Client;
}
interface SqliteLibrary {
  readonly BackendSqlite: { connect(path: string): Backend };
}
interface Backend {
  readonly db: { prepare(sql: string): { get(): unknown } };
  stop(): Promise<void>;
}
interface Client {
  defineWorkflow<I>(
    spec: { readonly name: string },
    body: (context: { readonly input: I; readonly step: Steps }) => Promise<unknown>,
  ): { run(input: I): Promise<unknown> };
  newWorker(options: { readonly concurrency: number }): Worker;
}
interface Steps {
  run<T>(options: { readonly name: string }, body: () => T | Promise<T>): Promise<T>;
}
interface Worker {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function openworkflow(task: Task): Promise<Measured> {
  const { client, close } = await connect(task.folder);
  const runs = task.shape === 'many-runs' ? task.size / stepsPerRun : 1;
  const perRun = task.size / runs;
  let steps = 0;
  let ended = 0;
  const { promise: all, resolve: allEnded } = Promise.withResolvers<void>();
  const workflow = client.defineWorkflow<number>({ name: task.shape }, async ({ step }) => {
    const count = () => {
      steps += 1;
      return steps;
    };
    if (task.shape === 'fan-out') {
      await Promise.all(Array.from({ length: perRun }, (_, i) => step.run({ name: `s${i}` }, count)));
    } else for (let i = 0; i < perRun; i += 1) await step.run({ name: `s${i}` }, count);
    ended += 1;
    if (ended === runs) allEnded();
  });
  const worker = client.newWorker({ concurrency: runs });

  const startedAt = performance.now();
  await Promise.all(Array.from({ length: runs }, (_, run) => workflow.run(run)));
  await worker.start();
  await all;
  const seconds = secondsSince(startedAt);

  await worker.stop();
  await close();
  expectCount('steps', task.size, steps);
  return { seconds, count: steps };
}

/** Three steps of which the second calls `reach`, for the recovery after a kill. Ends when the run has ended. */
export async function openworkflowCrash(
  folder: string,
  begin: boolean,
  reach: () => Promise<void>,
): Promise<void> {
  const { client } = await connect(folder);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const workflow = client.defineWorkflow<number>({ name: 'crash' }, async ({ step }) => {
    await step.run({ name: 'a' }, () => 1);
    await step.run({ name: 'b' }, reach);
    await step.run({ name: 'c' }, () => 3);
    end();
  });
  const worker = client.newWorker({ concurrency: 1 });
  if (begin) await workflow.run(1);
  await worker.start();
  await ended;
}

async function connect(
  folder: string,
): Promise<{ readonly client: Client; readonly close: () => Promise<void> }> {
  const { OpenWorkflow } = await peer<Library>('openworkflow');
  const { BackendSqlite } = await peer<SqliteLibrary>('openworkflow/sqlite');
  const backend = BackendSqlite.connect(join(folder, 'openworkflow.db'));
  const { synchronous } = backend.db.prepare('PRAGMA synchronous').get() as { readonly synchronous: number };
  expectCount('openworkflow’s PRAGMA synchronous', full, synchronous);
  return { client: new OpenWorkflow({ backend }), close: () => backend.stop() };
}

/** SQLite's number for FULL. */
const full = 2;
