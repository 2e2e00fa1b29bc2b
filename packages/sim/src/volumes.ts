import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { newId } from './names.ts';
import { withinQuota } from './quotas.ts';
import { bad, noSuchZone, volumeFailed, volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import { findSnapshot, usableSnapshot } from './snapshots.ts';
import type { Filesystem, VolumeRecord } from './state.ts';
import { rememberToken, replayOf, type TokenUse } from './tokens.ts';
import type { World } from './world.ts';

/**
 * Volumes as the provider's API has them, but for attachments, which have a page of their own. What is written on a
 * disk belongs to its record, so that it goes where the volume goes.
 */
export interface CreateVolumeRequest {
  readonly name: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly snapshotId?: string | undefined;
  readonly encrypted?: boolean | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export const largestGiB = 65_536;

export function createVolume(
  world: World,
  request: CreateVolumeRequest,
  token: string | undefined,
): Result<string, Refusal> {
  const { volumes } = world.state;
  const use: TokenUse = {
    token,
    scope: 'volume',
    request,
    isAlive: (id) => volumes[id] !== undefined && volumes[id].state !== 'gone',
  };
  return replayOf(world, use).andThen((known) => {
    if (known !== undefined) return ok(known);
    return checkCreate(world, request)
      .andThen(() => withinQuota(world, 'volumes', 1))
      .andThen(() => withinQuota(world, 'volumeGiB', request.sizeGiB))
      .map(() => {
        const { snapshotId } = request;
        const filesystem = snapshotId === undefined ? undefined : findSnapshot(world, snapshotId)?.filesystem;
        const id = addVolume(world, request, { filesystem, takes: 'volumes.create' });
        rememberToken(world, use, id);
        return id;
      });
  });
}

export interface CopyVolumeRequest {
  readonly name: string;
  readonly volumeId: string;
  /** As the source has it, where absent; never smaller. */
  readonly sizeGiB?: number | undefined;
  readonly diskType?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** A second disk with what is on the first one now, in the same zone; the first one may be in use. */
export function copyVolume(
  world: World,
  request: CopyVolumeRequest,
  token: string | undefined,
): Result<string, Refusal> {
  const { volumes } = world.state;
  const use: TokenUse = {
    token,
    scope: 'volume-copy',
    request,
    isAlive: (id) => volumes[id] !== undefined && volumes[id].state !== 'gone',
  };
  return replayOf(world, use).andThen((known) => {
    if (known !== undefined) return ok(known);
    return volumeOf(world, request.volumeId).andThen((source) => {
      const { sizeGiB = source.sizeGiB, diskType = source.diskType } = request;
      const wish = { name: request.name, zone: source.zone, sizeGiB, diskType, tags: request.tags };
      return mayCopy(world, source, sizeGiB)
        .andThen(() => checkCreate(world, wish))
        .andThen(() => withinQuota(world, 'volumes', 1))
        .andThen(() => withinQuota(world, 'volumeGiB', sizeGiB))
        .map(() => {
          const { filesystem, encrypted, id: sourceVolumeId } = source;
          const id = addVolume(world, wish, { filesystem, encrypted, sourceVolumeId, takes: 'volumes.copy' });
          rememberToken(world, use, id);
          return id;
        });
    });
  });
}

export function deleteVolume(world: World, id: string): Result<void, Refusal> {
  return volumeOf(world, id).andThen((volume): Result<void, Refusal> => {
    if (volume.state === 'deleting') return ok();
    if (volume.attachments.length > 0) {
      return err({
        rule: 'volume-in-use',
        message: `The volume ${id} is attached to ${volume.attachments[0]?.instanceId}.`,
        resourceId: id,
        lastState: volume.state,
      });
    }
    if (volume.state === 'creating') return volumeTransitional(volume);
    // Cinder keeps the disk as long as there is a snapshot of it; EC2's snapshots stand for themselves.
    const kept = Object.values(world.state.snapshots).find(
      (one) => one.volumeId === id && one.state !== 'gone',
    );
    if (kept !== undefined && world.profile.family === 'openstack') {
      return err({
        rule: 'volume-has-snapshots',
        message: `The volume ${id} has snapshots, such as ${kept.id}.`,
        resourceId: id,
        lastState: volume.state,
      });
    }
    world.blur(volume, 'volumes.delete');
    volume.state = 'deleting';
    world.begin({
      operation: 'volumes.delete',
      takes: 'volumes.delete',
      transition: { what: 'volume.gone', volumeId: id },
      rolledBack: { what: 'volume.delete-failed', volumeId: id },
    });
    return ok();
  });
}

/** What a read shows of it. */
export function describeVolume(world: World, id: string): Result<VolumeRecord, Refusal> {
  const volume = world.state.volumes[id];
  const seen = volume === undefined ? undefined : world.seen(volume);
  if (seen !== undefined && seen.state !== 'gone') return ok(structuredClone(seen));
  return err({ rule: 'no-such-volume', message: `The volume ${id} does not exist.`, resourceId: id });
}

export function listVolumes(world: World): readonly VolumeRecord[] {
  return Object.keys(world.state.volumes).flatMap((id) =>
    describeVolume(world, id).match(
      (volume) => [volume],
      () => [],
    ),
  );
}

export const volumeTransitions: Transitions<
  'volume.available' | 'volume.failed' | 'volume.gone' | 'volume.delete-failed'
> = {
  'volume.available'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume?.state !== 'creating') return;
    volume.state = 'available';
    world.emit('volume.available', { volumeId });
  },
  'volume.failed'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume?.state !== 'creating') return;
    // EC2 lets a volume that it could not make vanish; Cinder leaves it in error.
    volume.state = world.profile.family === 'ec2' ? 'gone' : 'error';
    volume.errorWord = 'error';
    world.emit('volume.failed', { volumeId });
  },
  'volume.delete-failed'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume?.state !== 'deleting') return;
    volume.state = world.profile.family === 'ec2' ? 'available' : 'error';
    volume.errorWord = 'error_deleting';
    world.emit('volume.delete-failed', { volumeId });
  },
  'volume.gone'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume === undefined || volume.state === 'gone') return;
    volume.state = 'gone';
    world.emit('volume.gone', { volumeId });
  },
};

function mayCopy(world: World, source: VolumeRecord, sizeGiB: number): Result<void, Refusal> {
  if (!world.profile.traits.volumeCopy) {
    return err({ rule: 'not-here', message: 'This cloud copies no volumes.' });
  }
  if (source.state === 'error') return volumeFailed(source);
  if (source.state !== 'available' && source.state !== 'in-use') return volumeTransitional(source);
  if (sizeGiB >= source.sizeGiB) return ok();
  return err({
    rule: 'cannot-shrink',
    message: `A copy of ${source.id} has at least its ${source.sizeGiB} GiB.`,
    resourceId: source.id,
  });
}

function checkCreate(world: World, request: CreateVolumeRequest): Result<void, Refusal> {
  const { zone, sizeGiB, diskType, snapshotId } = request;
  const { zones, diskTypes } = world.state;
  if (zones[zone] === undefined) return noSuchZone(zone);
  if (diskTypes[diskType] === undefined) return noSuchDiskType(diskType);
  if (!isSize(sizeGiB)) return bad(`A volume has 1 to ${largestGiB} whole GiB, not ${sizeGiB}.`);
  if (snapshotId === undefined) return ok();
  return usableSnapshot(world, snapshotId).andThen((snapshot): Result<void, Refusal> => {
    if (sizeGiB >= snapshot.sizeGiB) return ok();
    return err({
      rule: 'smaller-than-snapshot',
      message: `The snapshot ${snapshotId} needs ${snapshot.sizeGiB} GiB; ${sizeGiB} were asked for.`,
    });
  });
}

/** What a new volume has besides what was asked for. */
interface Origin {
  readonly filesystem: Filesystem | undefined;
  readonly sourceVolumeId?: string;
  readonly encrypted?: boolean | undefined;
  readonly takes: 'volumes.create' | 'volumes.copy';
}

function addVolume(world: World, request: CreateVolumeRequest, origin: Origin): string {
  const { filesystem, takes, ...more } = origin;
  const volume: VolumeRecord = {
    id: newId(world, 'volume'),
    name: request.name,
    state: 'creating',
    zone: request.zone,
    sizeGiB: request.sizeGiB,
    diskType: request.diskType,
    multiAttach: false,
    attachments: [],
    snapshotId: request.snapshotId,
    encrypted: request.encrypted,
    ...more,
    tags: { ...request.tags },
    createdAtMs: world.nowMs,
    modifiedAtMs: [],
    filesystem: structuredClone(filesystem),
  };
  world.state.volumes[volume.id] = volume;
  world.blur(volume, takes, null);
  world.begin({
    operation: takes,
    takes,
    transition: { what: 'volume.available', volumeId: volume.id },
    rolledBack: { what: 'volume.failed', volumeId: volume.id },
  });
  return volume.id;
}

export function isSize(sizeGiB: number): boolean {
  return Number.isInteger(sizeGiB) && sizeGiB >= 1 && sizeGiB <= largestGiB;
}

export function noSuchDiskType(diskType: string): Result<never, Refusal> {
  return err({ rule: 'no-such-disk-type', message: `The disk type ${diskType} does not exist.` });
}
