/**
 * The pass of rsync in which nobody serves. It is bounded below by looking at every file, not by the bytes; so what
 * counts is how many files there are, how much changed since the last warm pass, and how big the databases are.
 *
 *     T = max(N·c, N·18.9 B/B) + changed files·c_open + changed bytes/min(B, W) + databases read again + 4·RTT
 *
 * Warm passes repeated while the source serves settle at `Δt* = N·c / (1 − w/B)` between two of them; where data
 * changes as fast as it is copied they never do.
 */

import type { Provenance, Spread } from './downtime.ts';
import type { Parameters } from './parameters.ts';
import type { Changes } from './probed.ts';
import { isUsable, type Rehearsal } from './rehearsal.ts';

/** What is to be copied, and how fast it changes. */
export interface CopyTask {
  readonly files: number;
  readonly bytes: number;
  readonly writeBytesPerSecond: number;
  readonly bandwidthBytesPerSecond: number;
  /** Files of databases change as a whole: they are read through again, however little was written. */
  readonly databaseBytes: number;
  /** So much of `databaseBytes` is known from the files themselves, and not guessed. */
  readonly areDatabasesMeasured?: boolean | undefined;
  /** What changed lately, and how long it took to look, where somebody has looked closely. */
  readonly changes?: Changes | undefined;
  /** Is the target's disk made of a snapshot that has not been read through? */
  readonly isLazy?: boolean | undefined;
  readonly rehearsal?: Rehearsal | undefined;
}

/** Bytes on the wire for a file that has not changed: rsync 3.5 over ssh, measured. */
const wireBytesPerFile = 18.9;
/** Files of a working set that changes are small: so many bytes on average, assumed. */
const bytesPerChangedFile = 64_000;

/** The final pass, or `undefined` where there is none that ends. */
export function finalPass(task: CopyTask, parameters: Parameters): Spread | undefined {
  const { files, bytes, bandwidthBytesPerSecond: path, writeBytesPerSecond: writes, rehearsal } = task;
  if (![files, bytes, writes].every((value) => Number.isFinite(value) && value >= 0)) return undefined;
  if (!(writes < path)) return undefined;
  if (rehearsal !== undefined && isUsable(rehearsal)) return rehearsed(rehearsal, parameters);
  const { openFile, deltaBytesPerSecond: delta } = parameters;
  const scanFile = task.isLazy === true ? lazyScan(parameters) : parameters.scanFile;
  const whole = task.databaseBytes;
  const guess = task.areDatabasesMeasured === true ? whole : whole / 4;
  const measured = task.changes;
  // Writes are more than what changes: the same place may be written twice. What was seen to change bounds it.
  const changing = Math.min(writes, measured?.bytesPerSecond ?? Number.POSITIVE_INFINITY);
  const pass = (scan: number, open: number, reread: number, rate: number): number => {
    const look = Math.max(files * scan, (files * wireBytesPerFile) / path, measured?.scanSeconds ?? 0);
    const since = Math.min(look / (1 - writes / path), settledSeconds);
    const changedBytes = Math.min(since * changing, bytes);
    const changedFiles = Math.min(
      files,
      measured === undefined ? changedBytes / bytesPerChangedFile : measured.filesPerSecond * since,
    );
    const copied = changedBytes / Math.min(path, parameters.diskBytesPerSecond);
    return look + changedFiles * open + copied + reread / rate + 4 * parameters.roundTripSeconds;
  };
  const isGuessed = whole > 0 && task.areDatabasesMeasured !== true;
  return {
    bestSeconds: pass(scanFile.bestSeconds, openFile.bestSeconds, 0, delta.fast),
    likelySeconds: pass(scanFile.likelySeconds, openFile.likelySeconds, guess, delta.fast),
    worstSeconds: pass(scanFile.worstSeconds, openFile.worstSeconds, whole, delta.slow),
    from: isGuessed ? 'assumed' : scanFile.from,
    note:
      `${files} files to look at` +
      `${whole > 0 ? `, ${Math.ceil(whole / 1e9)} GB of databases to read again` : ''}` +
      `${task.isLazy === true ? ', on a disk that is still being filled' : ''}`,
  };
}

/** To look at one file whose blocks are fetched as they are read. */
function lazyScan({ scanFile, lazyFactor, lazyScanFile }: Parameters): Spread {
  if (lazyScanFile !== undefined) return lazyScanFile;
  return {
    bestSeconds: scanFile.bestSeconds * lazyFactor.bestSeconds,
    likelySeconds: scanFile.likelySeconds * lazyFactor.likelySeconds,
    worstSeconds: scanFile.worstSeconds * lazyFactor.worstSeconds,
    from: 'assumed',
    note: lazyFactor.note,
  };
}

/** Between two warm passes when more of them gain nothing: Δt*. `undefined` where they never settle. */
export function settledWarmSeconds(
  { files, writeBytesPerSecond: writes, bandwidthBytesPerSecond: path }: CopyTask,
  { scanFile }: Parameters,
): number | undefined {
  return writes >= 0 && writes < path ? (files * scanFile.likelySeconds) / (1 - writes / path) : undefined;
}

/** Is another warm pass worth it? Not when it would gain less than a tenth, nor after five. */
export function isWarmPassWorth(passSeconds: readonly number[]): boolean {
  const [last, before] = [passSeconds.at(-1), passSeconds.at(-2)];
  if (passSeconds.length >= 5) return false;
  return last === undefined || before === undefined || last < 0.9 * before;
}

/** The pass that copies everything while the source serves. */
export function firstPass(task: CopyTask, { createFile, diskBytesPerSecond: disk }: Parameters): Spread {
  const wire = task.bytes / Math.min(task.bandwidthBytesPerSecond, disk);
  const from: Provenance = 'assumed';
  return {
    bestSeconds: wire + task.files * createFile.bestSeconds,
    likelySeconds: wire + task.files * createFile.likelySeconds,
    worstSeconds: 2 * wire + task.files * createFile.worstSeconds,
    from,
    note: 'every byte and every file once',
  };
}

/** Nobody runs warm passes further apart than this: a day. */
const settledSeconds = 86_400;

/** A dry run has counted what is to be done; the window opens soon after, so hardly more will have changed. */
function rehearsed(
  { scanSeconds, changedFiles, changedBytes, deletedFiles }: Rehearsal,
  { openFile, bandwidthBytesPerSecond: path, diskBytesPerSecond: disk, roundTripSeconds }: Parameters,
): Spread {
  const copied = changedBytes / Math.min(path, disk);
  const at = (scan: number, open: number, more: number) =>
    scanSeconds * scan + (changedFiles + deletedFiles) * open * more + copied * more + 4 * roundTripSeconds;
  return {
    bestSeconds: at(0.8, openFile.bestSeconds, 0.8),
    likelySeconds: at(1, openFile.likelySeconds, 1),
    worstSeconds: at(2, openFile.worstSeconds, 2),
    from: 'rehearsed',
    note: `a dry run looked for ${Math.round(scanSeconds)} s and found ${changedFiles} files changed`,
  };
}
