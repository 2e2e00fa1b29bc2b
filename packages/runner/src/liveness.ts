/**
 * Says whether an owner lives, from the outside. Each owner holds an exclusive lock on a tiny file of its own; the
 * operating system drops the lock when the process ends, however it ends, so another process sees a death at once.
 * A process that hangs keeps its lock: the heartbeat in the journal tells about those.
 *
 * The lock is SQLite's, because Node has no file locks of its own. It is a POSIX lock, and those vanish as soon as the
 * process closes *any* handle of the file: nothing else in the process may open an owner file, and a question about
 * an owner of this process is answered from a list. Local file systems only.
 */

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** `unknown`: the file is not there or cannot be asked; only the heartbeat is left to go by. */
export type LockSeen = 'held' | 'free' | 'unknown';

/** Locks that this process holds. Also keeps them from being collected, which would drop them. */
const heldHere = new Map<string, DatabaseSync>();

/**
 * Takes an owner's lock for as long as the process lives, or until `letGo`. `false`: somebody else has it. Throws what
 * the file system says.
 */
export function hold(path: string): boolean {
  if (heldHere.has(path)) return false;
  mkdirSync(dirname(path), { recursive: true });
  // A sweep may remove the file between its making and its locking: then the lock is on nothing, and is taken again.
  for (;;) {
    // Long enough for somebody who only looks to be gone again.
    const file = open(path, 'rwc', 50);
    const isLocked = lock(file);
    if (isLocked && existsSync(path)) {
      heldHere.set(path, file);
      return true;
    }
    file.close();
    if (!isLocked) return false;
  }
}

/** Drops the lock and leaves the file, as the end of the process would. */
export function letGo(path: string): void {
  heldHere.get(path)?.close();
  heldHere.delete(path);
}

/** Drops the lock and removes the file. */
export function retire(path: string): void {
  try {
    rmSync(path, { force: true });
  } finally {
    letGo(path);
  }
}

/**
 * Looks whether an owner's lock is held. It looks with a shared lock, so that several who look at once do not take one
 * another for the owner.
 */
export function lookAt(path: string): LockSeen {
  if (heldHere.has(path)) return 'held';
  try {
    const file = open(path, 'rw', 0);
    const isHeld = !tryIt(file, 'SELECT count(*) FROM sqlite_schema');
    file.close();
    return isHeld ? 'held' : 'free';
  } catch {
    return 'unknown';
  }
}

/** Removes the file of an owner that is dead. A live one's is left alone. */
export function sweep(path: string): void {
  if (heldHere.has(path)) return;
  try {
    const file = open(path, 'rw', 0);
    // Removed while locked, so that nobody can be taking it now and believe that it has it.
    if (lock(file)) rmSync(path, { force: true });
    file.close();
  } catch {
    // What cannot be opened is left for a person to see: it is litter, and harms nobody.
  }
}

function open(path: string, mode: 'rw' | 'rwc', patienceMs: number): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', mode);
  return new DatabaseSync(url, { timeout: patienceMs });
}

function lock(file: DatabaseSync): boolean {
  // Without a rollback file: nothing is ever written here.
  return tryIt(file, 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
}

const busy = 5;

/** False where somebody else's lock is in the way. Closes the file where it throws. */
function tryIt(file: DatabaseSync, sql: string): boolean {
  try {
    file.exec(sql);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && Reflect.get(thrown, 'errcode') === busy) return false;
    file.close();
    throw thrown;
  }
}
