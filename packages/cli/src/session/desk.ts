/**
 * The journal of a config, for looking: runs, their events, their shapes. No cloud is asked, and no run is taken over
 * from here. A journal that is not there yet is not made.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Clock, cloudRegistry, hostRegistry } from '@belay/cloud';
import { createPlanner, type Planner } from '@belay/planner';
import {
  type AnyGraph,
  type Journal,
  openRunner,
  type Runner,
  type RunRow,
  type RunView,
  type Shape,
  type StoredEvent,
  shapeOf,
  sqliteJournal,
  viewOf,
} from '@belay/runner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import { openClouds } from './open-clouds.ts';

/** Looks at runs. */
export interface Desk {
  readonly clock: Clock;
  readonly planner: Planner;
  /** `undefined` where there is no journal yet: nothing has ever run. */
  readonly runner: Runner | undefined;
  readonly journal: Journal;
  readonly loaded: LoadedConfig;
  close(): Promise<void>;
}

/** Opens the journal, where there is one. */
export function openDesk(call: Call): ResultAsync<Desk, ConfigError> {
  return call.config().andThen((loaded) => new ResultAsync(open(call, loaded)));
}

async function open(call: Call, loaded: LoadedConfig): Promise<Result<Desk, ConfigError>> {
  const clock = await clockOf(call, loaded);
  if (clock.isErr()) return err(clock.error);
  const path = journalPath(loaded);
  const planner = plannerOf(loaded);
  const journal = sqliteJournal(path);
  const runner = existsSync(path)
    ? await openRunner({
        graphs: planner.graphs,
        services: { clouds: cloudRegistry([]), hosts: hostRegistry([]) },
        journal,
        clock: clock.value,
      })
    : undefined;
  return ok({
    clock: clock.value,
    planner,
    runner,
    journal,
    loaded,
    close: async () => await runner?.close(),
  });
}

/** Simulated clouds have a time of their own, and their runs are written down in it. Opening none of them, only asks it. */
async function clockOf(call: Call, loaded: LoadedConfig): Promise<Result<Clock, ConfigError>> {
  const hasSims = Object.values(loaded.config.clouds ?? {}).some(({ kind }) => kind === 'sim');
  if (!hasSims) return ok(call.clock);
  return (await openClouds({ loaded, env: call.env, clock: call.clock })).map(({ clock }) => clock);
}

/** The absolute path of the journal. */
export function journalPath({ config, folder }: LoadedConfig): string {
  return resolve(folder, config.journal ?? 'belay.db');
}

/** The planner with the slots of the house. */
export function plannerOf({ config }: LoadedConfig): Planner {
  const slots = config.services?.slots;
  return createPlanner(slots === undefined ? {} : { slots: [slots] });
}

/** A run as it stands, read once. */
export interface SeenRun {
  readonly row: RunRow;
  readonly events: readonly StoredEvent[];
  /** Absent where this version has no graph of that name, or it can no longer be built for that input. */
  readonly shape?: Shape | undefined;
  readonly view?: RunView | undefined;
}

/** Reads all events that there are by now. */
export function seeRun(
  { journal, planner, clock }: Desk,
  row: RunRow,
): ResultAsync<SeenRun, { readonly message: string }> {
  return journal.read(row.runId, 1, row.lastSeq).map((events) => {
    const shape = shapeOfRun(planner, row);
    if (shape === undefined) return { row, events };
    return { row, events, shape, view: viewOf(shape, events, clock.now()) };
  });
}

/** The shape of a run, by its graph's name and its input. */
export function shapeOfRun(
  planner: Planner,
  { graph: name, input }: Pick<RunRow, 'graph' | 'input'>,
): Shape | undefined {
  const graphs: readonly AnyGraph[] = planner.graphs;
  const graph = graphs.find((each) => each.name === name);
  if (graph === undefined) return undefined;
  // The journal has the input as it was given to this very graph; the list of graphs has one type for all inputs.
  const shape = shapeOf(graph, input as never);
  return shape.isOk() ? shape.value : undefined;
}
