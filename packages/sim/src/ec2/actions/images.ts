import { ok, type Result } from 'neverthrow';
import { rootDevice } from '../../devices.ts';
import { describeImage, listImages } from '../../images.ts';
import type { Refusal } from '../../refusal.ts';
import type { ImageRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { ownerId } from '../account.ts';
import { type Action, action } from '../action.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { paged, pageParameters } from '../pages.ts';
import { id, list, text, unmodelled } from '../parameters.ts';
import { tagSet } from '../tags.ts';
import type { XmlFields } from '../xml.ts';

/** The images of the account. There are no others here: `amazon` owns none. */
export const imageActions: readonly Action[] = [
  action({
    name: 'DescribeImages',
    operation: ({ ImageId }) => (ImageId.length > 0 ? 'images.get' : 'images.list'),
    changes: false,
    parameters: {
      ImageId: list(id('image')),
      Owner: list(text),
      ExecutableBy: unmodelled,
      IncludeDeprecated: unmodelled,
      IncludeDisabled: unmodelled,
      Filter: filters,
      ...pageParameters,
    },
    perform(world, asked) {
      const mine = [ownerId(world), world.at.account, 'self'];
      const isOurs = asked.Owner.length === 0 || asked.Owner.some((owner) => mine.includes(owner));
      const found: Result<readonly ImageRecord[], Refusal> =
        asked.ImageId.length > 0
          ? named(asked.ImageId, (one) => describeImage(world, one), 'image')
          : ok(isOurs ? listImages(world) : []);
      return found
        .andThen((all) => filtered(all, asked.Filter, imageFilters(world), ({ tags }) => tags))
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeImages',
            idOf: (one) => one.id,
            least: 1,
            named: ['imagesSet', asked.ImageId.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({
          imagesSet: items.map((image) => imageFields(world, image)),
          nextToken,
        }));
    },
  }),
];

function imageFields(world: World, image: ImageRecord): XmlFields {
  return {
    imageId: image.id,
    imageLocation: `${ownerId(world)}/${image.name}`,
    imageState: image.state,
    imageOwnerId: ownerId(world),
    isPublic: false,
    architecture: image.architecture,
    imageType: 'machine',
    name: image.name,
    rootDeviceType: 'ebs',
    rootDeviceName: rootDevice(world),
    blockDeviceMapping: [
      {
        deviceName: rootDevice(world),
        ebs: { volumeSize: image.minDiskGiB, deleteOnTermination: true, encrypted: false },
      },
    ],
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    enaSupport: true,
    platformDetails: 'Linux/UNIX',
    tagSet: tagSet(image.tags),
  };
}

function imageFilters(world: World): FilterTable<ImageRecord> {
  return {
    architecture: ({ architecture }) => [architecture],
    'image-id': (one) => [one.id],
    'image-type': () => ['machine'],
    'is-public': () => [false],
    name: ({ name }) => [name],
    'owner-id': () => [ownerId(world)],
    'root-device-name': () => [rootDevice(world)],
    'root-device-type': () => ['ebs'],
    state: ({ state }) => [state],
    'virtualization-type': () => ['hvm'],
  };
}
