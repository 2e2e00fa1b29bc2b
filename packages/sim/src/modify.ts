import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { withinQuota } from './quotas.ts';
import { bad, volumeFailed, volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { VolumeRecord } from './state.ts';
import { isSize, largestGiB, noSuchDiskType } from './volumes.ts';
import type { World } from './world.ts';

/**
 * Changes of a volume's size and type. EC2 keeps a record of the last one: `modifying` until the new size can be used,
 * `optimizing` for hours in the background, and no other change meanwhile; four begin in 24 hours at most, also those
 * that ask for what is so already. Cinder is done when it is done. A disk never shrinks.
 */
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
        volume.modification = {
          state: 'modifying',
          sizeGiB,
          diskType,
          fromSizeGiB: volume.sizeGiB,
          fromDiskType: volume.diskType,
          begunAtMs: world.nowMs,
        };
        world.begin({
          operation: 'volumes.modify',
          takes: 'volumes.modify',
          transition: { what: 'volume.modified', volumeId: id },
          rolledBack: { what: 'volume.modify-failed', volumeId: id },
        });
      });
  });
}

/** How many changes of it began in the last 24 hours. */
export function modificationsToday(world: World, volume: VolumeRecord): number {
  return recentModifications(world, volume).length;
}

export const modifyTransitions: Transitions<'volume.modified' | 'volume.modify-failed' | 'volume.optimized'> =
  {
    'volume.modified'(world, { volumeId }) {
      const volume = world.state.volumes[volumeId];
      if (volume?.modification?.state !== 'modifying') return;
      volume.sizeGiB = volume.modification.sizeGiB;
      volume.diskType = volume.modification.diskType;
      const isDone = world.profile.family !== 'ec2';
      volume.modification.state = isDone ? 'completed' : 'optimizing';
      if (isDone) volume.modification.endedAtMs = world.nowMs;
      world.emit('volume.modified', { volumeId, sizeGiB: volume.sizeGiB, diskType: volume.diskType });
      if (!isDone)
        world.begin({ takes: 'volumes.optimize', transition: { what: 'volume.optimized', volumeId } });
    },
    'volume.modify-failed'(world, { volumeId }) {
      const volume = world.state.volumes[volumeId];
      if (volume?.modification?.state !== 'modifying') return;
      volume.modification.state = 'failed';
      volume.modification.endedAtMs = world.nowMs;
      // Cinder leaves the volume itself in error; EC2 only the record of the change.
      if (world.profile.family !== 'ec2' && volume.state === 'available') {
        volume.state = 'error';
        volume.errorWord = 'error_extending';
      }
      world.emit('volume.modify-failed', { volumeId });
    },
    'volume.optimized'(world, { volumeId }) {
      const volume = world.state.volumes[volumeId];
      if (volume?.modification?.state !== 'optimizing') return;
      volume.modification.state = 'completed';
      volume.modification.endedAtMs = world.nowMs;
      world.emit('volume.optimized', { volumeId });
    },
  };

const dayMs = 86_400_000;

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
