import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { isWellFormed, newId } from './names.ts';
import { withinQuota } from './quotas.ts';
import { bad, volumeFailed, volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { SnapshotRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * Snapshots as the provider's API has them. What is on the disk is fixed at the moment of the request; a volume can
 * be made of it only when it is ready. No cloud takes a token here: the same request twice makes two.
 */
export interface CreateSnapshotRequest {
  readonly name: string;
  readonly volumeId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Cinder wants to hear that a disk in use is meant; EC2 does not. */
  readonly force?: boolean | undefined;
}

export function createSnapshot(world: World, request: CreateSnapshotRequest): Result<string, Refusal> {
  return volumeOf(world, request.volumeId).andThen((volume): Result<string, Refusal> => {
    if (volume.state === 'error') return volumeFailed(volume);
    if (volume.state !== 'available' && volume.state !== 'in-use') return volumeTransitional(volume);
    const { family, traits } = world.profile;
    const isForced = request.force === true || family === 'ec2';
    if (volume.state === 'in-use' && !(traits.snapshotInUse && isForced)) {
      return err({
        rule: 'volume-in-use',
        message: `The volume ${volume.id} is in use, and no snapshot of it is taken so.`,
        resourceId: volume.id,
        lastState: volume.state,
      });
    }
    return withinQuota(world, 'snapshots', 1).map(() => {
      const { name, tags } = request;
      const { id: volumeId, sizeGiB, filesystem } = volume;
      const takenAtMs = world.nowMs;
      return add(world, { name, tags, volumeId, sizeGiB, filesystem, takenAtMs }, 'snapshots.create');
    });
  });
}

export interface CopySnapshotRequest {
  readonly name: string;
  /** The region that it is in: this one, or another of the same provider. */
  readonly fromRegion: string;
  readonly snapshotId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Copies a snapshot that this account owns, or that is shared with it, to here. The data is as old as it was. */
export function copySnapshot(world: World, request: CopySnapshotRequest): Result<string, Refusal> {
  if (!world.profile.traits.snapshotCopy) return notHere('copies');
  const { fromRegion, snapshotId, name, tags } = request;
  if (!world.reach().some(({ at }) => at.provider === world.at.provider && at.region === fromRegion)) {
    return bad(`There is no region ${fromRegion}.`);
  }
  return usableSnapshot(world, snapshotId, fromRegion)
    .andThen((source) => withinQuota(world, 'snapshots', 1).map(() => source))
    .map(({ sizeGiB, filesystem, takenAtMs }) => {
      const origin = { region: fromRegion, snapshotId };
      // A copy names no volume: what stands there is made up.
      const volumeId = 'vol-ffffffff';
      return add(
        world,
        { name, tags, volumeId, sizeGiB, filesystem, takenAtMs, copyOf: origin },
        'snapshots.copy',
      );
    });
}

/** Lets other accounts make volumes and copies of it, and no longer lets those that are taken away. */
export function shareSnapshot(
  world: World,
  id: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Result<void, Refusal> {
  if (!world.profile.traits.snapshotShare) return notHere('shares');
  return ownSnapshot(world, id).map((snapshot) => {
    const { add: added = [], remove: removed = [] } = change;
    world.blur(snapshot, 'snapshots.share');
    const kept = snapshot.sharedWith.filter((account) => !removed.includes(account));
    snapshot.sharedWith = [...new Set([...kept, ...added])].sort();
    world.emit('snapshot.shared', { snapshotId: id, with: snapshot.sharedWith.join(' ') });
  });
}

export function deleteSnapshot(world: World, id: string): Result<void, Refusal> {
  return ownSnapshot(world, id).map((snapshot) => {
    world.blur(snapshot, 'snapshots.delete');
    world.begin({
      operation: 'snapshots.delete',
      takes: 'snapshots.delete',
      transition: { what: 'snapshot.gone', snapshotId: id },
    });
  });
}

/** What a read shows of it. */
export function describeSnapshot(world: World, id: string): Result<SnapshotRecord, Refusal> {
  if (!isWellFormed(world, 'snapshot', id)) return malformed(id);
  const snapshot = world.state.snapshots[id];
  const seen = snapshot === undefined ? undefined : world.seen(snapshot);
  return seen === undefined || seen.state === 'gone' ? noSuchSnapshot(id) : ok(structuredClone(seen));
}

export function listSnapshots(world: World): readonly SnapshotRecord[] {
  return Object.keys(world.state.snapshots).flatMap((id) =>
    describeSnapshot(world, id).match(
      (snapshot) => [snapshot],
      () => [],
    ),
  );
}

/** A snapshot that this account may use here: its own, or one that another account of this region shares with it. */
export function findSnapshot(
  world: World,
  id: string,
  region: string = world.at.region,
): SnapshotRecord | undefined {
  const { provider, account } = world.at;
  for (const there of [world, ...world.reach()]) {
    if (there.at.provider !== provider || there.at.region !== region) continue;
    // Another world goes by its own time, which has to be up to now.
    if (there !== world) there.change(() => undefined);
    const snapshot = there.state.snapshots[id];
    if (snapshot === undefined || snapshot.state === 'gone') continue;
    if (there.at.account === account) return snapshot;
    if (snapshot.sharedWith.includes(account)) return snapshot;
  }
  return undefined;
}

/** One that a volume or a copy can be made of. */
export function usableSnapshot(world: World, id: string, region?: string): Result<SnapshotRecord, Refusal> {
  if (!isWellFormed(world, 'snapshot', id)) return malformed(id);
  const snapshot = findSnapshot(world, id, region);
  if (snapshot === undefined) return noSuchSnapshot(id);
  if (snapshot.state === 'completed') return ok(snapshot);
  return err({
    rule: snapshot.state === 'error' ? 'snapshot-failed' : 'snapshot-not-ready',
    message: `The snapshot ${id} is ${snapshot.state}.`,
    resourceId: id,
    lastState: snapshot.state,
  });
}

export const snapshotTransitions: Transitions<'snapshot.ready' | 'snapshot.failed' | 'snapshot.gone'> = {
  'snapshot.ready'(world, { snapshotId }) {
    const snapshot = world.state.snapshots[snapshotId];
    if (snapshot?.state !== 'pending') return;
    snapshot.state = 'completed';
    snapshot.readyAtMs = world.nowMs;
    world.emit('snapshot.ready', { snapshotId });
  },
  'snapshot.failed'(world, { snapshotId }) {
    const snapshot = world.state.snapshots[snapshotId];
    if (snapshot?.state !== 'pending') return;
    snapshot.state = 'error';
    world.emit('snapshot.failed', { snapshotId });
  },
  'snapshot.gone'(world, { snapshotId }) {
    const snapshot = world.state.snapshots[snapshotId];
    if (snapshot === undefined) return;
    snapshot.state = 'gone';
    world.emit('snapshot.gone', { snapshotId });
  },
};

type Content = Pick<
  SnapshotRecord,
  'name' | 'volumeId' | 'sizeGiB' | 'filesystem' | 'takenAtMs' | 'copyOf'
> & { readonly tags: Readonly<Record<string, string>> };

function add(world: World, content: Content, operation: 'snapshots.create' | 'snapshots.copy'): string {
  const takesMs = world.sampleMs(operation);
  const snapshot: SnapshotRecord = {
    ...content,
    id: newId(world, 'snapshot'),
    state: 'pending',
    begunAtMs: world.nowMs,
    dueAtMs: world.nowMs + takesMs,
    sharedWith: [],
    tags: { ...content.tags },
    filesystem: structuredClone(content.filesystem),
  };
  world.state.snapshots[snapshot.id] = snapshot;
  world.blur(snapshot, operation, null);
  world.begin({
    operation,
    takes: takesMs,
    transition: { what: 'snapshot.ready', snapshotId: snapshot.id },
    rolledBack: { what: 'snapshot.failed', snapshotId: snapshot.id },
  });
  return snapshot.id;
}

function ownSnapshot(world: World, id: string): Result<SnapshotRecord, Refusal> {
  if (!isWellFormed(world, 'snapshot', id)) return malformed(id);
  const snapshot = world.state.snapshots[id];
  return snapshot === undefined || snapshot.state === 'gone' ? noSuchSnapshot(id) : ok(snapshot);
}

function noSuchSnapshot(id: string): Result<never, Refusal> {
  return err({ rule: 'no-such-snapshot', message: `The snapshot ${id} does not exist.`, resourceId: id });
}

function malformed(id: string): Result<never, Refusal> {
  return err({ rule: 'malformed-snapshot-id', message: `"${id}" is no id of a snapshot.`, resourceId: id });
}

function notHere(what: string): Result<never, Refusal> {
  return err({ rule: 'not-here', message: `This cloud ${what} no snapshots.` });
}
