// The insides of servers, on paper. A test cloud has none, and a server made for this example has nothing on it
// worth an ssh login; so services and mounts are kept in a file, which outlives the process as a server would. What
// can be checked is: a disk is mounted only if the cloud itself says that it is attached to this very server.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type Cloud,
  formatRef,
  type Host,
  type HostErrorKind,
  type HostRegistry,
  type HostResult,
  hostError,
  hostRegistry,
  type Mount,
  type MountSpec,
  missingHost,
  type Ref,
  type ServiceState,
} from '@belay/cloud';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';

/** What is on the paper of one server. */
export interface Paper {
  readonly services: Readonly<Record<string, ServiceState['state']>>;
  readonly mounts: Readonly<Record<string, { readonly filesystemUuid: string; readonly diskSerial: string }>>;
  /** Every act, in order: `stop shop`, `unmount /srv`. */
  readonly acts: readonly string[];
}

export interface PaperHosts extends HostRegistry {
  read(serverId: string): Paper;
  write(serverId: string, paper: Paper): void;
}

/** All servers at the cloud's place. Each that is not on paper yet has the services, stopped, and no mounts. */
export function paperHosts(file: string, cloud: Cloud, services: readonly string[]): PaperHosts {
  const pages = (): Record<string, Paper> => {
    if (!existsSync(file)) return {};
    // The file is written below and nowhere else.
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Paper>;
  };
  const blank: Paper = {
    services: Object.fromEntries(services.map((name) => [name, 'inactive'])),
    mounts: {},
    acts: [],
  };
  const read = (serverId: string): Paper => pages()[serverId] ?? blank;
  const write = (serverId: string, paper: Paper): void => {
    writeFileSync(`${file}.new`, JSON.stringify({ ...pages(), [serverId]: paper }, undefined, 2));
    renameSync(`${file}.new`, file);
  };
  const registry = hostRegistry((server) => paperHost(server, cloud, read, write), [cloud.at]);
  return { ...registry, read, write };
}

function paperHost(
  at: Ref,
  cloud: Cloud,
  read: (serverId: string) => Paper,
  write: (serverId: string, paper: Paper) => void,
): Host {
  const no = <T>(operation: string, kind: HostErrorKind, message: string): HostResult<T> =>
    errAsync(hostError(kind, { host: formatRef(at), operation }, message));
  const note = (act: string, change: Partial<Paper>): void => {
    const paper = read(at.id);
    write(at.id, { ...paper, ...change, acts: [...paper.acts, act] });
  };
  const serviceStates = (): readonly ServiceState[] =>
    Object.entries(read(at.id).services).map(([name, state]) => ({
      name,
      state,
      masked: state === 'inactive',
    }));
  const mounts = (): readonly Mount[] =>
    Object.entries(read(at.id).mounts).map(([mountPoint, one]) => ({
      mountPoint,
      filesystemType: 'ext4',
      ...one,
    }));
  const all = (
    names: readonly string[],
    state: ServiceState['state'],
  ): HostResult<readonly ServiceState[]> => {
    const changed = Object.fromEntries(names.map((name) => [name, state]));
    const verb = state === 'active' ? 'start' : 'stop';
    note(`${verb} ${names.join(' ')}`, { services: { ...read(at.id).services, ...changed } });
    return okAsync(serviceStates());
  };
  const identity = { hostname: at.id, bootId: `boot-of-${at.id}` };

  /** Is this disk attached to this server? The cloud is asked, not the paper. */
  const isHere = (serial: string): HostResult<boolean> =>
    cloud.instances
      .get(at.id)
      .andThen(({ volumes }) =>
        ResultAsync.combine(volumes.map(({ volumeId }) => cloud.volumes.get(volumeId))),
      )
      .map((volumes) => volumes.flatMap(({ attachments }) => attachments))
      .map((all) => all.some(({ instanceId, disk }) => instanceId === at.id && disk.serial === serial))
      .mapErr((error) => hostError('failed', { host: formatRef(at), operation: 'mounts' }, error.message));

  const mount = ({ disk, mountPoint, filesystemUuid }: MountSpec): HostResult<Mount> =>
    isHere(disk.serial).andThen((here) => {
      if (!here)
        return no<Mount>('mounts.mount', 'wrong-disk', `${disk.serial} is not attached to ${at.id}.`);
      const one = { filesystemUuid, diskSerial: disk.serial };
      note(`mount ${mountPoint}`, { mounts: { ...read(at.id).mounts, [mountPoint]: one } });
      return okAsync({ mountPoint, filesystemType: 'ext4', ...one });
    });

  // What a swap never asks of a server says so.
  const blankHost = missingHost(at, `${at.id} is on paper only`);
  return {
    ...blankHost,
    at,
    ready: () => okAsync(identity),
    observe: () => okAsync({ identity, mounts: mounts(), services: serviceStates() }),
    services: {
      ...blankHost.services,
      list: () => okAsync(serviceStates()),
      stop: (names) => all(names, 'inactive'),
      start: (names) => all(names, 'active'),
    },
    mounts: {
      ...blankHost.mounts,
      list: () => okAsync(mounts()),
      mount,
      unmount(mountPoint) {
        const { [mountPoint]: _, ...rest } = read(at.id).mounts;
        note(`unmount ${mountPoint}`, { mounts: rest });
        return okAsync(undefined);
      },
    },
    check() {
      const [disk] = Object.values(read(at.id).mounts);
      const running = Object.values(read(at.id).services).every((state) => state === 'active');
      if (disk === undefined || !running) return okAsync({ healthy: false, detail: 'not all of it is up' });
      return isHere(disk.diskSerial).map((healthy) => ({ healthy, detail: `served by ${at.id}` }));
    },
  };
}
