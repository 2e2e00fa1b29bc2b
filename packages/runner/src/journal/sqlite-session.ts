/**
 * A journal's file while it is open: the connection, its transactions, and the parts that speak over it. Everything in
 * here is synchronous and throws; `sqlite.ts` turns that into values.
 */

import { realpathSync } from 'node:fs';
import type { DatabaseSync, StatementResultingChanges, StatementSync } from 'node:sqlite';
import type { OwnerOptions } from '../journal.ts';
import { openFile } from './sqlite-file.ts';
import { Keys } from './sqlite-keys.ts';
import { Mail } from './sqlite-mail.ts';
import { Owners } from './sqlite-owners.ts';
import { LogRoom } from './sqlite-room.ts';
import { Runs } from './sqlite-runs.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';

export interface Session {
  /** Where the file really is. */
  readonly path: string;
  readonly file: File;
  readonly owners: Owners;
  readonly runs: Runs;
  readonly keys: Keys;
  readonly mail: Mail;
  /** Makes this owner's runs ownerless and lets go of the file. */
  close(): void;
}

interface SessionOptions {
  readonly synchronous?: 'full' | 'normal';
  readonly busyTimeoutMs?: number;
  readonly maxSizeMiB?: number;
}

/** The longest that one try may hold up the event loop when another process is writing. */
const blockMs = 20;

export function openSession(path: string, options: SessionOptions, owner: OwnerOptions): Session {
  const db = openFile(path, {
    synchronous: options.synchronous ?? 'full',
    blockMs: Math.min(blockMs, options.busyTimeoutMs ?? blockMs),
    maxSizeMiB: options.maxSizeMiB,
  });
  try {
    return join(db, realpathSync(path), owner, options.synchronous !== 'normal');
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function join(db: DatabaseSync, path: string, options: OwnerOptions, isSynced: boolean): Session {
  const file = new File(db);
  const owners = new Owners(file, path, options);
  owners.join();
  const keys = new Keys(file, options);
  const mail = new Mail(file, options.owner);
  const room = new LogRoom(path, file, isSynced);
  const runs = new Runs({ file, owners, keys, mail, room, owner: options.owner });
  const close = () => {
    owners.leave();
    room.close();
    db.close();
  };
  return { path, file, owners, runs, keys, mail, close };
}

/** The connection and its transactions. */
export class File {
  readonly say: Statements;
  /** Is a commit on its way to the disk? Stays set after one that failed, until the next call. */
  committing = false;
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.say = prepareStatements(db);
  }

  /** A sentence that is put together, prepared when it is first said. */
  prepared(sql: string): StatementSync {
    const known = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }

  /** One sentence that is a transaction of its own. Did it change anything? */
  commit(say: () => StatementResultingChanges): boolean {
    this.committing = true;
    const { changes } = say();
    this.committing = false;
    return changes !== 0;
  }

  /** All that the work writes, or nothing of it. Nobody else writes meanwhile. */
  transact<T>(work: () => T): T {
    this.committing = false;
    this.say.begin.run();
    try {
      const value = work();
      this.committing = true;
      this.say.commit.run();
      this.committing = false;
      return value;
    } catch (thrown) {
      // A full disk has rolled it back already.
      if (this.#db.isTransaction) this.say.rollback.run();
      throw thrown;
    }
  }
}
