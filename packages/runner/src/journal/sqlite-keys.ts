/**
 * The keys that runs hold. At most one run holds a key; a run that waits to take its keys again stands in line, and
 * nobody who came later is let past.
 */

import type { KeyHolder, KeysTaken, OwnerOptions } from '../journal.ts';
import { isFinal, Refusal } from './rules.ts';
import { integer, keyHolder, keys, state, text } from './sqlite-row.ts';
import type { File } from './sqlite-session.ts';
import { oneRow } from './sqlite-statements.ts';

export class Keys {
  readonly #file: File;
  readonly #me: OwnerOptions;

  constructor(file: File, me: OwnerOptions) {
    this.#file = file;
    this.#me = me;
  }

  /** Takes a run's keys again under a higher fence, or puts it in line. Who is given the fence owns the run. */
  take(runId: string, fence: number): KeysTaken {
    const { say } = this.#file;
    return this.#file.transact(() => {
      const row = this.#file.prepared(oneRow).get(runId);
      if (row === undefined || row['pruned'] === 1) throw new Refusal('misuse', `no run ${runId}`);
      if (integer(row, 'fence') !== fence) return { taken: false, fencedOut: true };
      const run = integer(row, 'id');
      const wanted = keys(row);
      const locked = this.obstacle(wanted, run);
      if (locked !== undefined) {
        // A run that has ended may ask for its keys, and asks again when it likes: nobody waits for it.
        if (!isFinal(state(row))) say.wait.run(run, this.#me.now());
        return { taken: false, locked };
      }
      say.stopWaiting.run(run);
      this.give(wanted, run, this.#me.now());
      say.keysTaken.run(fence + 1, this.#me.owner, run);
      return { taken: true, fence: fence + 1 };
    });
  }

  /** Who stands in the way of a run (`undefined`: a new one) that wants these keys. Inside a transaction. */
  obstacle(wanted: readonly string[], run: number | undefined, except?: number): KeyHolder | undefined {
    if (wanted.length === 0) return undefined;
    const { say } = this.#file;
    const line = say.waiters.all();
    for (const key of wanted) {
      const held = say.holderOf.get(key);
      if (held !== undefined && held['run'] !== run && held['run'] !== except) return keyHolder(held);
      for (const waiter of line) {
        // Those after it in the line do not stand in its way.
        if (waiter['run'] === run) break;
        if (waiter['run'] === except || !keys(waiter).includes(key)) continue;
        return { key, runId: text(waiter, 'run_id'), sinceMs: integer(waiter, 'since_ms') };
      }
    }
    return undefined;
  }

  /** Inside a transaction, after `obstacle` found nothing. A key that the run holds already keeps its time. */
  give(wanted: readonly string[], run: number, sinceMs: number): void {
    for (const key of wanted) this.#file.say.takeKey.run(key, run, sinceMs);
  }

  /** Inside a transaction. */
  free(run: number): void {
    this.#file.say.freeKeys.run({ run });
    this.#file.say.stopWaiting.run(run);
    this.#file.say.keysFreed.run(run);
  }

  leaveLine(run: number): void {
    this.#file.say.stopWaiting.run(run);
  }
}
