import { err, ok, type Result } from 'neverthrow';
import { volumeOf } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import { createVolume, deleteVolume, describeVolume, listVolumes } from '../../volumes.ts';
import type { World } from '../../world.ts';
import { zoneNamed } from '../account.ts';
import { type Action, action, done } from '../action.ts';
import { booksOf } from '../books.ts';
import { filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { once } from '../once.ts';
import { paged, pageParameters } from '../pages.ts';
import { flag, id, list, required, text, unmodelled, whole } from '../parameters.ts';
import { allTags, tagSpecifications, tagsFor } from '../tags.ts';
import { volumeFields, volumeFilters } from '../volume-answer.ts';
import { speedOf, usualVolumeType, volumeTypes } from '../volume-types.ts';
import type { XmlFields } from '../xml.ts';

/** Volumes, but for what ties them to instances and what changes them later. */
export const volumeActions: readonly Action[] = [
  action({
    name: 'CreateVolume',
    operation: 'volumes.create',
    changes: true,
    parameters: {
      AvailabilityZone: text,
      AvailabilityZoneId: text,
      Size: whole,
      SnapshotId: id('snapshot'),
      VolumeType: text,
      Iops: whole,
      Throughput: whole,
      Encrypted: flag,
      KmsKeyId: text,
      MultiAttachEnabled: flag,
      TagSpecification: tagSpecifications,
      ClientToken: text,
      VolumeInitializationRate: unmodelled,
    },
    perform(world, { ClientToken, ...asked }) {
      const zone = zoneNamed(world, asked.AvailabilityZone, asked.AvailabilityZoneId);
      if (zone === undefined) return missing('availabilityZone');
      const { snapshots, volumes } = world.state;
      const diskType = asked.VolumeType ?? usualVolumeType;
      const sizeGiB =
        asked.Size ??
        (asked.SnapshotId === undefined ? undefined : (snapshots[asked.SnapshotId]?.sizeGiB ?? 1));
      if (sizeGiB === undefined) return missing('size/snapshot');
      const isShared = asked.MultiAttachEnabled === true;
      if (isShared && volumeTypes[diskType]?.multiAttach !== true) {
        return err({
          rule: 'bad-parameter',
          code: 'InvalidParameterCombination',
          message: `The parameter multiAttachEnabled is not supported for ${diskType} volumes.`,
        });
      }
      const use = {
        token: ClientToken,
        scope: 'volume',
        request: asked,
        isAlive: (known: string) => volumes[known] !== undefined && volumes[known].state !== 'gone',
      };
      return once(world, use, () =>
        tagsFor(asked.TagSpecification, 'volume').andThen((named) =>
          speedOf(diskType, sizeGiB, asked).andThen((speed) => {
            const { SnapshotId: snapshotId, KmsKeyId: kmsKeyId } = asked;
            const encrypted = asked.Encrypted === true || kmsKeyId !== undefined;
            const request = { ...named, zone, sizeGiB, diskType, snapshotId, encrypted };
            return createVolume(world, request, undefined).map((made) => {
              booksOf(world).volumes[made] = { ...speed, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
              const record = volumes[made];
              if (isShared && record !== undefined) volumes[made] = { ...record, multiAttach: true };
              return made;
            });
          }),
        ),
      ).andThen((made) => shownVolume(world, made));
    },
  }),
  action({
    name: 'DescribeVolumes',
    operation: ({ VolumeId }) => (VolumeId.length > 0 ? 'volumes.get' : 'volumes.list'),
    changes: false,
    parameters: {
      VolumeId: list(id('volume')),
      Filter: filters,
      ...pageParameters,
      IncludeManagedResources: unmodelled,
    },
    perform: (world, asked) =>
      (asked.VolumeId.length > 0
        ? named(asked.VolumeId, (one) => describeVolume(world, one), 'volume')
        : ok(listVolumes(world))
      )
        .andThen((all) => filtered(all, asked.Filter, volumeFilters(world), allTags))
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeVolumes',
            idOf: (one) => one.id,
            named: ['volumesSet', asked.VolumeId.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({
          volumeSet: items.map((volume) => volumeFields(world, volume)),
          nextToken,
        })),
  }),
  action({
    name: 'DeleteVolume',
    operation: 'volumes.delete',
    changes: true,
    parameters: { VolumeId: required(id('volume')) },
    perform: (world, { VolumeId }) => deleteVolume(world, VolumeId).map(() => done),
  }),
];

/** As it is, not as late reads show it: the answer to a create tells what was made. */
export function shownVolume(world: World, volumeId: string): Result<XmlFields, Refusal> {
  return volumeOf(world, volumeId).map((volume) => volumeFields(world, volume));
}

function missing(parameter: string): Result<never, Refusal> {
  return err({
    rule: 'bad-parameter',
    code: 'MissingParameter',
    message: `The request must contain the parameter ${parameter}.`,
  });
}
