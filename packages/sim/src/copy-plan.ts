import type { CopyReport, CopySpec } from '@belay/cloud';
import type { GuestRecord } from './guest-record.ts';
import type { Located } from './paths.ts';
import type { FileRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * What a pass of a copy finds to do, and how long that takes: by the figures that rsync over ssh was measured with,
 * on warm caches. Files are taken as they are when the pass begins; what is written later is not in it.
 */
export interface CopyPlan {
  /** The files of the source as they were, by their path in the target's filesystem. */
  readonly files: Readonly<Record<string, FileRecord>>;
  /** Paths of the target that are not at the source. */
  readonly deletes: readonly string[];
  /** The whole filesystem is copied: what is not modelled file by file goes along. */
  readonly whole: boolean;
  readonly otherBytes: number;
  readonly otherInodes: number;
  readonly takenAtMs: number;
  readonly counts: Pick<
    CopyReport,
    'entries' | 'bytes' | 'changedFiles' | 'changedBytes' | 'createdEntries' | 'deletedEntries' | 'sentBytes'
  >;
  readonly scanMs: number;
  /** Without the scan. */
  readonly transferMs: number;
}

/** Figures of rsync 3.5 over OpenSSH on a small virtual machine, warm, in milliseconds. */
const scanMsEach = { plain: 0.037, withAttributes: 0.1 } as const;
const createMsEach = 0.5;
const changeMsEach = 0.8;
const scanBytesEach = 19;
const usualBytesPerSecond = 100_000_000;
/** How large the files are that change, where they are not modelled. */
const changeBytesEach = 65_536;

export function planCopy(
  world: World,
  source: { readonly guest: GuestRecord; readonly located: Located },
  target: Located,
  spec: CopySpec,
): CopyPlan {
  const { filesystem, path, mountPoint } = source.located;
  const from = folder(path);
  const to = folder(target.path);
  const isExcluded = exclusion(spec.exclude ?? []);
  const files: Record<string, FileRecord> = {};
  for (const [name, file] of Object.entries(filesystem.files)) {
    if (name.startsWith(from) && !isExcluded(name.slice(from.length)))
      files[`${to}${name.slice(from.length)}`] = file;
  }
  const there = target.filesystem.files;
  const created = Object.keys(files).filter((name) => there[name] === undefined);
  const changed = Object.entries(files).filter(([name, file]) => !isSame(there[name], file));
  const deletes =
    spec.keepOthers === true
      ? []
      : Object.keys(there).filter(
          (name) => name.startsWith(to) && files[name] === undefined && !isExcluded(name.slice(to.length)),
        );

  const whole = from === '' && to === '';
  const other = whole ? otherChanges(world, source, target, mountPoint) : nothing;
  const knownBytes = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  const changedBytes = changed.reduce((sum, [, { bytes }]) => sum + bytes, 0) + other.changedBytes;
  const entries = Object.keys(files).length + (whole ? filesystem.otherInodes : 0);
  const createdEntries = created.length + other.created;
  const changedFiles = changed.length + other.changedFiles;
  const sentBytes = changedBytes + entries * scanBytesEach;
  const rate = Math.min(usualBytesPerSecond, spec.limitBytesPerSecond ?? usualBytesPerSecond);
  const each = spec.attributes === false ? scanMsEach.plain : scanMsEach.withAttributes;
  return {
    files,
    deletes,
    whole,
    otherBytes: filesystem.otherBytes,
    otherInodes: filesystem.otherInodes,
    takenAtMs: world.nowMs,
    counts: {
      entries,
      bytes: knownBytes + (whole ? filesystem.otherBytes : 0),
      changedFiles,
      changedBytes,
      createdEntries,
      deletedEntries: deletes.length,
      sentBytes,
    },
    scanMs: entries * each,
    transferMs:
      createdEntries * createMsEach +
      Math.max(0, changedFiles - createdEntries) * changeMsEach +
      (changedBytes / rate) * 1000,
  };
}

const nothing = { changedBytes: 0, changedFiles: 0, created: 0 } as const;

/** Of what is not modelled: all of it at first, and later what was written since the last copy began. */
function otherChanges(
  world: World,
  source: { readonly guest: GuestRecord; readonly located: Located },
  target: Located,
  mountPoint: string,
): { readonly changedBytes: number; readonly changedFiles: number; readonly created: number } {
  const { otherBytes, otherInodes } = source.located.filesystem;
  const sinceMs = copiedAtMs(world, source.located, target);
  if (sinceMs === undefined)
    return { changedBytes: otherBytes, changedFiles: otherInodes, created: otherInodes };
  const untilMs = writtenUntilMs(source.guest, mountPoint) ?? world.nowMs;
  const written = ((source.guest.writeBytesPerSecond ?? 0) * Math.max(0, untilMs - sinceMs)) / 1000;
  const changedBytes = Math.min(Math.round(written), otherBytes);
  const changedFiles = Math.min(Math.ceil(changedBytes / changeBytesEach), otherInodes);
  return { changedBytes, changedFiles, created: 0 };
}

/** As of when the target has the source's data: by an earlier copy, or as a disk made of its snapshot. */
function copiedAtMs(world: World, source: Located, target: Located): number | undefined {
  const { copyOf } = target.filesystem;
  if (copyOf?.filesystemUuid === source.filesystem.uuid) return copyOf.atMs;
  const { snapshotId, sourceVolumeId, createdAtMs } = target.volume;
  if (sourceVolumeId === source.volume.id) return createdAtMs;
  const snapshot = snapshotId === undefined ? undefined : world.state.snapshots[snapshotId];
  return snapshot?.volumeId === source.volume.id ? snapshot.takenAtMs : undefined;
}

/** When the last of the services that write there was down; `undefined` while one is up, or none is known. */
function writtenUntilMs({ services }: GuestRecord, mountPoint: string): number | undefined {
  const writers = services.filter(({ needsMount }) => needsMount === mountPoint);
  if (writers.length === 0 || writers.some(({ state }) => state !== 'inactive' && state !== 'failed'))
    return undefined;
  const ends = writers.flatMap(({ stoppedAtMs }) => stoppedAtMs ?? []);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function isSame(a: FileRecord | undefined, b: FileRecord): boolean {
  return a !== undefined && a.bytes === b.bytes && a.text === b.text;
}

function folder(path: string): string {
  return path === '' ? '' : `${path}/`;
}

/** Is this path, from the folder that is copied, one of those that are left out, or below one? */
function exclusion(exclude: readonly string[]): (path: string) => boolean {
  const clean = exclude.map((path) => path.replace(/^\/+|\/+$/g, ''));
  return (path) => clean.some((one) => path === one || path.startsWith(`${one}/`));
}
