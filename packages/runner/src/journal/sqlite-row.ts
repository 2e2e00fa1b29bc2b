/**
 * Reads rows of the file: what SQLite gives is loosely typed, and here it becomes what the port promises. A value that
 * cannot be there says that the file is damaged.
 */

import type { SQLOutputValue } from 'node:sqlite';
import type { RunEvent, RunState, StoredEvent } from '../event.ts';
import type { KeyHolder, Request, RunRow, StoredRequest } from '../journal.ts';
import type { Json } from '../json.ts';
import { Refusal } from './rules.ts';

export type Row = Record<string, SQLOutputValue>;

export function runRow(row: Row, ownerIs: (owner: string | undefined) => RunRow['ownerIs']): RunRow {
  const owner = row['owner'] === null ? undefined : text(row, 'owner');
  return {
    runId: text(row, 'run_id'),
    graph: text(row, 'graph'),
    input: json(row, 'input'),
    state: state(row),
    fence: integer(row, 'fence'),
    owner,
    ownerIs: ownerIs(owner),
    keys: keys(row),
    keysHeld: integer(row, 'keys_held') === 1,
    createdAtMs: integer(row, 'created_at_ms'),
    updatedAtMs: Math.max(integer(row, 'changed_at_ms'), integer(row, 'last_at_ms')),
    lastSeq: integer(row, 'last_seq'),
  };
}

/** Events come without a gap: one that is missing was lost. */
export function storedEvents(rows: readonly Row[], runId: string, fromSeq: number): readonly StoredEvent[] {
  return rows.map((row, i) => {
    const seq = integer(row, 'seq');
    if (seq !== fromSeq + i) throw new Refusal('corrupt', `event ${fromSeq + i} of run ${runId} is missing`);
    return { seq, atMs: integer(row, 'at_ms'), fence: integer(row, 'fence'), event: event(row, runId) };
  });
}

export function keyHolder(row: Row): KeyHolder {
  return { key: text(row, 'key'), runId: text(row, 'run_id'), sinceMs: integer(row, 'since_ms') };
}

export function storedRequest(row: Row): StoredRequest {
  // Only `request` writes there, and it takes nothing else.
  return {
    id: integer(row, 'id'),
    runId: text(row, 'run_id'),
    request: parse(text(row, 'request')) as Request,
  };
}

export function keys(row: Row): readonly string[] {
  const found = json(row, 'keys');
  if (Array.isArray(found) && found.every((key) => typeof key === 'string')) return found;
  throw new Refusal('corrupt', 'a run’s keys are not a list of words');
}

export function json(row: Row, column: string): Json {
  // What JSON.parse gives is JSON.
  return parse(text(row, column)) as Json;
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new Refusal('corrupt', `${column} is not a text`);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new Refusal('corrupt', `${column} is not a number`);
}

/** Every state, so that a new one cannot be forgotten here. */
const states: Readonly<Record<RunState, true>> = {
  running: true,
  waiting: true,
  background: true,
  suspended: true,
  reverting: true,
  stuck: true,
  success: true,
  reverted: true,
  abandoned: true,
};

export function state(row: Row): RunState {
  const found = text(row, 'state');
  if (isState(found)) return found;
  throw new Refusal('corrupt', `a run is in the state “${found}”, which there is not`);
}

function isState(found: string): found is RunState {
  return Object.hasOwn(states, found);
}

function event(row: Row, runId: string): RunEvent {
  const found = parse(text(row, 'data'));
  if (typeof found === 'object' && found !== null && typeof Reflect.get(found, 'kind') === 'string') {
    // Written by `append` under this format's number: which kinds there are is the engine's to know.
    return found as RunEvent;
  }
  throw new Refusal('corrupt', `event ${integer(row, 'seq')} of run ${runId} is not an event`);
}

function parse(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    throw new Refusal('corrupt', 'something that was written as JSON no longer is');
  }
}
