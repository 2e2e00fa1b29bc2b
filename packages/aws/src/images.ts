import type { Image as Ec2Image } from '@aws-sdk/client-ec2';
import type { CloudError, Image, Images } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { err, ok, type Result } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import { pages } from './pages.ts';
import { beginRead, read, type Span } from './span.ts';
import { tagsOf } from './tags.ts';

/** The port's images over AMIs. The list shows the account's own: the world's are too many to be listed. */
export function images(ec2: Ec2): Images {
  return {
    get(id, options) {
      const span = beginRead(ec2, 'images.get', options, id);
      return read(span, (api, signal) => api.describeImages({ ImageIds: [id] }, signal))
        .mapErr((error) =>
          error.code?.endsWith('.NotFound') === true ? { ...error, kind: 'not-found' as const } : error,
        )
        .andThen(({ Images: [image] = [] }) =>
          image === undefined
            ? err(fail(span, 'not-found', `The image ${id} does not exist.`))
            : ok(imageOf(image)),
        );
    },
    list: (filter, options) => listImages(beginRead(ec2, 'images.list', options), filter?.name),
  };
}

async function* listImages(span: Span, name: string | undefined): AsyncIterable<Result<Image, CloudError>> {
  const found = pages<Ec2Image>(
    (token) =>
      read(span, (api, signal) =>
        api.describeImages(
          { Owners: ['self'], ...(token === undefined ? {} : { NextToken: token }) },
          signal,
        ),
      ).map(({ Images = [], NextToken: next }) => ({
        items: Images.filter((image) => name === undefined || image.Name === name),
        next,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of images twice.'),
  );
  for await (const one of found) yield one.map(imageOf);
}

const states: Readonly<Record<string, Image['state']>> = {
  available: 'available',
  pending: 'pending',
  transient: 'pending',
  failed: 'failed',
  error: 'failed',
  invalid: 'failed',
};

function imageOf(image: Ec2Image): Image {
  const { Architecture: architecture } = image;
  const sizes = (image.BlockDeviceMappings ?? []).filter(
    ({ DeviceName }) => DeviceName === image.RootDeviceName,
  );
  const minDiskGiB = sizes[0]?.Ebs?.VolumeSize;
  return {
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    state: states[image.State ?? ''] ?? 'unknown',
    ...(architecture === undefined ? {} : { architecture }),
    ...(minDiskGiB === undefined ? {} : { minDiskGiB }),
    tags: tagsOf(image.Tags),
  };
}
