import type { CloudResult, InstanceOffer } from '@belay/cloud';
import { okAsync, ResultAsync } from 'neverthrow';
import { type Flavor, findFlavor } from './flavors.ts';
import { read, type Span } from './span.ts';
import { flagAt, listAt, numberAt, objectAt, textAt, type Wire } from './wire.ts';

/**
 * What a project can create of a flavor in a zone. Whether a host has room is told to nobody, so the best answer is
 * `unknown`; `no` is said where the flavor, the zone or the project's own quota speaks against it.
 */
export function offer(span: Span, instanceType: string, zone: string): CloudResult<InstanceOffer> {
  return findFlavor(span, instanceType).andThen((flavor) => {
    if (flavor === undefined) {
      return okAsync<InstanceOffer>({ instanceType, zone, lifecycle: 'unknown', creatable: 'no' });
    }
    return ResultAsync.combine([read(span, 'listZones'), read(span, 'computeLimits')]).map(
      ([zones, limits]): InstanceOffer => ({
        instanceType,
        zone,
        lifecycle: flavor.disabled ? 'retired' : 'current',
        creatable:
          flavor.disabled || !isOpen(zones.body, zone) || !hasRoom(limits.body, flavor) ? 'no' : 'unknown',
        vcpus: flavor.vcpus,
        memoryMiB: flavor.memoryMiB,
      }),
    );
  });
}

function isOpen(body: Wire, zone: string): boolean {
  const found = listAt(body, 'availabilityZoneInfo').find((one) => textAt(one, 'zoneName') === zone);
  return found !== undefined && flagAt(objectAt(found, 'zoneState'), 'available') !== false;
}

/** A limit of -1 is none. */
function hasRoom(body: Wire, { vcpus, memoryMiB }: Flavor): boolean {
  const limits = objectAt(objectAt(body, 'limits'), 'absolute');
  const leaves = (most: string, used: string, needed: number): boolean => {
    const limit = numberAt(limits, most) ?? -1;
    return limit < 0 || (numberAt(limits, used) ?? 0) + needed <= limit;
  };
  return (
    leaves('maxTotalInstances', 'totalInstancesUsed', 1) &&
    leaves('maxTotalCores', 'totalCoresUsed', vcpus) &&
    leaves('maxTotalRAMSize', 'totalRAMUsed', memoryMiB)
  );
}
