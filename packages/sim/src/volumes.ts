import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { newId } from './names.ts';
import { bad, noSuchZone, volumeFailed, volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { Filesystem, VolumeRecord } from './state.ts';
import { withinQuota } from './stock.ts';
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

const dayMs = 86_400_000;
const largestGiB = 65_536;

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
        const id = addVolume(world, request);
        rememberToken(world, use, id);
        return id;
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
    world.blur(volume, 'volumes.delete');
    volume.state = 'deleting';
    world.begin({
      operation: 'volumes.delete',
      takes: 'volumes.delete',
      transition: { what: 'volume.gone', volumeId: id },
    });
    return ok();
  });
}

export function modifyVolume(
  world: World,
  id: string,
  change: { readonly sizeGiB?: number | undefined; readonly diskType?: string | undefined },
): Result<void, Refusal> {
  const { traits } = world.profile;
  return volumeOf(world, id).andThen((volume): Result<void, Refusal> => {
    const sizeGiB = change.sizeGiB ?? volume.sizeGiB;
    const diskType = change.diskType ?? volume.diskType;
    if (volume.state === 'error') return volumeFailed(volume);
    if (volume.state !== 'available' && volume.state !== 'in-use') return volumeTransitional(volume);
    if (world.state.diskTypes[diskType] === undefined) return noSuchDiskType(diskType);
    if (sizeGiB < volume.sizeGiB) {
      return err({
        rule: 'cannot-shrink',
        message: `The volume ${id} has ${volume.sizeGiB} GiB and cannot become smaller.`,
        resourceId: id,
      });
    }
    if (!isSize(sizeGiB)) return bad(`A volume has 1 to ${largestGiB} whole GiB, not ${sizeGiB}.`);
    const isUsed = volume.state === 'in-use';
    const mayInUse = diskType === volume.diskType ? traits.growInUse : traits.retypeInUse;
    if (isUsed && !mayInUse) {
      return err({
        rule: 'not-while-in-use',
        message: `The volume ${id} cannot be changed so while it is in use.`,
        resourceId: id,
      });
    }
    return mayModifyNow(world, volume)
      .andThen(() => withinQuota(world, 'volumeGiB', sizeGiB - volume.sizeGiB))
      .map(() => {
        world.blur(volume, 'volumes.modify');
        volume.modifiedAtMs = [...recentModifications(world, volume), world.nowMs];
        volume.modification = { state: 'modifying', sizeGiB, diskType };
        world.begin({
          operation: 'volumes.modify',
          takes: 'volumes.modify',
          transition: { what: 'volume.modified', volumeId: id },
        });
      });
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
  'volume.available' | 'volume.failed' | 'volume.gone' | 'volume.modified' | 'volume.optimized'
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
    world.emit('volume.failed', { volumeId });
  },
  'volume.gone'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume === undefined || volume.state === 'gone') return;
    volume.state = 'gone';
    world.emit('volume.gone', { volumeId });
  },
  'volume.modified'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume?.modification?.state !== 'modifying') return;
    volume.sizeGiB = volume.modification.sizeGiB;
    volume.diskType = volume.modification.diskType;
    volume.modification = { ...volume.modification, state: 'optimizing' };
    world.emit('volume.modified', { volumeId, sizeGiB: volume.sizeGiB, diskType: volume.diskType });
    world.begin({ takes: 'volumes.optimize', transition: { what: 'volume.optimized', volumeId } });
  },
  'volume.optimized'(world, { volumeId }) {
    const volume = world.state.volumes[volumeId];
    if (volume?.modification?.state !== 'optimizing') return;
    volume.modification = { ...volume.modification, state: 'completed' };
  },
};

function checkCreate(world: World, request: CreateVolumeRequest): Result<void, Refusal> {
  const { zone, sizeGiB, diskType, snapshotId } = request;
  const { zones, diskTypes, snapshots } = world.state;
  if (zones[zone] === undefined) return noSuchZone(zone);
  if (diskTypes[diskType] === undefined) return noSuchDiskType(diskType);
  if (!isSize(sizeGiB)) return bad(`A volume has 1 to ${largestGiB} whole GiB, not ${sizeGiB}.`);
  if (snapshotId === undefined) return ok();
  const snapshot = snapshots[snapshotId];
  if (snapshot === undefined || snapshot.state === 'gone') {
    return err({
      rule: 'no-such-snapshot',
      message: `The snapshot ${snapshotId} does not exist.`,
      resourceId: snapshotId,
    });
  }
  if (snapshot.state !== 'completed') {
    return err({
      rule: 'snapshot-not-ready',
      message: `The snapshot ${snapshotId} is ${snapshot.state}.`,
      resourceId: snapshotId,
      lastState: snapshot.state,
    });
  }
  if (sizeGiB < snapshot.sizeGiB) {
    return err({
      rule: 'smaller-than-snapshot',
      message: `The snapshot ${snapshotId} needs ${snapshot.sizeGiB} GiB; ${sizeGiB} were asked for.`,
    });
  }
  return ok();
}

function addVolume(world: World, request: CreateVolumeRequest): string {
  const { snapshots, volumes } = world.state;
  const written = request.snapshotId === undefined ? undefined : snapshots[request.snapshotId]?.filesystem;
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
    tags: { ...request.tags },
    createdAtMs: world.nowMs,
    modifiedAtMs: [],
    filesystem: copyOf(written),
  };
  volumes[volume.id] = volume;
  world.blur(volume, 'volumes.create', null);
  world.begin({
    operation: 'volumes.create',
    takes: 'volumes.create',
    transition: { what: 'volume.available', volumeId: volume.id },
    rolledBack: { what: 'volume.failed', volumeId: volume.id },
  });
  return volume.id;
}

/** A disk's contents as they are now, apart from the disk. */
export function copyOf(filesystem: Filesystem | undefined): Filesystem | undefined {
  return filesystem === undefined ? undefined : structuredClone(filesystem);
}

function mayModifyNow(world: World, volume: VolumeRecord): Result<void, Refusal> {
  if (volume.modification?.state === 'modifying' || volume.modification?.state === 'optimizing') {
    return err({
      rule: 'modification-under-way',
      message: `The last change of ${volume.id} is still ${volume.modification.state}.`,
      resourceId: volume.id,
      lastState: volume.modification.state,
    });
  }
  if (recentModifications(world, volume).length < world.profile.modificationsPerDay) return ok();
  return err({
    rule: 'modified-too-often',
    message: `${volume.id} was changed ${volume.modifiedAtMs.length} times in the last 24 hours.`,
    resourceId: volume.id,
  });
}

function recentModifications(world: World, volume: VolumeRecord): number[] {
  return volume.modifiedAtMs.filter((atMs) => atMs > world.nowMs - dayMs);
}

function isSize(sizeGiB: number): boolean {
  return Number.isInteger(sizeGiB) && sizeGiB >= 1 && sizeGiB <= largestGiB;
}

function noSuchDiskType(diskType: string): Result<never, Refusal> {
  return err({ rule: 'no-such-disk-type', message: `The disk type ${diskType} does not exist.` });
}
