import type { CloudError, Image, Images } from '@belay/cloud';
import type { Result } from 'neverthrow';
import { pages } from './pages.ts';
import { beginRead, read, type Span } from './span.ts';
import type { Stack } from './stack.ts';
import { numberAt, textAt, textsAt, type Wire } from './wire.ts';

/** The port's images over Glance's: all that the project may boot from, its own, shared and public. */
export function images(stack: Stack): Images {
  return {
    get: (id, options) =>
      read(beginRead(stack, 'images.get', options, id), 'getImage', { path: { id } }).map(({ body }) =>
        imageOf(body),
      ),
    list: (filter, options) => listImages(beginRead(stack, 'images.list', options), filter?.name),
  };
}

async function* listImages(span: Span, name: string | undefined): AsyncIterable<Result<Image, CloudError>> {
  for await (const one of pages(span, 'listImages', 'images')) {
    const image = one.map(imageOf);
    if (image.isErr() || name === undefined || image.value.name === name) yield image;
  }
}

const states: Readonly<Record<string, Image['state']>> = {
  active: 'available',
  queued: 'pending',
  saving: 'pending',
  uploading: 'pending',
  importing: 'pending',
  killed: 'failed',
  deleted: 'failed',
  deactivated: 'failed',
};

function imageOf(wire: Wire): Image {
  const architecture = textAt(wire, 'architecture');
  const minDiskGiB = numberAt(wire, 'min_disk');
  return {
    id: textAt(wire, 'id') ?? '',
    name: textAt(wire, 'name') ?? '',
    state: states[textAt(wire, 'status') ?? ''] ?? 'unknown',
    ...(architecture === undefined ? {} : { architecture }),
    // 0 is Glance's way of saying nothing.
    ...(minDiskGiB === undefined || minDiskGiB === 0 ? {} : { minDiskGiB }),
    // Glance's tags are words without a value.
    tags: Object.fromEntries(textsAt(wire, 'tags').map((word) => [word, ''])),
  };
}
