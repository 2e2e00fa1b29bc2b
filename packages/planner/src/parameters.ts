/**
 * The figures behind the downtime model. They are data, to be replaced by one's own: the defaults come from drivers'
 * time-outs, manuals and a few measurements on one small machine, and each says which.
 */

import type { Provenance, Spread } from './downtime.ts';
import type { StrategyName } from './strategy.ts';

/** The figures by name. Seconds, where it does not say otherwise. */
export interface Parameters {
  readonly provision: Spread;
  readonly boot: Spread;
  readonly checks: Spread;
  readonly stopServices: Spread;
  /** To write out what is dirty while the source serves, and to forget files that nobody uses. */
  readonly settle: Spread;
  readonly unmount: Spread;
  readonly detach: Spread;
  readonly attach: Spread;
  readonly mount: Spread;
  readonly startServices: Spread;
  readonly probe: Spread;
  /** To ask guards of what has been seen already. */
  readonly gate: Spread;
  readonly moveAddress: Spread;
  readonly changeName: Spread;
  /** To shut a server down in order. */
  readonly powerOff: Spread;
  /** To start a server that is stopped, until the cloud says that it runs. */
  readonly powerOn: Spread;
  /** Until a server that runs can be worked with, when it has booted before. */
  readonly reboot: Spread;
  /** To give a server another type where the cloud keeps the old one: shutdown, move and start. */
  readonly resizeKept: Spread;
  /** To give a stopped server another type. */
  readonly changeType: Spread;
  /** To change a disk in use, until the new size can be used. */
  readonly modifyDisk: Spread;
  readonly growFilesystem: Spread;
  /** To create an empty volume. */
  readonly createVolume: Spread;
  /** Until a volume can be made of a snapshot; depends on what changed since the last one. */
  readonly snapshotReady: Spread;
  /** By so much looking at a file is slower on a disk made of a snapshot that has not been read yet: a factor. */
  readonly lazyFactor: Spread;
  /** To look at one file that has not changed. */
  readonly scanFile: Spread;
  /** The same on a disk made of a snapshot, where own runs have measured it; else `scanFile` times `lazyFactor`. */
  readonly lazyScanFile?: Spread | undefined;
  /** To copy one file in the first pass, small files, without the bytes. */
  readonly createFile: Spread;
  /** To copy one file that has changed, small files, without the bytes. */
  readonly openFile: Spread;
  /** Between source and target, in bytes a second. */
  readonly bandwidthBytesPerSecond: number;
  readonly bandwidthFrom: Provenance;
  /** What the target's disk takes, in bytes a second. */
  readonly diskBytesPerSecond: number;
  /** Round trip between source and target, in seconds. */
  readonly roundTripSeconds: number;
  /** How fast a big file that changed a little is compared and written again, in bytes a second. */
  readonly deltaBytesPerSecond: { readonly slow: number; readonly fast: number };
  /** Windows as own runs have seen them, by strategy. */
  readonly windows: Partial<Readonly<Record<StrategyName, Spread>>>;
  /** Windows in which files were copied: how long they were depends on how many files there were. */
  readonly copyWindows: Partial<Readonly<Record<StrategyName, readonly CopyWindow[]>>>;
}

/** A window in which files were copied. */
export interface CopyWindow {
  /** Files, folders and links that the final pass looked at. */
  readonly entries: number;
  readonly seconds: number;
}

export const defaultParameters: Parameters = {
  provision: spread(10, 30, 120, 'assumed', 'time to a running server'),
  boot: spread(20, 60, 240, 'assumed', 'boot and cloud-init'),
  checks: spread(2, 5, 20, 'assumed', 'looks at both servers'),
  stopServices: spread(2, 10, 90, 'documented', 'systemd waits 90 s before it kills'),
  settle: spread(0.1, 1, 30, 'assumed', 'writing out, and forgetting files'),
  unmount: spread(0.1, 3, 15, 'assumed', 'what was written since it was written out'),
  detach: spread(1, 3, 30, 'documented', 'AWS EBS CSI driver: most within 1 to 4 s'),
  attach: spread(1, 3, 30, 'documented', 'AWS EBS CSI driver: most within 1 to 4 s'),
  mount: spread(0.05, 0.2, 1, 'measured', 'clean ext4 and XFS, 4 GiB'),
  startServices: spread(2, 10, 60, 'assumed', 'a web server and a database'),
  probe: spread(1, 6, 30, 'assumed', 'three good answers, two seconds apart'),
  gate: spread(0.01, 0.05, 0.5, 'measured', 'no call: what was seen while the target started'),
  moveAddress: spread(1, 4, 20, 'assumed', 'a call and its read-back'),
  changeName: spread(5, 30, 90, 'assumed', 'until all the provider’s servers know'),
  powerOff: spread(5, 20, 60, 'documented', 'Nova waits 60 s for a shutdown'),
  powerOn: spread(5, 15, 90, 'assumed', 'a start, until it runs'),
  reboot: spread(10, 30, 180, 'assumed', 'boot of a server that has booted before'),
  resizeKept: spread(15, 60, 300, 'assumed', 'Nova: a shutdown of up to 60 s, a move and a start'),
  changeType: spread(1, 3, 20, 'assumed', 'a call and its read-back'),
  modifyDisk: spread(2, 10, 120, 'assumed', 'until the new size can be used'),
  growFilesystem: spread(0.1, 1, 10, 'assumed', 'resize2fs, xfs_growfs'),
  createVolume: spread(1, 1.5, 4, 'documented', 'AWS EBS CSI driver: median 1.5 s, p99 4 s'),
  snapshotReady: spread(60, 600, 7200, 'assumed', 'depends on what changed since the last one'),
  lazyFactor: spread(1, 4, 20, 'assumed', 'blocks are fetched as they are read'),
  scanFile: spread(33e-6, 42e-6, 148e-6, 'measured', 'rsync 3.5: warm, warm, cold with ACLs'),
  createFile: spread(390e-6, 500e-6, 660e-6, 'measured', 'rsync 3.5 over ssh, files of 4 kB'),
  openFile: spread(0.6e-3, 0.9e-3, 2.2e-3, 'measured', 'rsync 3.5 over ssh, files of 4 kB'),
  bandwidthBytesPerSecond: 100e6,
  bandwidthFrom: 'assumed',
  diskBytesPerSecond: 125e6,
  roundTripSeconds: 0.01,
  deltaBytesPerSecond: { slow: 100e6, fast: 260e6 },
  windows: {},
  copyWindows: {},
};

/** Where volumes are Cinder's: its own attach and detach are slower than EBS's, and vary more. */
export const cinderParameters: Partial<Parameters> = {
  detach: spread(2, 8, 60, 'assumed', 'Cinder CSI waits about 40 s'),
  attach: spread(2, 8, 60, 'assumed', 'Cinder CSI waits about 60 s'),
};

/** Three points in seconds, best, likely and worst, with their origin. */
export function spread(
  bestSeconds: number,
  likelySeconds: number,
  worstSeconds: number,
  from: Provenance,
  note: string,
): Spread {
  return { bestSeconds, likelySeconds, worstSeconds, from, note };
}
