import type { _InstanceType, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { CloudResult, InstanceOffer } from '@belay/cloud';
import { read, type Span } from './span.ts';

/**
 * What EC2 tells of a type in a zone. Whether it is offered there is a fact; whether there is any left is not told at
 * all, and only an instance or a reservation proves it. A type that EC2 knows and does not offer in the zone is retired
 * there: what runs of it could not be started again. A type of an earlier generation goes on being offered, for how
 * long nobody says: its lifecycle is unknown. EC2 gives no date at which a type ends.
 */
export function offer(span: Span, instanceType: string, zone: string): CloudResult<InstanceOffer> {
  const Filters = [
    { Name: 'instance-type', Values: [instanceType] },
    { Name: 'location', Values: [zone] },
  ];
  return read(span, (api, signal) =>
    api.describeInstanceTypeOfferings({ LocationType: 'availability-zone', Filters }, signal),
  ).andThen(({ InstanceTypeOfferings = [] }) => {
    const isOffered = InstanceTypeOfferings.length > 0;
    return infoOf(span, instanceType).map(
      (info): InstanceOffer => ({
        instanceType,
        zone,
        lifecycle: lifecycleOf(info, isOffered),
        creatable: isOffered ? 'unknown' : 'no',
        ...(info === undefined ? {} : sizeOf(info)),
      }),
    );
  });
}

/** A type that the region does not know is no error here: it is an offer that does not stand. */
function infoOf(span: Span, instanceType: string): CloudResult<InstanceTypeInfo | undefined> {
  // The list of types in the SDK is as old as the SDK; EC2 judges the name.
  const Filters = [{ Name: 'instance-type', Values: [instanceType as _InstanceType] }];
  return read(span, (api, signal) => api.describeInstanceTypes({ Filters }, signal)).map(
    ({ InstanceTypes: [found] = [] }) => found,
  );
}

function lifecycleOf(info: InstanceTypeInfo | undefined, isOffered: boolean): InstanceOffer['lifecycle'] {
  if (info === undefined) return 'unknown';
  if (!isOffered) return 'retired';
  return info.CurrentGeneration === true ? 'current' : 'unknown';
}

function sizeOf(info: InstanceTypeInfo): Pick<InstanceOffer, 'vcpus' | 'memoryMiB' | 'volumeSlots'> {
  const vcpus = info.VCpuInfo?.DefaultVCpus;
  const memoryMiB = info.MemoryInfo?.SizeInMiB;
  const volumeSlots = slotsOf(info);
  return {
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(volumeSlots === undefined ? {} : { volumeSlots }),
  };
}

/**
 * One is the root disk. Where the limit is shared, the first network interface and the disks of the machine itself may
 * take of it too: an attach over the limit hangs for ever, so they are counted off.
 */
function slotsOf({ EbsInfo, InstanceStorageInfo }: InstanceTypeInfo): number | undefined {
  if (EbsInfo?.MaximumEbsAttachments === undefined) return undefined;
  const free = EbsInfo.MaximumEbsAttachments - 1;
  if (EbsInfo.AttachmentLimitType !== 'shared') return free;
  const ownDisks = (InstanceStorageInfo?.Disks ?? []).reduce((sum, { Count = 0 }) => sum + Count, 0);
  return Math.max(0, free - 1 - ownDisks);
}
