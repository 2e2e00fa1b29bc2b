import { err, ok, type Result } from 'neverthrow';
import { isOffered } from '../../instance-types.ts';
import type { Refusal } from '../../refusal.ts';
import type { InstanceTypeRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { zoneId } from '../account.ts';
import { type Action, action } from '../action.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { paged, pageParameters } from '../pages.ts';
import { choice, list, text, unmodelled } from '../parameters.ts';
import type { XmlFields } from '../xml.ts';

/** What instances there can be, and where. That a type is offered does not mean that there is one left. */
export const instanceTypeActions: readonly Action[] = [
  action({
    name: 'DescribeInstanceTypes',
    operation: 'instances.offer',
    changes: false,
    parameters: {
      InstanceType: list(text),
      Filter: filters,
      ...pageParameters,
      IncludeUnsupportedInRegion: unmodelled,
    },
    perform: (world, asked) =>
      typesNamed(world, asked.InstanceType)
        .andThen((all) => filtered(all, asked.Filter, typeFilters))
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeInstanceTypes',
            idOf: ({ name }) => name,
            most: 100,
            named: ['instanceTypes', asked.InstanceType.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({ instanceTypeSet: items.map(typeFields), nextToken })),
  }),
  action({
    name: 'DescribeInstanceTypeOfferings',
    operation: 'instances.offer',
    changes: false,
    parameters: {
      LocationType: choice('region', 'availability-zone', 'availability-zone-id'),
      Filter: filters,
      ...pageParameters,
    },
    perform(world, asked) {
      const { LocationType: locationType = 'region' } = asked;
      return filtered(offeringsOf(world, locationType), asked.Filter, {
        location: ({ location }) => [location],
        'instance-type': ({ instanceType }) => [instanceType],
      })
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeInstanceTypeOfferings',
            idOf: ({ instanceType, location }) => `${instanceType} ${location}`,
          }),
        )
        .map(({ items, nextToken }) => ({
          instanceTypeOfferingSet: items.map((one) => ({ ...one, locationType })),
          nextToken,
        }));
    },
  }),
];

interface NamedType {
  readonly name: string;
  readonly type: InstanceTypeRecord;
}

/** Those that some zone offers. */
function typesNamed(world: World, names: readonly string[]): Result<readonly NamedType[], Refusal> {
  const zones = Object.keys(world.state.zones);
  const offered = Object.entries(world.state.instanceTypes)
    .map(([name, type]) => ({ name, type }))
    .filter(({ name }) => zones.some((zone) => isOffered(world, name, zone)));
  const unknown = names.filter((name) => !offered.some((one) => one.name === name));
  if (unknown.length > 0) {
    return err({
      rule: 'no-such-type',
      code: 'InvalidInstanceType',
      message: `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    });
  }
  return ok(names.length === 0 ? offered : offered.filter(({ name }) => names.includes(name)));
}

function offeringsOf(
  world: World,
  locationType: 'region' | 'availability-zone' | 'availability-zone-id',
): readonly { readonly instanceType: string; readonly location: string }[] {
  const zones = Object.keys(world.state.zones);
  return Object.keys(world.state.instanceTypes).flatMap((instanceType) => {
    const there = zones.filter((zone) => isOffered(world, instanceType, zone));
    if (locationType === 'region')
      return there.length === 0 ? [] : [{ instanceType, location: world.at.region }];
    const nameOf = (zone: string): string =>
      locationType === 'availability-zone' ? zone : zoneId(world, zone);
    return there.map((zone) => ({ instanceType, location: nameOf(zone) }));
  });
}

function typeFields({ name, type }: NamedType): XmlFields {
  return {
    instanceType: name,
    currentGeneration: type.lifecycle === 'current',
    freeTierEligible: false,
    supportedUsageClasses: ['on-demand'],
    supportedRootDeviceTypes: ['ebs'],
    supportedVirtualizationTypes: ['hvm'],
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: ['x86_64'] },
    vCpuInfo: { defaultVCpus: type.vcpus, defaultCores: Math.ceil(type.vcpus / 2), defaultThreadsPerCore: 2 },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    instanceStorageSupported: false,
    ebsInfo: {
      ebsOptimizedSupport: 'default',
      encryptionSupport: 'supported',
      nvmeSupport: 'required',
      // The root disk has a slot too.
      maximumEbsAttachments: type.volumeSlots + 1,
      attachmentLimitType: 'dedicated',
    },
    hibernationSupported: false,
    burstablePerformanceSupported: name.startsWith('t'),
    dedicatedHostsSupported: false,
    autoRecoverySupported: true,
  };
}

const typeFilters: FilterTable<NamedType> = {
  'bare-metal': () => [false],
  'current-generation': ({ type }) => [type.lifecycle === 'current'],
  'instance-type': ({ name }) => [name],
  'memory-info.size-in-mib': ({ type }) => [type.memoryMiB],
  'processor-info.supported-architecture': () => ['x86_64'],
  'vcpu-info.default-vcpus': ({ type }) => [type.vcpus],
};
