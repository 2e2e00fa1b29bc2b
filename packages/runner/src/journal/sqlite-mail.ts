/**
 * The mailbox: what other processes ask of a run's owner, and the answers. Looking for new mail costs a few
 * microseconds as long as nobody has written anything.
 */

import type { Request, StoredRequest } from '../journal.ts';
import type { Json } from '../json.ts';
import { Refusal } from './rules.ts';
import { integer, json, storedRequest } from './sqlite-row.ts';
import type { File } from './sqlite-session.ts';

export class Mail {
  readonly #file: File;
  readonly #owner: string;
  #pending: readonly StoredRequest[] = [];
  #seenVersion = -1;

  constructor(file: File, owner: string) {
    this.#file = file;
    this.#owner = owner;
  }

  add(runId: string, request: Request): number {
    const { say } = this.#file;
    const id = this.#file.transact(() => {
      const run = say.findRun.get(runId);
      if (run === undefined) throw new Refusal('misuse', `no run ${runId}`);
      return Number(say.addRequest.run(integer(run, 'id'), JSON.stringify(request)).lastInsertRowid);
    });
    this.stale();
    return id;
  }

  pending(): readonly StoredRequest[] {
    const { say } = this.#file;
    // Changes when another connection has committed; what this one does, it knows.
    const version = integer(say.dataVersion.get() ?? {}, 'data_version');
    if (version !== this.#seenVersion) {
      this.#pending = say.pending.all(this.#owner).map(storedRequest);
      this.#seenVersion = version;
    }
    return this.#pending;
  }

  answer(requestId: number, answer: Json): void {
    this.#file.transact(() => {
      const { changes } = this.#file.say.answer.run(JSON.stringify(answer), requestId);
      if (changes === 0) throw new Refusal('misuse', `request ${requestId} is not there or has its answer`);
    });
    this.stale();
  }

  answerOf(requestId: number): Json | undefined {
    const row = this.#file.say.answerOf.get(requestId);
    if (row === undefined) throw new Refusal('misuse', `no request ${requestId}`);
    return row['answer'] === null ? undefined : json(row, 'answer');
  }

  /** Something of ours may have changed what is pending. */
  stale(): void {
    this.#seenVersion = -1;
  }
}
