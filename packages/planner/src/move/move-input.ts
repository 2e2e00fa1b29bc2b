/**
 * What every move of a workload from one server to another is told, whichever way its data goes. Plain JSON, complete
 * in itself: another process can carry the run on with nothing but this and the services.
 */

import type {
  Clouds,
  FloatingIpId,
  GuestAddress,
  HealthProbe,
  Hosts,
  InstanceId,
  InstanceSpec,
  Place,
  Secrets,
  VolumeId,
} from '@belay/cloud';
import type { Gated } from '../gate/gate-input.ts';
import type { Backups, Clocks, Soaks } from '../gate/gate-services.ts';
import type { Restores } from '../recover/restores.ts';
import type { Releases } from '../release/first-run.ts';
import type { FrontEnds } from '../route/front-end.ts';
import type { TtlInput } from '../route/lower-ttl.ts';
import type { RouteWitnesses } from '../route/route-witness.ts';
import type { Authorisations, Standbys } from '../takeover/ports.ts';
import type { WorkloadName } from '../workload.ts';

/**
 * What the steps ask their services for. All but clouds and hosts are needed only by runs that speak of them: front
 * ends by those that name some, the word to an earlier run by a release, backups by a
 * recovery, passwords and standbys by a takeover. A run
 * that needs one and is given none is refused before anything is changed. `backups` is asked by the gate of a plan that
 * rests on it, `soaks` by a release, `routeWitness` wherever an address was moved; the clock is the machine's own where none is given.
 */
export type World = Clouds &
  Hosts &
  Partial<FrontEnds> &
  Partial<RouteWitnesses> &
  Partial<Releases> &
  Partial<Restores> &
  Partial<Secrets> &
  Partial<Authorisations> &
  Partial<Standbys> &
  Partial<Backups> &
  Partial<Soaks> &
  Partial<Clocks>;

/** What is told of a workload whose server, disk or place changes. JSON. */
export interface ServedInput extends Routes, Gated {
  /** Where the target lives. */
  readonly at: Place;
  /** The server that serves now; `at` where it lives elsewhere than the target. */
  readonly source: { readonly id: InstanceId; readonly name: string; readonly at?: Place | undefined };
  /** The disk that holds the data now. */
  readonly volume: DataVolume;
  /** Further disks of the workload. They move together with the first, or nothing moves. */
  readonly moreVolumes?: readonly DataVolume[] | undefined;
  /** In the order in which they are stopped; they are started in the opposite order. */
  readonly services: readonly string[];
  /** Tells whether the workload serves, by the name that its users know. */
  readonly probe: HealthProbe;
  /** `false` where somebody takes the risk to move a source that does not serve. `true` where absent. */
  readonly sourceMustServe?: boolean | undefined;
  /** Wait for a person's word before anything is stopped: the hold `cut-over`. */
  readonly hold?: boolean | undefined;
  /** Name of the set of slots whose steps take part. None where absent. */
  readonly slots?: string | undefined;
  /** Digest of the plan that this came from, for the record. */
  readonly planDigest?: string | undefined;
}

/** A disk that holds data: one filesystem, known by its UUID, mounted at the same point on both sides. */
export interface DataVolume {
  readonly id: VolumeId;
  readonly mountPoint: string;
  readonly filesystemUuid: string;
}

/** What every move to another server is told. JSON. */
export interface MoveInput extends ServedInput {
  /** Where the target may stand, best first. With zone-bound volumes that is the volume's own zone alone. */
  readonly zones: readonly string[];
  readonly target: Omit<InstanceSpec, 'zone'>;
}

/** Everything by which the world finds the workload. */
export interface Routes {
  /** Addresses that move with the workload. */
  readonly floatingIps: readonly FloatingIpId[];
  /** Records that name an address of the source and shall name the target's. */
  readonly names: readonly WorkloadName[];
  /** Names whose TTL is lowered before the window. None where absent. */
  readonly ttl?: TtlInput | undefined;
  /** Where the records are kept; the source's place where absent. */
  readonly dnsAt?: Place | undefined;
  /**
   * Addresses that a server itself must believe to have, whoever routes them there. In the window they are taken from
   * the source and given to the target before its services start, so that these learn of them.
   */
  readonly guestAddresses?: readonly GuestAddress[] | undefined;
  /**
   * Services besides the workload's own that must learn of such an address where they are installed: a resolver, a mail
   * relay. Restarted on both sides when it has come or gone.
   */
  readonly addressServices?: readonly string[] | undefined;
  /** Addresses of the target's own that shall have a reverse record. */
  readonly reverse?: readonly ReverseName[] | undefined;
  /** Front ends that lead to an address of the source and shall lead to the target's: names in `services.frontEnds`. */
  readonly frontEnds?: readonly string[] | undefined;
  /** Lists that let an address of the source in, and shall let the target's in too, before anything is stopped. */
  readonly allowLists?: readonly string[] | undefined;
}

/** The name that the reverse record of the target's public IPv4 (`A`) or IPv6 (`AAAA`) address gives. */
export interface ReverseName {
  readonly type: 'A' | 'AAAA';
  /** Absolute, with a dot at its end. */
  readonly name: string;
  readonly ttlSeconds: number;
}

/** What the journal keeps of the target. */
export interface TargetServer extends OwnAddresses {
  readonly id: InstanceId;
  readonly zone: string;
}

/** The addresses of a server, IPv4 and IPv6. */
export interface OwnAddresses {
  readonly privateAddresses: readonly string[];
  readonly publicAddresses: readonly string[];
}

/** All disks that hold the workload's data, the main one first. */
export function volumesIn({
  volume,
  moreVolumes = [],
}: Pick<ServedInput, 'volume' | 'moreVolumes'>): readonly DataVolume[] {
  return [volume, ...moreVolumes];
}

/** How many folders deep a filesystem is mounted: 0 for the root. */
export function depthOf(mountPoint: string): number {
  return mountPoint.split('/').filter((part) => part !== '').length;
}

/** Where the source lives. */
export function sourcePlace({ source, at }: Pick<ServedInput, 'source' | 'at'>): Place {
  return source.at ?? at;
}

/** Where the records are kept. */
export function dnsPlace(input: Pick<ServedInput, 'source' | 'at' | 'dnsAt'>): Place {
  return input.dnsAt ?? sourcePlace(input);
}
