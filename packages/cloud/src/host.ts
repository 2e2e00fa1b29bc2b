import type { Call, ReadOptions } from './call.ts';
import type { GuestAddresses } from './host-address.ts';
import type { CopyReport, CopySpec } from './host-copy.ts';
import type { Databases } from './host-database.ts';
import type { Disks } from './host-disks.ts';
import type { HostResult } from './host-error.ts';
import type { Mount, Mounts } from './host-mounts.ts';
import type { HostProbe, ProbeRequest } from './host-probe.ts';
import type { ServiceState, Services, Timers } from './host-services.ts';
import type { Place, Ref } from './ref.ts';

/** The port of a server's inside: its services, disks, mounts and files. Same manners as the cloud's. */
export interface Host {
  readonly at: Ref;
  /** Answers when the server can be worked with, and says which boot this is. */
  ready(options?: ReadOptions): HostResult<HostIdentity>;
  /** What is true of this server now, quickly: mounts, services, operating system. */
  observe(options?: ReadOptions): HostResult<HostFacts>;
  /** Everything that a plan wants to know, in one round. Takes as long as it looks at writes, and one scan of all files. */
  probe(request?: ProbeRequest, options?: ReadOptions): HostResult<HostProbe>;
  readonly services: Services;
  readonly timers: Timers;
  readonly mounts: Mounts;
  readonly disks: Disks;
  readonly databases: Databases;
  readonly addresses: GuestAddresses;
  /**
   * One pass of a copy from or to this server. A connection that breaks is made again and the pass goes on, unless a
   * server has another boot by then: that is `rebooted`.
   */
  copy(spec: CopySpec, call: Call): HostResult<CopyReport>;
  /** Runs a health probe against this server: reaches what serves the workload, through the future name. */
  check(probe: HealthProbe, options?: ReadOptions): HostResult<HealthReport>;
  /** Lets go of the connection. Calls under way end as `cancelled`; a later call connects again. Never rejects. */
  close(): Promise<void>;
}

/** Which server answered, and since which boot. */
export interface HostIdentity {
  readonly hostname: string;
  /** Changes at every boot. */
  readonly bootId: string;
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
