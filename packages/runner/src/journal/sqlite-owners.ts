/**
 * The owners of a journal file: who they are, whether they live, and what becomes of their runs. A live owner has a
 * row here and a lock on its own file in the folder beside the journal.
 */

import { join } from 'node:path';
import type { OwnerOptions, RunRow } from '../journal.ts';
import { hold, lookAt, retire, sweep } from '../liveness.ts';
import { isBeatDue, Refusal } from './rules.ts';
import { integer, type Row, text } from './sqlite-row.ts';
import type { File } from './sqlite-session.ts';

export class Owners {
  readonly #file: File;
  readonly #folder: string;
  readonly #me: OwnerOptions;
  readonly #lockFile: string;
  #beatAtMs = Number.NEGATIVE_INFINITY;

  constructor(file: File, path: string, me: OwnerOptions) {
    this.#file = file;
    this.#folder = `${path}.owners`;
    this.#me = me;
    this.#lockFile = `${encodeURIComponent(me.owner)}.lock`;
  }

  /** Registers this owner and clears away the dead. Throws where its name is in use. */
  join(): void {
    const path = this.#pathOf(this.#lockFile);
    if (!hold(path)) throw new Refusal('misuse', `the owner ${this.#me.owner} is open already`);
    try {
      for (const dead of this.#file.transact(() => this.#enter())) sweep(dead);
    } catch (thrown) {
      retire(path);
      throw thrown;
    }
  }

  leave(): void {
    try {
      this.#file.transact(() => {
        this.#file.say.disown.run(this.#me.owner);
        this.#file.say.dropOwner.run(this.#me.owner);
      });
    } finally {
      // Even where the file can no longer be written: without the lock the runs are a dead owner's.
      retire(this.#pathOf(this.#lockFile));
    }
  }

  /** Says that this owner lives, in a commit of its own. */
  beat(): void {
    const nowMs = this.#me.now();
    this.#file.transact(() => this.#writeBeat(nowMs));
    this.beaten(nowMs);
  }

  /** The time, where a heartbeat should ride on the commit that is about to be made; it is not due so often. */
  dueBeat(): number | undefined {
    const nowMs = this.#me.now();
    return isBeatDue(nowMs, this.#beatAtMs, this.#me.leaseMs) ? nowMs : undefined;
  }

  /** Inside that transaction. */
  rideAlong(beatAtMs: number): void {
    this.#writeBeat(beatAtMs);
  }

  /** It was committed. */
  beaten(beatAtMs: number): void {
    this.#beatAtMs = beatAtMs;
  }

  is(owner: string | undefined): RunRow['ownerIs'] {
    if (owner === undefined) return 'none';
    if (owner === this.#me.owner) return 'live';
    const row = this.#file.say.ownerOf.get(owner);
    return row === undefined ? 'dead' : this.#judge(row);
  }

  /** As `is`, but each owner is looked at once. */
  seen(): (owner: string | undefined) => RunRow['ownerIs'] {
    const known = new Map<string | undefined, RunRow['ownerIs']>();
    return (owner) => {
      const found = known.get(owner) ?? this.is(owner);
      known.set(owner, found);
      return found;
    };
  }

  /** An owner that cannot be looked at is judged by its heartbeat alone: that a file is missing proves nothing. */
  #judge(row: Row): 'live' | 'hung' | 'dead' {
    if (lookAt(this.#pathOf(text(row, 'lock_file'))) === 'free') return 'dead';
    return this.#me.now() - integer(row, 'beat_at_ms') > integer(row, 'lease_ms') ? 'hung' : 'live';
  }

  /** Gives the files of the owners that turned out to be dead. */
  #enter(): readonly string[] {
    const { say } = this.#file;
    const dead = say.owners.all().filter((row) => this.#judge(row) === 'dead');
    for (const row of dead) say.dropOwner.run(text(row, 'owner'));
    // An earlier owner of this name is gone: we hold its lock.
    say.disown.run(this.#me.owner);
    const nowMs = this.#me.now();
    this.#writeBeat(nowMs);
    this.#beatAtMs = nowMs;
    return dead.map((row) => this.#pathOf(text(row, 'lock_file')));
  }

  #writeBeat(nowMs: number): void {
    this.#file.say.addOwner.run(this.#me.owner, this.#lockFile, nowMs, this.#me.leaseMs);
  }

  #pathOf(lockFile: string): string {
    return join(this.#folder, lockFile);
  }
}
