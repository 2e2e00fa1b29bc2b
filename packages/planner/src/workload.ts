/**
 * What moves: a server's services with the disks that their data is on and the addresses that lead to them. Written
 * down by whoever runs the workload; `observe` finds out how things really stand.
 */

import type { DnsRecord, FloatingIpId, GuestAddress, HealthProbe, Ref, VolumeId } from '@belay/cloud';
import type { ReverseName } from './move/move-input.ts';

/** A workload, as its operator describes it. */
export interface Workload {
  /** What people call it. Runs take the key `node/<name>`, so that one thing at a time happens to it. */
  readonly name: string;
  /** The product that it is sold as, where there is a catalogue. */
  readonly product?: string | undefined;
  /** The server that serves it now. */
  readonly instance: Ref;
  /** The disk that holds its data, apart from the root disk. */
  readonly volumeId: VolumeId;
  readonly mountPoint: string;
  readonly filesystemUuid: string;
  /** Further disks with data. They move together with the first, or nothing moves. */
  readonly moreVolumes?: readonly WorkloadVolume[] | undefined;
  /** Addresses that can move with it. */
  readonly floatingIps: readonly FloatingIpId[];
  /**
   * Somebody asks at those addresses as a client does, and is told who serves: `services.routeWitness` of the run. Where
   * nobody does, that an address has moved is the word of its cloud alone, and a plan warns of it.
   */
  readonly witnessed?: boolean | undefined;
  /** Records that name an address of the server itself. Names of a floating address need not be listed. */
  readonly names: readonly WorkloadName[];
  /** Addresses that the server itself must believe to have: they are taken from it and given to the target. */
  readonly guestAddresses?: readonly GuestAddress[] | undefined;
  /** Services besides the workload's own that must learn of such addresses, on both servers. */
  readonly addressServices?: readonly string[] | undefined;
  /** Names that the reverse records of the target's own addresses shall give. */
  readonly reverse?: readonly ReverseName[] | undefined;
  /** Front ends that lead to the server, by the names under which they are registered. */
  readonly frontEnds?: readonly string[] | undefined;
  /** Lists that let the server in somewhere, by the names under which they are registered. */
  readonly allowLists?: readonly string[] | undefined;
  /** In the order in which they are stopped; they are started in the opposite order. */
  readonly services: readonly string[];
  /** How to tell that it serves: the name is the one that its users type. */
  readonly probe: HealthProbe;
  /** Is there anything on the root disk that a fresh server would not have? Absent: nobody has said. */
  readonly rootDisk?: 'can-be-made-again' | 'holds-data' | undefined;
}

/** A disk of a workload: one filesystem, known by its UUID, mounted at one point. */
export interface WorkloadVolume {
  readonly volumeId: VolumeId;
  readonly mountPoint: string;
  readonly filesystemUuid: string;
}

/** A record that names an address of the server that serves. */
export interface WorkloadName {
  /** Absolute, with a dot at its end: `shop.example.`. */
  readonly name: string;
  readonly type: Extract<DnsRecord['type'], 'A' | 'AAAA'>;
}

/** All disks that hold the workload's data, the main one first. */
export function volumesOf(workload: Workload): readonly WorkloadVolume[] {
  const { volumeId, mountPoint, filesystemUuid, moreVolumes = [] } = workload;
  return [{ volumeId, mountPoint, filesystemUuid }, ...moreVolumes];
}
