/**
 * What moves: a server's services with the disk that their data is on and the addresses that lead to them. Written
 * down by whoever runs the workload; `observe` finds out how things really stand.
 */

import type { DnsRecord, FloatingIpId, HealthProbe, Ref, VolumeId } from '@belay/cloud';

/** A workload, as its operator describes it. */
export interface Workload {
  /** What people call it. Runs take the key `node/<name>`, so that one thing at a time happens to it. */
  readonly name: string;
  /** The server that serves it now. */
  readonly instance: Ref;
  /** The disk that holds its data, apart from the root disk. */
  readonly volumeId: VolumeId;
  readonly mountPoint: string;
  readonly filesystemUuid: string;
  /** Addresses that can move with it. */
  readonly floatingIps: readonly FloatingIpId[];
  /** Records that name an address of the server itself. Names of a floating address need not be listed. */
  readonly names: readonly WorkloadName[];
  /** In the order in which they are stopped; they are started in the opposite order. */
  readonly services: readonly string[];
  /** How to tell that it serves: the name is the one that its users type. */
  readonly probe: HealthProbe;
  /** Is there anything on the root disk that a fresh server would not have? Absent: nobody has said. */
  readonly rootDisk?: 'can-be-made-again' | 'holds-data' | undefined;
}

/** A record that names an address of the server that serves. */
export interface WorkloadName {
  /** Absolute, with a dot at its end: `shop.example.`. */
  readonly name: string;
  readonly type: Extract<DnsRecord['type'], 'A' | 'AAAA'>;
}
