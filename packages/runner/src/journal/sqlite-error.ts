/**
 * Turns what SQLite and the file system throw into a journal's error: the kind that tells an operator what to do, and
 * a sentence that names the file. It also says whether anything of the call may have been written.
 */

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JournalError, JournalErrorKind } from '../journal.ts';
import { journalError, Refusal } from './rules.ts';

export interface Circumstances {
  /** The journal's name, for the error. */
  readonly journal: string;
  readonly path: string;
  /** Did it break while the commit itself was on its way to the disk? */
  readonly committing: boolean;
}

/** SQLite's result codes that tell more than "it failed". */
const code = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  notADb: 26,
};

/** The journal's error for something thrown. A mistake in this program is thrown on. */
export function explain(thrown: unknown, at: Circumstances): JournalError {
  if (thrown instanceof Refusal) return journalError(at.journal, thrown.kind, thrown.message);
  const sqlite = sqliteCode(thrown);
  const kind = sqlite === undefined ? kindOfSystem(thrown) : kindOfSqlite(sqlite, at.path);
  if (kind === undefined) throw thrown;
  // A sync that failed leaves nobody able to tell what is on the disk.
  const applied = at.committing && sqlite === code.io ? 'unknown' : 'no';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return journalError(at.journal, kind, `${sentence(kind, at.path, applied === 'no')} (${said})`, applied);
}

function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || Reflect.get(thrown, 'code') !== 'ERR_SQLITE_ERROR') return undefined;
  const extended: unknown = Reflect.get(thrown, 'errcode');
  return typeof extended === 'number' ? extended & 0xff : undefined;
}

function kindOfSqlite(sqlite: number, path: string): JournalErrorKind | undefined {
  switch (sqlite) {
    case code.busy:
    case code.locked:
      return 'busy';
    case code.readOnly:
      return 'read-only';
    case code.corrupt:
    case code.notADb:
    // All that the tables demand was looked at before: they contradict themselves.
    case code.constraint:
      return 'corrupt';
    case code.full:
      return 'disk-full';
    case code.tooBig:
      return 'misuse';
    case code.io:
      return isFull(path) ? 'disk-full' : 'unavailable';
    case code.cannotOpen:
      return isFull(path) ? 'disk-full' : mayWriteBeside(path) ? 'unavailable' : 'read-only';
    default:
      return undefined;
  }
}

function kindOfSystem(thrown: unknown): JournalErrorKind | undefined {
  const name: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  switch (name) {
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk-full';
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
    case 'ENAMETOOLONG':
    case 'EMFILE':
    case 'ENFILE':
    case 'EIO':
      return 'unavailable';
    default:
      return undefined;
  }
}

function sentence(kind: JournalErrorKind, path: string, nothingWritten: boolean): string {
  const tail = nothingWritten ? 'nothing of this was written' : 'whether this was written is not known';
  switch (kind) {
    case 'busy':
      return `another process holds ${path}: ${tail}`;
    case 'read-only':
      return `${path} or its folder cannot be written to: ${tail}`;
    case 'corrupt':
      return `${path} is damaged or is not a database: ${tail}`;
    case 'disk-full':
      return `there is no room left for ${path}: ${tail}, and what was there before is whole`;
    case 'misuse':
      return `an event is too large for ${path}: ${tail}`;
    default:
      return existsSync(dirname(path))
        ? `${path} cannot be opened or reached: ${tail}`
        : `the folder ${dirname(path)} does not exist: ${tail}`;
  }
}

/** A file system without room fails in places where SQLite only sees "input/output error". */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 64 * 1024;
  } catch {
    return false;
  }
}

function mayWriteBeside(path: string): boolean {
  const folder = dirname(path);
  if (!existsSync(folder)) return true;
  try {
    accessSync(folder, constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
