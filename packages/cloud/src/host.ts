import type { ResultAsync } from 'neverthrow';
import type { Call, ReadOptions } from './call.ts';
import type { Applied, Failure } from './failure.ts';
import type { Place, Ref } from './ref.ts';
import type { GuestDisk } from './volume.ts';

/** The port of a server's inside: its services, disks and mounts. Same manners as the cloud's. */
export interface Host {
  readonly at: Ref;
  /** Answers when the server can be worked with, and says which boot this is. */
  ready(options?: ReadOptions): HostResult<HostIdentity>;
  /** What is true of this server now: mounts, services, operating system. */
  observe(options?: ReadOptions): HostResult<HostFacts>;
  readonly services: Services;
  readonly mounts: Mounts;
  /** Runs a health probe against this server: reaches what serves the workload, through the future name. */
  check(probe: HealthProbe, options?: ReadOptions): HostResult<HealthReport>;
}

/** Which server answered, and since which boot. */
export interface HostIdentity {
  readonly hostname: string;
  /** Changes at every boot. */
  readonly bootId: string;
}

/** The services of a server, by the names of its init system. */
export interface Services {
  /** Every service that is installed, and how it is. */
  list(options?: ReadOptions): HostResult<readonly ServiceState[]>;
  /** Stops them in the order given and keeps them from being started by anything else until `start`. */
  stop(names: readonly string[], call: Call): HostResult<readonly ServiceState[]>;
  /** Starts them in the order given; resolves when each is active. */
  start(names: readonly string[], call: Call): HostResult<readonly ServiceState[]>;
}

/** One service as it is now. */
export interface ServiceState {
  readonly name: string;
  readonly state: 'active' | 'inactive' | 'failed' | 'unknown';
  /** Kept from starting by anything but `start`. */
  readonly masked: boolean;
}

/** The filesystems of a server. */
export interface Mounts {
  /** What is mounted now. */
  list(options?: ReadOptions): HostResult<readonly Mount[]>;
  /**
   * Finds the disk by its serial, checks that the filesystem on it has the UUID that is asked for, and mounts it.
   * Mounted there already is fine. Another disk under that serial's link, or another UUID, is `wrong-disk` and
   * nothing is mounted.
   */
  mount(spec: MountSpec, call: Call): HostResult<Mount>;
  /** Writes out what is in memory and unmounts. Not mounted is fine; open files make it `busy` and it stays. */
  unmount(mountPoint: string, call: Call): HostResult<void>;
}

/** A filesystem where it is mounted. */
export interface Mount {
  readonly mountPoint: string;
  readonly filesystemUuid: string;
  readonly filesystemType: string;
  /** Serial of the disk beneath, where there is one. */
  readonly diskSerial?: string | undefined;
  readonly usedBytes?: number | undefined;
  readonly usedInodes?: number | undefined;
  /** How the boot configuration names it: `device` names break when disks change order. */
  readonly bootEntry?: 'uuid' | 'label' | 'device' | 'none' | undefined;
}

/** Which disk, with which filesystem, is to be mounted where. */
export interface MountSpec {
  readonly disk: GuestDisk;
  readonly mountPoint: string;
  /** Refused where the disk carries another filesystem. */
  readonly filesystemUuid: string;
}

/** What was true of a server when it was looked at. */
export interface HostFacts {
  readonly identity: HostIdentity;
  readonly mounts: readonly Mount[];
  readonly services: readonly ServiceState[];
  /** `ID` and `VERSION_ID` of os-release, such as `debian 12`. */
  readonly os?: string | undefined;
  readonly kernel?: string | undefined;
  /** Versions of databases whose data lies on a mount, by name. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
  /** Bytes a second written on the data mounts, an upper bound. */
  readonly writeBytesPerSecond?: number | undefined;
}

/** How one finds out whether the workload serves: an HTTP request by one of its names. */
export interface HealthProbe {
  /** Any of the workload's names: it is sent as Host and SNI while the address is this server's own. */
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
  /** How many good answers in a row are asked for. */
  readonly inARow?: number | undefined;
}

/** What a probe found out. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly detail: string;
}

export const hostErrorKinds = [
  /** No connection, or it broke: `applied` says what is known. */
  'unreachable',
  'not-found',
  /** Held open by something, which the message names. */
  'busy',
  /** The disk found is not the disk that was meant. */
  'wrong-disk',
  'invalid',
  'forbidden',
  'unsupported',
  /** The command ran and failed. */
  'failed',
  'timeout',
  'cancelled',
] as const;

export type HostErrorKind = (typeof hostErrorKinds)[number];

/** An error of a server's inside, as a plain value. */
export interface HostError extends Failure {
  readonly kind: HostErrorKind;
  readonly applied: Applied;
  /** Formatted reference of the server. */
  readonly host: string;
  /** The port's verb, such as `mounts.unmount`. */
  readonly operation: string;
}

export type HostResult<T> = ResultAsync<T, HostError>;

/** The service that steps ask for: `ctx.services.hosts.get(ref)`. */
export interface Hosts {
  readonly hosts: HostRegistry;
}

/** Finds the inside of a server. */
export interface HostRegistry {
  /** The inside of that server. Where nobody can reach it, a host whose every answer is `unreachable`. */
  get(server: Ref): Host;
  /** Can servers at this place be reached at all? */
  has(at: Place): boolean;
}

/** Makes a host error; fields that are `undefined` are left out. */
export function hostError(
  kind: HostErrorKind,
  at: { readonly host: string; readonly operation: string },
  message: string,
  more: { readonly applied?: Applied; readonly cause?: Failure | undefined } = {},
): HostError {
  const error: HostError = {
    kind,
    message,
    applied: more.applied ?? 'no',
    host: at.host,
    operation: at.operation,
  };
  return more.cause === undefined ? error : { ...error, cause: more.cause };
}
