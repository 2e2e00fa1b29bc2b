import type { CloudError, CloudResult, InstanceSpec } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { okAsync } from 'neverthrow';
import type { Flavor } from './flavors.ts';
import { keyMetadata, serverTag } from './key-tags.ts';
import { read, type Span } from './span.ts';

/** What Nova is asked for: the spec of the port in Nova's words, with the key in it. */
export function requestOf(
  span: Span,
  spec: InstanceSpec,
  flavor: Flavor,
  key: string,
): CloudResult<Readonly<Record<string, unknown>>> {
  return rootOf(span, spec, flavor).map((root) => ({
    server: {
      name: spec.name,
      flavorRef: flavor.id,
      availability_zone: spec.zone,
      networks: spec.networkId === undefined ? 'auto' : [{ uuid: spec.networkId }],
      metadata: keyMetadata(key, spec.tags),
      tags: [serverTag(key)],
      ...root,
      ...(spec.keyName === undefined ? {} : { key_name: spec.keyName }),
      ...(spec.securityGroups === undefined
        ? {}
        : { security_groups: spec.securityGroups.map((name) => ({ name })) }),
      ...(spec.userData === undefined ? {} : { user_data: Buffer.from(spec.userData).toString('base64') }),
    },
  }));
}

/**
 * On the host's own disk where that is what is asked for and the flavor has one; else on a volume, which dies with
 * its server as the host's disk would.
 */
function rootOf(
  span: Span,
  { imageId, rootSizeGiB, rootSnapshotId }: InstanceSpec,
  { diskGiB }: Flavor,
): CloudResult<Readonly<Record<string, unknown>>> {
  const onHost = rootSnapshotId === undefined && diskGiB > 0 && (rootSizeGiB ?? diskGiB) === diskGiB;
  if (onHost) return okAsync({ imageRef: imageId });
  const volume = (volume_size: number | undefined) => ({
    block_device_mapping_v2: [
      {
        boot_index: 0,
        uuid: rootSnapshotId ?? imageId,
        source_type: rootSnapshotId === undefined ? 'image' : 'snapshot',
        destination_type: 'volume',
        delete_on_termination: true,
        ...(volume_size === undefined ? {} : { volume_size }),
      },
    ],
  });
  if (rootSizeGiB !== undefined || rootSnapshotId !== undefined) return okAsync(volume(rootSizeGiB));
  return read(span, 'getImage', { path: { id: imageId } })
    .map(({ body }) => volume(Math.max(1, Number(body['min_disk'] ?? 0), giBOf(Number(body['size'] ?? 0)))))
    .mapErr((error) => (error.kind === 'not-found' ? { ...error, kind: 'invalid' as const } : error));
}

function giBOf(bytes: number): number {
  return Math.ceil(bytes / 2 ** 30);
}

const longestUserData = 16 * 1024;

/** What is refused before anything is asked. */
export function refusalOf(span: Span, { reservationId, userData }: InstanceSpec): CloudError | undefined {
  if (reservationId !== undefined) return keepsNone(span);
  if (userData !== undefined && Buffer.byteLength(userData) > longestUserData) {
    return fail(span, 'invalid', `userData has more than ${longestUserData} bytes.`);
  }
  return undefined;
}

/** The answer to whoever names a reservation. */
export function keepsNone(span: Span): CloudError {
  return fail(span, 'unsupported', 'OpenStack, as belay speaks to it, reserves no capacity.');
}
