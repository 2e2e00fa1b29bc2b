import type { World } from '../world.ts';

/**
 * What EC2 keeps about its resources that only its own protocol shows: provisioned speed, keys, descriptions. It lies
 * in the state of the world, so that a world in a file keeps it.
 */
export interface Ec2Books {
  /** By the id of a volume. */
  readonly volumes: Record<string, VolumeBook>;
  /** By the id of an instance. */
  readonly instances: Record<string, InstanceBook>;
  /** By the id of a snapshot. */
  readonly snapshots: Record<string, SnapshotBook>;
  /** By the id of an address. Not there in worlds of before. */
  addresses?: Record<string, AddressBook>;
}

/** The name that an address leads back to. */
export interface AddressBook {
  readonly name?: string | undefined;
  /** What was asked for last, and when it shows whether it came about. An empty value takes the name away. */
  readonly update?: { readonly value: string; readonly endsAtMs: number } | undefined;
}

export interface VolumeBook {
  readonly iops?: number | undefined;
  readonly throughputMiB?: number | undefined;
  readonly kmsKeyId?: string | undefined;
  /** As it was before its last modification: what it has until that has taken place. */
  readonly before?: Omit<VolumeBook, 'before'> | undefined;
}

export interface InstanceBook {
  /** The launch that it came from, with others or alone. */
  readonly launchId: string;
  readonly subnetId?: string | undefined;
  readonly keyName?: string | undefined;
  readonly securityGroups: readonly string[];
  /** As it was sent, in base64: it need not be text. */
  readonly userData?: string | undefined;
}

interface SnapshotBook {
  readonly description: string;
}

export function booksOf(world: World): Ec2Books {
  world.state.ec2 ??= { volumes: {}, instances: {}, snapshots: {} };
  return world.state.ec2;
}
