/**
 * Servers that belay did not create are adopted by describing them, and by nothing else: no tag is set, no file is
 * written. What can be seen is put into a draft; what only a person knows is asked, with what was seen of it.
 */

import {
  type CloudError,
  type Clouds,
  type Failure,
  type FloatingIps,
  type HostFacts,
  type Hosts,
  type Instance,
  type Ref,
  refAt,
  type StorageVolume,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type DescriptionError, readWorkload } from './description.ts';
import type { Workload, WorkloadVolume } from './workload.ts';

/** What is known of a server that nobody has described. */
export interface Adoption {
  /** What could be seen of a workload: some fields may be missing. */
  readonly draft: Partial<Workload>;
  /** What a person has to say, or to look at. Those without `isNeeded` have been guessed. */
  readonly questions: readonly AdoptionQuestion[];
}

/** One thing that cannot be seen from outside. */
export interface AdoptionQuestion {
  /** Field of the workload. */
  readonly field: keyof Workload;
  readonly sentence: string;
  /** There is no workload without an answer. */
  readonly isNeeded: boolean;
}

/** How a server is looked at. */
export interface AdoptOptions {
  /** What people shall call it; the server's own name where absent. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Looks at a server and drafts its description. Only reads. An error where the server itself cannot be seen. */
export function adopt(
  instance: Ref,
  { clouds, hosts }: Clouds & Hosts,
  { name, signal, timeoutMs }: AdoptOptions = {},
): ResultAsync<Adoption, Failure> {
  const read = { signal, timeoutMs };
  const cloud = clouds.get(instance);
  return cloud.instances
    .get(instance.id, read)
    .mapErr((error): Failure => error)
    .andThen((server) =>
      ResultAsync.combine(
        server.volumes
          .filter(({ isRoot }) => !isRoot)
          .map(({ volumeId }) => cloud.volumes.get(volumeId, read)),
      )
        .mapErr((error): Failure => error)
        .andThen((volumes) =>
          hosts
            .get(refAt(instance, instance.id))
            .observe(read)
            .mapErr((error): Failure => error)
            .andThen((inside) =>
              new ResultAsync(addressesOf(cloud.floatingIps, instance.id, read))
                .mapErr((error): Failure => error)
                .map((floatingIps) =>
                  drafted(name ?? server.name, instance, server, volumes, inside, floatingIps),
                ),
            ),
        ),
    );
}

/** The draft with the answers, checked whole. */
export function adopted({ draft }: Adoption, answers: Partial<Workload>): Result<Workload, DescriptionError> {
  return readWorkload({ ...draft, ...answers });
}

async function addressesOf(
  floatingIps: FloatingIps,
  instanceId: string,
  read: Pick<AdoptOptions, 'signal' | 'timeoutMs'>,
): Promise<Result<readonly string[], CloudError>> {
  const bound: string[] = [];
  for await (const listed of floatingIps.list({}, read)) {
    if (listed.isErr()) return err(listed.error);
    if (listed.value.instanceId === instanceId) bound.push(listed.value.id);
  }
  return ok(bound);
}

function drafted(
  name: string,
  { provider, account, region, id }: Ref,
  server: Instance,
  volumes: readonly StorageVolume[],
  inside: HostFacts,
  floatingIps: readonly string[],
): Adoption {
  const found = volumes.flatMap((volume) => mountedAs(volume, id, inside));
  // The biggest disk is taken for the main one; the others go along.
  const [main, ...more] = [...found].sort((a, b) => sizeOf(volumes, b) - sizeOf(volumes, a));
  const services = inside.services.filter(({ state }) => state === 'active').map((service) => service.name);
  const lost = volumes.filter(({ id: volumeId }) => !found.some((each) => each.volumeId === volumeId));
  return {
    draft: {
      name,
      instance: { provider, account, region, id },
      ...main,
      ...(more.length > 0 && { moreVolumes: more }),
      floatingIps,
      names: [],
      services,
    },
    questions: [
      ...(main === undefined
        ? [
            asked(
              'volumeId',
              true,
              `which disk holds the data: ${server.name} has no data disk that is mounted`,
            ),
          ]
        : []),
      ...lost.map(({ id: volumeId }) =>
        asked('moreVolumes', false, `what ${volumeId} is for: it is attached and not mounted`),
      ),
      asked('probe', true, 'by which name one can tell that it serves'),
      asked(
        'services',
        false,
        `which of these are the workload’s, in which order they stop: ${services.join(', ')}`,
      ),
      asked('rootDisk', false, 'whether what is on the root disk can be made again'),
      ...(floatingIps.length === 0
        ? [asked('names', false, `which names lead to ${server.publicAddresses.join(', ') || server.name}`)]
        : []),
    ],
  };
}

/** By the serial of the disk, never by the order in which disks were found. */
function mountedAs(
  { id, attachments }: StorageVolume,
  instanceId: string,
  { mounts }: HostFacts,
): readonly WorkloadVolume[] {
  const serial = attachments.find((each) => each.instanceId === instanceId)?.disk.serial;
  const mount = mounts.find(({ diskSerial }) => diskSerial !== undefined && diskSerial === serial);
  if (mount === undefined) return [];
  const { mountPoint, filesystemUuid } = mount;
  return [{ volumeId: id, mountPoint, filesystemUuid }];
}

function sizeOf(volumes: readonly StorageVolume[], { volumeId }: WorkloadVolume): number {
  return volumes.find(({ id }) => id === volumeId)?.sizeGiB ?? 0;
}

function asked(field: keyof Workload, isNeeded: boolean, sentence: string): AdoptionQuestion {
  return { field, sentence, isNeeded };
}
