import type { Clock } from '../clock.ts';
import type { Host } from '../host.ts';
import type { GuestDisk } from '../volume.ts';

/**
 * What is put to the test: servers behind the `Host` port. Each case gets two of its own, as if they had been there for
 * long, and leaves them behind; so no case depends on what another one did.
 */
export interface HostSubject {
  /** For the report: `sim`, `ssh to sshd of Debian`. */
  readonly name: string;
  readonly traits: ReadonlySet<HostTrait>;
  /** The levers that every scene of it has. */
  readonly levers: ReadonlySet<HostLeverName>;
  /** Two servers as a {@link HostScene} says, new ones for each case. */
  open(): Promise<HostScene>;
  /** The time that the subject lives in. */
  readonly clock: Clock;
  /** For each single call. */
  readonly patienceMs: number;
  /** Turns virtual time while the work goes on; absent where time passes by itself. */
  readonly drive?: (<T>(work: Promise<T>) => Promise<T>) | undefined;
}

/** What a subject's servers have, beyond services, disks and files. */
export type HostTrait =
  /** Timers of the init system: `scene.timers` names one at least. */
  | 'timers'
  /** A SQLite database at `scene.database`. */
  | 'sqlite'
  /** The services answer HTTP as `scene.site`. */
  | 'http'
  /** The address that one comes in by is on `scene.device`. */
  | 'own-address'
  /** A way from the source straight to the target, and copies that take it when they are asked to. */
  | 'direct-way';

/** Two servers: a source with data and services, and a target that waits for them. */
export interface HostScene {
  readonly source: Host;
  readonly target: Host;
  /** On the source: a disk of its own, mounted. */
  readonly data: { readonly disk: GuestDisk; readonly mountPoint: string; readonly filesystemUuid: string };
  /** On the target: a disk that carries nothing, at least as large. */
  readonly spare: GuestDisk;
  /** On the source, all of them up. The first keeps a file on the data disk open for writing. */
  readonly services: readonly [string, string, ...string[]];
  /** On the source, where the trait `timers` is there. */
  readonly timers?: readonly string[] | undefined;
  /** On the source's data disk, where the trait `sqlite` is there. */
  readonly database?: string | undefined;
  /** By which name, and port, the source serves, where the trait `http` is there. */
  readonly site?: { readonly name: string; readonly port?: number } | undefined;
  /** A network device of the source that may be given addresses. */
  readonly device: string;
  /** Files of the servers, behind the port. */
  readonly files: SceneFiles;
  readonly levers: HostLevers;
  /** Both servers, and all that they had, go away. */
  close(): Promise<void>;
}

/** Files of the servers, by absolute paths on mounted disks. Folders come about with their files. */
export interface SceneFiles {
  /** Makes the file, or writes it anew. */
  write(server: Side, path: string, text: string): Promise<void>;
  /** The text of the file; `undefined` where there is none. */
  read(server: Side, path: string): Promise<string | undefined>;
  /** Deletes the file. */
  remove(server: Side, path: string): Promise<void>;
}

export type Side = 'source' | 'target';

/** Faults that the servers of a scene can be made to show. Those that a subject cannot show are left out. */
export interface HostLevers {
  /** The server boots; resolves when it may be knocked at. */
  readonly reboot?: (server: Side) => Promise<void>;
  /** Nobody gets in, and who is in is cut off, until the returned function is called. */
  readonly cutOff?: (server: Side) => () => void | Promise<void>;
  /** A second disk comes to the source, with a copy of what the data disk carries. */
  readonly twin?: () => Promise<GuestDisk>;
  /** The source's data disk is now twice as large; the filesystem on it is not. */
  readonly growDisk?: () => Promise<void>;
  /** This file of the source vanishes while the next pass of a copy goes on. */
  readonly vanish?: (path: string) => void | Promise<void>;
  /** A file of the source cannot be read by the next pass of a copy. */
  readonly spoilFile?: () => void | Promise<void>;
  /** From now on no way leads from the source to the target, while both are reached as before. */
  readonly noWay?: () => void | Promise<void>;
  /** Calls back once, in the middle of the next pass of a copy. */
  readonly inCopy?: (then: () => void) => void | Promise<void>;
}

export type HostLeverName = keyof HostLevers;
