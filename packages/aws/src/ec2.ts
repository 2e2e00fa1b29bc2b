import type {
  Address,
  CapacityReservation,
  Instance as Ec2Instance,
  Snapshot as Ec2Snapshot,
  Volume as Ec2Volume,
  VolumeModification,
} from '@aws-sdk/client-ec2';
import {
  type Chance,
  type Clock,
  type DescribeBatch,
  type DescribePace,
  describeBatch,
  describePaces,
  type KeyTurns,
  keyTurns,
  type Place,
  steadyPace,
} from '@belay/cloud';
import { ResultAsync } from 'neverthrow';
import { type DeviceNames, deviceNames } from './device-name.ts';
import type { Ec2Api } from './ec2-api.ts';
import { idsIn, provider, readError } from './errors.ts';
import { type KeyLooks, keyLooks } from './key-looks.ts';
import type { Route53Api } from './route53-api.ts';

/** What every verb of the adapter works with: the account and region, EC2's calls, time, and the shared reads. */
export interface Ec2 {
  readonly at: Place;
  readonly api: Ec2Api;
  readonly dns: Route53Api;
  /** The only zones in which records are looked for; all public ones where absent. */
  readonly hostedZoneIds?: readonly string[] | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  /** For how long EC2 may hide what was made, or show what has changed since. */
  readonly visibilityMs: number;
  readonly instances: DescribeBatch<Ec2Instance>;
  readonly volumes: DescribeBatch<Ec2Volume>;
  /** The latest modification of each volume, by the volume's id. */
  readonly modifications: DescribeBatch<VolumeModification>;
  readonly snapshots: DescribeBatch<Ec2Snapshot>;
  readonly addresses: DescribeBatch<Address>;
  readonly reservations: DescribeBatch<CapacityReservation>;
  readonly byKey: KeyLooks;
  /** The status of changes of Route 53, by their ids. */
  readonly dnsChanges: DescribeBatch<string>;
  readonly devices: DeviceNames;
  /** Creates under one key, one after the other. */
  readonly turns: KeyTurns;
}

export interface Ec2Options {
  readonly at: Place;
  readonly api: Ec2Api;
  readonly dns: Route53Api;
  readonly hostedZoneIds?: readonly string[] | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly visibilityMs: number;
  /** Describes of one kind of resource that the account can spare; 2 where absent. */
  readonly readsPerSecond?: number | undefined;
}

/** So many that a hundred migrations at once still need one call at a time; EC2 takes more without paging. */
const maxIds = 200;
/** Route 53 takes five calls a second for the whole account. */
const dnsEveryMs = 1_000;

export function openEc2(options: Ec2Options): Ec2 {
  const { api, dns, clock, readsPerSecond } = options;
  const paces = {
    instances: describePaces(readsPerSecond),
    volumes: describePaces(readsPerSecond),
    snapshots: describePaces(readsPerSecond),
    addresses: describePaces(readsPerSecond),
    reservations: describePaces(readsPerSecond),
  };
  const shared = <T>(
    operation: string,
    pace: DescribePace,
    describe: (ids: string[], signal: AbortSignal) => Promise<readonly T[]>,
    idOf: (one: T) => string | undefined,
  ): DescribeBatch<T> =>
    describeBatch({
      describe: (ids, signal) =>
        ResultAsync.fromPromise(describe([...ids], signal), (thrown) =>
          readError(thrown, { operation, changes: false }),
        ).map((found) => new Map(found.map((one) => [idOf(one) ?? '', one]))),
      missing: ({ message }) => idsIn(message),
      maxIds,
      pace,
      clock,
      provider,
      operation,
    });
  return {
    ...options,
    instances: shared(
      'instances.get',
      paces.instances.waits,
      async (InstanceIds, signal) => {
        const { Reservations = [] } = await api.describeInstances({ InstanceIds }, signal);
        return Reservations.flatMap(({ Instances = [] }) => Instances);
      },
      ({ InstanceId }) => InstanceId,
    ),
    volumes: shared(
      'volumes.get',
      paces.volumes.waits,
      async (VolumeIds, signal) => (await api.describeVolumes({ VolumeIds }, signal)).Volumes ?? [],
      ({ VolumeId }) => VolumeId,
    ),
    modifications: shared(
      'volumes.modify',
      steadyPace(),
      async (VolumeIds, signal) =>
        ((await api.describeVolumesModifications({ VolumeIds }, signal)).VolumesModifications ?? []).toSorted(
          byStart,
        ),
      ({ VolumeId }) => VolumeId,
    ),
    snapshots: shared(
      'snapshots.get',
      paces.snapshots.waits,
      async (SnapshotIds, signal) => (await api.describeSnapshots({ SnapshotIds }, signal)).Snapshots ?? [],
      ({ SnapshotId }) => SnapshotId,
    ),
    addresses: shared(
      'floatingIps.get',
      paces.addresses.waits,
      async (AllocationIds, signal) =>
        (await api.describeAddresses({ AllocationIds }, signal)).Addresses ?? [],
      ({ AllocationId }) => AllocationId,
    ),
    reservations: shared(
      'reservations.get',
      paces.reservations.waits,
      async (CapacityReservationIds, signal) =>
        (await api.describeCapacityReservations({ CapacityReservationIds }, signal)).CapacityReservations ??
        [],
      ({ CapacityReservationId }) => CapacityReservationId,
    ),
    byKey: keyLooks(api, clock, {
      instances: paces.instances.looks,
      volumes: paces.volumes.looks,
      snapshots: paces.snapshots.looks,
      addresses: paces.addresses.looks,
      reservations: paces.reservations.looks,
    }),
    dnsChanges: describeBatch({
      describe: (ids, signal) =>
        ResultAsync.fromPromise(statusOf(dns, ids, signal), (thrown) =>
          readError(thrown, { operation: 'dns.change', changes: false }),
        ),
      maxIds,
      pace: steadyPace(dnsEveryMs),
      clock,
      provider,
      operation: 'dns.change',
    }),
    devices: deviceNames(),
    turns: keyTurns(),
  };
}

/** Route 53 tells of one change at a time. */
async function statusOf(
  dns: Route53Api,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const Id of ids) {
    const { ChangeInfo } = await dns.getChange({ Id }, signal);
    found.set(Id, ChangeInfo?.Status ?? 'unknown');
  }
  return found;
}

/** In a map by volume the last one stays, and that is the one that counts. */
function byStart(a: VolumeModification, b: VolumeModification): number {
  return (a.StartTime?.getTime() ?? 0) - (b.StartTime?.getTime() ?? 0);
}
