import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { newId } from './names.ts';
import { volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { SnapshotRecord } from './state.ts';
import { withinQuota } from './stock.ts';
import { copyOf } from './volumes.ts';
import type { World } from './world.ts';

/**
 * Snapshots as the provider's API has them. What is on the disk is fixed at the moment of the request; a volume can
 * be made of it only when it is ready. No cloud takes a token here: the same request twice makes two.
 */
export interface CreateSnapshotRequest {
  readonly name: string;
  readonly volumeId: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function createSnapshot(world: World, request: CreateSnapshotRequest): Result<string, Refusal> {
  return volumeOf(world, request.volumeId).andThen((volume): Result<string, Refusal> => {
    if (volume.state !== 'available' && volume.state !== 'in-use') return volumeTransitional(volume);
    if (volume.state === 'in-use' && !world.profile.traits.snapshotInUse) {
      return err({
        rule: 'volume-in-use',
        message: `The volume ${volume.id} is in use, and this cloud takes no snapshot of it then.`,
        resourceId: volume.id,
        lastState: volume.state,
      });
    }
    return withinQuota(world, 'snapshots', 1).map(() => {
      const takesMs = world.sampleMs('snapshots.create');
      const snapshot: SnapshotRecord = {
        id: newId(world, 'snapshot'),
        name: request.name,
        state: 'pending',
        volumeId: volume.id,
        sizeGiB: volume.sizeGiB,
        takenAtMs: world.nowMs,
        dueAtMs: world.nowMs + takesMs,
        tags: { ...request.tags },
        filesystem: copyOf(volume.filesystem),
      };
      world.state.snapshots[snapshot.id] = snapshot;
      world.blur(snapshot, 'snapshots.create', null);
      world.begin({
        operation: 'snapshots.create',
        takes: takesMs,
        transition: { what: 'snapshot.ready', snapshotId: snapshot.id },
        rolledBack: { what: 'snapshot.failed', snapshotId: snapshot.id },
      });
      return snapshot.id;
    });
  });
}

export function deleteSnapshot(world: World, id: string): Result<void, Refusal> {
  const snapshot = world.state.snapshots[id];
  if (snapshot === undefined || snapshot.state === 'gone') return noSuchSnapshot(id);
  world.blur(snapshot, 'snapshots.delete');
  world.begin({
    operation: 'snapshots.delete',
    takes: 'snapshots.delete',
    transition: { what: 'snapshot.gone', snapshotId: id },
  });
  return ok();
}

/** What a read shows of it. */
export function describeSnapshot(world: World, id: string): Result<SnapshotRecord, Refusal> {
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

function noSuchSnapshot(id: string): Result<never, Refusal> {
  return err({ rule: 'no-such-snapshot', message: `The snapshot ${id} does not exist.`, resourceId: id });
}
