/**
 * Runs and their events in the file. Nothing of them is remembered between two calls: another process may have raised
 * a fence or added an event meanwhile, and looking costs little beside the commit.
 */

import type { RunEvent, RunState, StoredEvent } from '../event.ts';
import type { Append, Appended, Claimed, Created, KeysTaken, NewRun, RowFilter, RunRow } from '../journal.ts';
import { isFinal, judgeAppend, Refusal, transferProblem } from './rules.ts';
import type { Keys } from './sqlite-keys.ts';
import type { Mail } from './sqlite-mail.ts';
import type { Owners } from './sqlite-owners.ts';
import type { LogRoom } from './sqlite-room.ts';
import { integer, runRow, state, storedEvents } from './sqlite-row.ts';
import type { File } from './sqlite-session.ts';
import { listing, oneRow } from './sqlite-statements.ts';

interface Parts {
  readonly file: File;
  readonly owners: Owners;
  readonly keys: Keys;
  readonly mail: Mail;
  readonly room: LogRoom;
  /** This journal's owner. */
  readonly owner: string;
}

const okOnce: readonly Appended[] = ['ok'];

export class Runs {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  create(run: NewRun): Created {
    return this.#parts.file.transact(() => {
      const row = this.row(run.runId);
      if (row !== undefined) return { created: false, row };
      const locked = this.#parts.keys.obstacle(run.keys, undefined);
      if (locked !== undefined) return { created: false, locked };
      this.#insert(run);
      return { created: true, fence: 1 };
    });
  }

  append(batches: readonly Append[]): readonly Appended[] {
    const { owners, room } = this.#parts;
    const beat = owners.dueBeat();
    if (beat === undefined && batches.length === 1 && this.#appendPlainly(batches[0])) {
      room.committed();
      return okOnce;
    }
    const answers = this.#parts.file.transact(() => {
      if (beat !== undefined) owners.rideAlong(beat);
      return batches.map((batch) => this.#appendOne(batch));
    });
    if (beat !== undefined) owners.beaten(beat);
    room.committed();
    return answers;
  }

  read(runId: string, fromSeq: number, limit: number): readonly StoredEvent[] {
    const run = this.#parts.file.say.findRun.get(runId);
    if (run === undefined || limit <= 0) return [];
    const from = Math.max(fromSeq, 1);
    const rows = this.#parts.file.say.readEvents.all(integer(run, 'id'), from, limit);
    return storedEvents(rows, runId, from);
  }

  row(runId: string): RunRow | undefined {
    const row = this.#parts.file.prepared(oneRow).get(runId);
    return row === undefined ? undefined : runRow(row, (owner) => this.#parts.owners.is(owner));
  }

  rows({ state, graph, key, limit = -1 }: RowFilter): readonly RunRow[] {
    const states = state === undefined ? {} : { states: JSON.stringify([state].flat()) };
    const values = {
      ...states,
      ...(graph !== undefined && { graph }),
      ...(key !== undefined && { key }),
      limit,
    };
    const sql = listing({ states: 'states' in values, graph: graph !== undefined, key: key !== undefined });
    const ownerIs = this.#parts.owners.seen();
    return this.#parts.file
      .prepared(sql)
      .all(values)
      .map((row) => runRow(row, ownerIs));
  }

  claim(runId: string, seenFence: number): Claimed {
    const { file, owner, mail } = this.#parts;
    return this.#parts.file.transact(() => {
      const found = file.say.findRun.get(runId);
      const row = this.row(runId);
      if (found === undefined || row === undefined) return { claimed: false, row };
      if (row.fence !== seenFence || row.ownerIs === 'live') return { claimed: false, row };
      const fence = row.fence + 1;
      file.say.setOwner.run(owner, fence, integer(found, 'id'));
      mail.stale();
      return { claimed: true, fence, row: { ...row, fence, owner, ownerIs: 'live' } };
    });
  }

  takeKeys(runId: string, fence: number): KeysTaken {
    const taken = this.#parts.keys.take(runId, fence);
    this.#parts.mail.stale();
    return taken;
  }

  transfer(from: string, run: NewRun, by: string, reason: string): Created {
    const { file, keys: locks, mail } = this.#parts;
    return this.#parts.file.transact(() => {
      const taken = this.row(run.runId);
      if (taken !== undefined) return { created: false, row: taken };
      const old = file.prepared(oneRow).get(from);
      const seen = old && runRow(old, (owner) => this.#parts.owners.is(owner));
      const held = seen?.keysHeld ? seen.keys : [];
      const problem = transferProblem(from, seen && { ...seen, held }, run);
      if (problem !== undefined) throw new Refusal('misuse', problem);
      if (old === undefined || seen === undefined) throw new Refusal('misuse', `no run ${from}`);
      const id = integer(old, 'id');
      const locked = locks.obstacle(run.keys, undefined, id);
      if (locked !== undefined) return { created: false, locked };
      locks.free(id);
      const fence = seen.fence + 1;
      this.#write(id, fence, seen.lastSeq + 1, run.atMs, [
        { kind: 'abandoned', by, reason, keysTo: run.runId },
      ]);
      file.say.abandon.run(fence, run.atMs, id);
      mail.stale();
      this.#insert(run);
      return { created: true, fence: 1 };
    });
  }

  prune(endedBeforeMs: number): number {
    const { file, mail } = this.#parts;
    return this.#parts.file.transact(() => {
      file.say.pruneRequests.run(endedBeforeMs);
      file.say.pruneEvents.run(endedBeforeMs);
      const { changes } = file.say.pruneRuns.run(endedBeforeMs);
      mail.stale();
      return Number(changes);
    });
  }

  #insert(run: NewRun): void {
    const { file, owner, keys: locks } = this.#parts;
    const { lastInsertRowid } = file.say.insertRun.run(
      run.runId,
      owner,
      run.keys.length > 0 ? 1 : 0,
      run.atMs,
      run.atMs,
      run.graph,
      JSON.stringify(run.keys),
      JSON.stringify(run.input),
    );
    const id = Number(lastInsertRowid);
    locks.give(run.keys, id, run.atMs);
    this.#write(id, 1, 1, run.atMs, run.events);
  }

  /** One run's next event or two and nothing else: false where it is not that, or the run is not as it should be. */
  #appendPlainly(batch: Append | undefined): boolean {
    if (batch === undefined || batch.events.length > 2) return false;
    const { runId, seq, fence, atMs, events, state, freeKeys, release } = batch;
    const [first, second] = events;
    if (first === undefined || state !== undefined || freeKeys === true || release === true) return false;
    const { file } = this.#parts;
    const data = JSON.stringify(first);
    return file.commit(() =>
      second === undefined
        ? file.say.addOne.run(runId, seq, fence, atMs, data)
        : file.say.addTwo.run(runId, seq, fence, atMs, data, JSON.stringify(second)),
    );
  }

  #appendOne(batch: Append): Appended {
    const row = this.#parts.file.say.headOf.get(batch.runId);
    const head = row && { fence: integer(row, 'fence'), lastSeq: integer(row, 'last_seq') };
    const verdict = judgeAppend(batch, head);
    if (typeof verdict === 'object') throw new Refusal('misuse', verdict.problem);
    if (verdict === 'fenced-out' || row === undefined) return 'fenced-out';
    const id = integer(row, 'id');
    this.#write(id, batch.fence, batch.seq, batch.atMs, batch.events);
    this.#change(id, state(row), batch);
    return 'ok';
  }

  #change(id: number, before: RunState, { state, atMs, freeKeys, release }: Append): void {
    const { file, keys: locks, mail } = this.#parts;
    if (state !== undefined && state !== before) {
      file.say.setState.run(state, atMs, id);
      if (isFinal(state)) locks.leaveLine(id);
    }
    if (freeKeys === true) locks.free(id);
    if (release !== true) return;
    file.say.release.run(id);
    mail.stale();
  }

  #write(id: number, fence: number, seq: number, atMs: number, events: readonly RunEvent[]): void {
    const { insertEvent } = this.#parts.file.say;
    for (let i = 0; i < events.length; i++) {
      insertEvent.run(id, seq + i, fence, atMs, JSON.stringify(events[i]));
    }
  }
}
