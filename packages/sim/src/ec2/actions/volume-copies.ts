import { volumeOf } from '../../records.ts';
import { copyVolume } from '../../volumes.ts';
import { type Action, action } from '../action.ts';
import { booksOf } from '../books.ts';
import { once } from '../once.ts';
import { flag, id, required, text, whole } from '../parameters.ts';
import { tagSpecifications, tagsFor } from '../tags.ts';
import { speedOf } from '../volume-types.ts';
import { shownVolume } from './volumes.ts';

/** A second volume with what is on the first one now, without a snapshot in between. */
export const volumeCopyActions: readonly Action[] = [
  action({
    name: 'CopyVolumes',
    operation: 'volumes.copy',
    changes: true,
    parameters: {
      SourceVolumeId: required(id('volume')),
      Size: whole,
      VolumeType: text,
      Iops: whole,
      Throughput: whole,
      MultiAttachEnabled: flag,
      Encrypted: flag,
      KmsKeyId: text,
      TagSpecification: tagSpecifications,
      ClientToken: text,
    },
    perform(world, { ClientToken, ...asked }) {
      const { volumes } = world.state;
      const use = {
        token: ClientToken,
        scope: 'CopyVolumes',
        request: asked,
        isAlive: (known: string) => volumes[known] !== undefined && volumes[known].state !== 'gone',
      };
      return once(world, use, () =>
        volumeOf(world, asked.SourceVolumeId).andThen((source) =>
          tagsFor(asked.TagSpecification, 'volume').andThen(({ name, tags }) => {
            const { Size: sizeGiB = source.sizeGiB, VolumeType: diskType = source.diskType } = asked;
            const kept = diskType === source.diskType ? (booksOf(world).volumes[source.id] ?? {}) : {};
            const wish = {
              Iops: asked.Iops ?? kept.iops,
              Throughput: asked.Throughput ?? kept.throughputMiB,
            };
            return speedOf(diskType, sizeGiB, wish).andThen((speed) =>
              copyVolume(world, { name, tags, volumeId: source.id, sizeGiB, diskType }, undefined).map(
                (made) => {
                  booksOf(world).volumes[made] = speed;
                  return made;
                },
              ),
            );
          }),
        ),
      )
        .andThen((made) => shownVolume(world, made))
        .map((volume) => ({ volumeSet: [volume] }));
    },
  }),
];
