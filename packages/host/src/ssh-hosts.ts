import {
  type Clock,
  formatRef,
  type Host,
  type HostRegistry,
  hostRegistry,
  type Place,
  type ReadOptions,
  type Ref,
  systemClock,
} from '@belay/cloud';
import { openHost } from './host.ts';
import { type Machine, thisMachine } from './machine.ts';
import type { SshServer } from './server.ts';
import { type ServerLine, serverLine } from './server-line.ts';

/**
 * The insides of servers over the system's `ssh` and `rsync`. One connection for each server, made when it is needed
 * and shared by all calls; only servers that show a host key that is known are worked with.
 */
export interface SshHostsOptions {
  /** Where the servers are: others are unreachable. */
  readonly places: readonly Place[];
  /** How a server is reached; `undefined` where nobody can. Asked anew for each connection, as addresses move. */
  readonly reach: (
    server: Ref,
    options: ReadOptions,
  ) => Promise<SshServer | undefined> | SshServer | undefined;
  /** The machine's own time where absent. */
  readonly clock?: Clock | undefined;
  /** Where `ssh` is started: this machine where absent. */
  readonly machine?: Machine | undefined;
}

/** The registry of these servers, and the end of all their connections. */
export interface SshHosts extends HostRegistry, AsyncDisposable {
  /** Closes every connection. Never rejects. */
  close(): Promise<void>;
}

/** Opens nothing yet: each server is connected to by its first call. */
export function sshHosts(options: SshHostsOptions): SshHosts {
  const { places, reach, clock = systemClock, machine = thisMachine } = options;
  const lines = new Map<string, ServerLine>();
  const hosts = new Map<string, Host>();
  const lineTo = (at: Ref): ServerLine => {
    const name = formatRef(at);
    const known = lines.get(name) ?? serverLine({ at, machine, clock, reach });
    lines.set(name, known);
    return known;
  };
  const registry = hostRegistry((at) => {
    const name = formatRef(at);
    const known = hosts.get(name) ?? openHost(at, { lineTo });
    hosts.set(name, known);
    return known;
  }, places);
  const close = async (): Promise<void> => {
    await Promise.all([...lines.values()].map((line) => line.close()));
  };
  return { ...registry, close, [Symbol.asyncDispose]: close };
}
