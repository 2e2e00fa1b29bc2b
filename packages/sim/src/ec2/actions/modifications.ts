import { err, ok, type Result } from 'neverthrow';
import { modifyVolume } from '../../modify.ts';
import { volumeOf } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import type { ModificationRecord, VolumeRecord } from '../../state.ts';
import { describeVolume, listVolumes } from '../../volumes.ts';
import type { World } from '../../world.ts';
import { time } from '../account.ts';
import { type Action, action } from '../action.ts';
import { booksOf, type VolumeBook } from '../books.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { paged, pageParameters } from '../pages.ts';
import { flag, id, list, required, text, unmodelled, whole } from '../parameters.ts';
import { type AskedSpeed, speedOf } from '../volume-types.ts';
import type { XmlFields } from '../xml.ts';

/** What changes a volume later: its size (up), its type and its speed; and how far the last change has come. */
export const modificationActions: readonly Action[] = [
  action({
    name: 'ModifyVolume',
    operation: 'volumes.modify',
    changes: true,
    parameters: {
      VolumeId: required(id('volume')),
      Size: whole,
      VolumeType: text,
      Iops: whole,
      Throughput: whole,
      MultiAttachEnabled: flag,
    },
    perform: (world, asked) =>
      volumeOf(world, asked.VolumeId).andThen((volume) => {
        const { Size: sizeGiB = volume.sizeGiB, VolumeType: diskType = volume.diskType } = asked;
        const before = booksOf(world).volumes[volume.id] ?? {};
        // What is not said stays, as long as the type has a speed of its own to choose.
        const kept = diskType === volume.diskType ? before : {};
        const speed = { Iops: asked.Iops ?? kept.iops, Throughput: asked.Throughput ?? kept.throughputMiB };
        return speedAfter(volume, sizeGiB, diskType, speed)
          .andThen((after) =>
            modifyVolume(world, volume.id, { sizeGiB, diskType }).map(() => {
              booksOf(world).volumes[volume.id] = { ...before, ...after, before };
            }),
          )
          .andThen(() => volumeOf(world, volume.id))
          .andThen((changed) => modificationOf(world, changed))
          .map((volumeModification) => ({ volumeModification }));
      }),
  }),
  action({
    name: 'DescribeVolumesModifications',
    operation: ({ VolumeId }) => (VolumeId.length > 0 ? 'volumes.get' : 'volumes.list'),
    changes: false,
    parameters: {
      VolumeId: list(id('volume')),
      Filter: filters,
      ...pageParameters,
      IncludeManagedResources: unmodelled,
    },
    perform(world, asked) {
      const found: Result<readonly VolumeRecord[], Refusal> =
        asked.VolumeId.length > 0
          ? named(asked.VolumeId, (one) => describeVolume(world, one), 'volume')
          : ok(listVolumes(world).filter(({ modification }) => modification !== undefined));
      return found
        .andThen((volumes) => allModified(volumes))
        .andThen((volumes) => filtered(volumes, asked.Filter, modificationFilters))
        .andThen((volumes) =>
          paged(volumes, asked, { of: 'DescribeVolumesModifications', idOf: (one) => one.id, most: 500 }),
        )
        .map(({ items, nextToken }) => ({
          volumeModificationSet: items.map((volume) => modificationOf(world, volume).unwrapOr({})),
          nextToken,
        }));
    },
  }),
];

/** A size that is refused anyway is not judged by the bounds of its type: what is wrong with it is that it shrinks. */
function speedAfter(
  volume: VolumeRecord,
  sizeGiB: number,
  diskType: string,
  speed: AskedSpeed,
): Result<VolumeBook, Refusal> {
  return sizeGiB < volume.sizeGiB ? ok({}) : speedOf(diskType, sizeGiB, speed);
}

/** A volume that was never changed and is asked for by its id is refused. */
function allModified(volumes: readonly VolumeRecord[]): Result<readonly VolumeRecord[], Refusal> {
  const never = volumes.find(({ modification }) => modification === undefined);
  return never === undefined ? ok(volumes) : noModification(never);
}

function modificationOf(world: World, volume: VolumeRecord): Result<XmlFields, Refusal> {
  const { id: volumeId, modification } = volume;
  if (modification === undefined) return noModification(volume);
  const after = booksOf(world).volumes[volumeId] ?? {};
  const { before = {} } = after;
  return ok({
    volumeId,
    modificationState: modification.state,
    targetSize: modification.sizeGiB,
    targetVolumeType: modification.diskType,
    targetIops: after.iops,
    targetThroughput: after.throughputMiB,
    targetMultiAttachEnabled: volume.multiAttach,
    originalSize: modification.fromSizeGiB,
    originalVolumeType: modification.fromDiskType,
    originalIops: before.iops,
    originalThroughput: before.throughputMiB,
    originalMultiAttachEnabled: volume.multiAttach,
    progress: progressOf[modification.state],
    startTime: time(modification.begunAtMs),
    endTime: time(modification.endedAtMs),
  });
}

/** Per cent. The world knows of a change only what stage it is in. */
const progressOf: Readonly<Record<ModificationRecord['state'], number>> = {
  modifying: 0,
  optimizing: 50,
  completed: 100,
  failed: 0,
};

const modificationFilters: FilterTable<VolumeRecord> = {
  'modification-state': ({ modification }) => [modification?.state],
  'volume-id': (volume) => [volume.id],
  'target-size': ({ modification }) => [modification?.sizeGiB],
  'target-volume-type': ({ modification }) => [modification?.diskType],
  'original-size': ({ modification }) => [modification?.fromSizeGiB],
  'original-volume-type': ({ modification }) => [modification?.fromDiskType],
  'start-time': ({ modification }) => [time(modification?.begunAtMs)],
};

function noModification({ id: volumeId }: VolumeRecord): Result<never, Refusal> {
  return err({
    rule: 'no-such-volume',
    code: 'InvalidVolumeModification.NotFound',
    message: `Modification for volume '${volumeId}' does not exist.`,
    resourceId: volumeId,
  });
}
