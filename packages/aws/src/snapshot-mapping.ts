import type { Snapshot as Ec2Snapshot } from '@aws-sdk/client-ec2';
import type { Snapshot } from '@belay/cloud';
import { nameOf, tagsOf } from './tags.ts';

/**
 * EC2's snapshot as the port's. EC2 fixes the data when it takes the request. When the snapshot could be used, it
 * tells by `CompletionTime`; where that is missing, the time of this read stands for it, which is never too early.
 * A copy names an arbitrary volume, as EC2 does.
 */
export function snapshotOf(snapshot: Ec2Snapshot, nowMs: number): Snapshot {
  const state = snapshotState(snapshot);
  const progress = progressOf(snapshot);
  return {
    id: snapshot.SnapshotId ?? '',
    name: nameOf(snapshot.Tags),
    state,
    providerState: snapshot.State ?? 'unknown',
    volumeId: snapshot.VolumeId ?? '',
    sizeGiB: snapshot.VolumeSize ?? 0,
    takenAt: takenAtOf(snapshot),
    ...(state === 'ready' ? { readyAt: (snapshot.CompletionTime ?? new Date(nowMs)).toISOString() } : {}),
    ...(progress === undefined ? {} : { progress }),
    tags: tagsOf(snapshot.Tags),
  };
}

/** On a copy: since when the data of the original is fixed. */
export const TAKEN_AT_TAG = 'belay:taken-at';

/** What EC2 gives for the volume of every copy. */
const volumeOfCopies = 'vol-ffffffff';

/**
 * Since when the data is fixed, never later than it was. `StartTime` says so, but of a copy it is the time of the copy:
 * there the tag that belay made counts. Empty where neither tells, as with a copy that somebody else has made.
 */
export function takenAtOf({ StartTime, VolumeId, Tags }: Ec2Snapshot): string {
  if (StartTime === undefined) return '';
  const original = tagsOf(Tags)[TAKEN_AT_TAG];
  if (original === undefined) return VolumeId === volumeOfCopies ? '' : StartTime.toISOString();
  const originalMs = Date.parse(original);
  return Number.isNaN(originalMs) ? '' : new Date(Math.min(originalMs, StartTime.getTime())).toISOString();
}

const states: Readonly<Record<string, Snapshot['state']>> = {
  pending: 'creating',
  completed: 'ready',
  error: 'failed',
  // In the recycle bin: nobody can use it there, and it goes by itself.
  recoverable: 'gone',
  recovering: 'creating',
};

export function snapshotState({ State }: Ec2Snapshot): Snapshot['state'] {
  return states[State ?? ''] ?? 'unknown';
}

/** EC2 tells it as a text such as `42%`. */
function progressOf({ Progress }: Ec2Snapshot): number | undefined {
  const percent = /^(\d{1,3})%$/.exec(Progress ?? '')?.[1];
  return percent === undefined ? undefined : Math.min(100, Number(percent)) / 100;
}
