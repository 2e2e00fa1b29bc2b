/**
 * Room ahead in SQLite's log. A commit that makes the log longer costs the disk more than one that writes over what is
 * there, as the file system finds blocks and notes the new length as well: on ext4, half as much again. So the
 * log is made longer ahead, a stretch of zeros at a time, until it has the size at which SQLite begins it anew. SQLite
 * takes zeros at the end of its log for what they are: no frames.
 *
 * It is a convenience. Where it fails, commits are as slow as they would have been, and nothing else changes.
 */

import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { File } from './sqlite-session.ts';

/** Some sixty commits of one page each. */
const stretchBytes = 256 * 1024;
/** SQLite begins its log anew after a thousand pages. */
const fullBytes = 4 * 1024 * 1024;
const commitsALook = 4;

export class LogRoom {
  readonly #logPath: string;
  readonly #file: File;
  #log: number | undefined;
  #commits = 0;
  #endBytes = 0;
  #isOver: boolean;

  /** `isWanted`: commits are synced one by one; else there is nothing to gain. */
  constructor(path: string, file: File, isWanted: boolean) {
    this.#logPath = `${path}-wal`;
    this.#file = file;
    this.#isOver = !isWanted;
  }

  /** To be told of every commit. */
  committed(): void {
    if (this.#isOver || ++this.#commits % commitsALook !== 0) return;
    try {
      this.#look();
    } catch {
      this.close();
    }
  }

  close(): void {
    this.#isOver = true;
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
  }

  #look(): void {
    this.#log ??= openSync(this.#logPath, 'r+');
    const log = this.#log;
    const { size } = fstatSync(log);
    if (size >= fullBytes) return this.close();
    // Cut off by somebody who tidied up.
    if (size < this.#endBytes) this.#endBytes = 0;
    if (size > this.#endBytes) this.#file.transact(() => this.#lengthen(log));
  }

  /** With the lock that writers take: nobody else adds to the log meanwhile, and what is at its end stays the end. */
  #lengthen(log: number): void {
    const { size } = fstatSync(log);
    const written = writeSync(log, new Uint8Array(stretchBytes), 0, stretchBytes, size);
    this.#endBytes = size + written;
    if (written === stretchBytes) return;
    // The disk is nearly full: others need what is left.
    ftruncateSync(log, size);
    this.close();
  }
}
