// The insides of servers, on paper, for clouds whose servers have none: what is mounted, what runs, what lies on which
// disk. They feel what is done to their servers: one that is powered off answers nothing, and one that boots mounts
// what it is told to mount at boot and starts what is not masked. What the cloud can say is asked of the cloud: a disk is
// mounted only where it is attached.

import {
  type Cloud,
  type CloudResult,
  type CopyReport,
  type CopySpec,
  formatRef,
  type Host,
  type HostError,
  type HostErrorKind,
  type HostRegistry,
  type HostResult,
  hostError,
  hostRegistry,
  type Instance,
  type Mount,
  type MountSpec,
  missingHost,
  type Ref,
  type ServiceState,
  type StorageVolume,
} from '@belay/cloud';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';

export interface Guests {
  readonly hosts: HostRegistry;
  /** The same cloud, whose power buttons and disks these servers feel. */
  readonly cloud: Cloud;
  /** A server that has this filesystem on this disk mounted at `mountPoint`, and serves. */
  furnish(serverId: string, volumeId: string, filesystemUuid: string): HostResult<void>;
  /** From now on it answers nobody, until it is powered off. */
  hang(serverId: string): void;
  /** The next call of this kind fails for good, inside whatever server it is made. */
  failNext(operation: 'services.start'): void;
  /** The servers that serve: one that is up and has all services of the workload running. */
  serving(): readonly string[];
  /** Every moment at which two served at once, one sentence each. */
  clashes(): readonly string[];
}

interface Guest {
  on: boolean;
  hung: boolean;
  boots: number;
  readonly running: Set<string>;
  readonly masked: Set<string>;
  readonly mounts: Map<string, Mounted>;
  readonly atBoot: Map<string, Mounted>;
}

interface Mounted {
  readonly volumeId: string;
  readonly serial: string;
  readonly filesystemUuid: string;
  readonly sizeBytes: number;
}

/** Each server has these services; they need what is mounted at the mount point. */
export function guestsOn(cloud: Cloud, services: readonly string[], mountPoint: string): Guests {
  const guests = new Map<string, Guest>();
  /** What is on a disk, by the volume's id; of one that nobody has looked at the cloud knows what it was made of. */
  const filesystems = new Map<string, string>();
  const volumeOfSerial = new Map<string, string>();
  const failing: string[] = [];
  const clashes: string[] = [];

  const guestOf = (id: string): Guest => {
    const known = guests.get(id);
    if (known !== undefined) return known;
    const made: Guest = {
      on: true,
      hung: false,
      boots: 1,
      running: new Set(),
      masked: new Set(),
      mounts: new Map(),
      atBoot: new Map(),
    };
    guests.set(id, made);
    return made;
  };
  const isUp = ({ on, hung }: Guest): boolean => on && !hung;
  const serves = (guest: Guest): boolean => isUp(guest) && services.every((name) => guest.running.has(name));
  const serving = (): readonly string[] => [...guests].filter(([, guest]) => serves(guest)).map(([id]) => id);
  const started = (guest: Guest, name: string): void => {
    guest.running.add(name);
    const all = serving();
    if (all.length > 1) clashes.push(`${all.join(' and ')} served at once`);
  };

  /** The volume, if it is attached to this server. */
  const attachedTo = (id: string, volumeId: string): CloudResult<StorageVolume | undefined> =>
    cloud.volumes
      .get(volumeId)
      .map((volume) =>
        volume.attachments.some(({ instanceId, state }) => instanceId === id && state === 'attached')
          ? volume
          : undefined,
      );
  const filesystemOn = ({ id, snapshotId }: StorageVolume): CloudResult<string | undefined> => {
    const known = filesystems.get(id);
    if (known !== undefined || snapshotId === undefined) return okAsync(known);
    return cloud.snapshots.get(snapshotId).map(({ volumeId }) => filesystems.get(volumeId));
  };

  const powerOff = (id: string): void => {
    const guest = guestOf(id);
    guest.on = false;
    guest.hung = false;
    guest.running.clear();
    guest.mounts.clear();
  };
  /** Mounts what is there of what shall be mounted at boot, and starts what is not masked and has its data. */
  const boot = (id: string): CloudResult<void> => {
    powerOff(id);
    const guest = guestOf(id);
    guest.on = true;
    guest.boots += 1;
    const entries = [...guest.atBoot].map(([at, mounted]) =>
      attachedTo(id, mounted.volumeId).map((volume) => {
        if (volume !== undefined) guest.mounts.set(at, mounted);
      }),
    );
    return ResultAsync.combine(entries).map(() => {
      if (!guest.mounts.has(mountPoint)) return;
      for (const name of services) if (!guest.masked.has(name)) started(guest, name);
    });
  };

  const host = (at: Ref): Host => {
    const guest = guestOf(at.id);
    const no = (operation: string, kind: HostErrorKind, message: string): HostError =>
      hostError(kind, { host: formatRef(at), operation }, message);
    /** Only a server that is up answers. */
    const inside = <T>(operation: string, act: () => HostResult<T>): HostResult<T> => {
      if (!isUp(guest)) return errAsync(no(operation, 'unreachable', `${at.id} does not answer`));
      const index = failing.indexOf(operation);
      if (index < 0) return act();
      failing.splice(index, 1);
      return errAsync(no(operation, 'failed', 'broken for good, inside the server'));
    };
    const asked = <T>(operation: string, answer: CloudResult<T>): HostResult<T> =>
      answer.mapErr(({ message }) => no(operation, 'failed', message));
    const identity = () => ({ hostname: at.id, bootId: `boot-${guest.boots}-of-${at.id}` });
    const states = (): readonly ServiceState[] =>
      services.map((name) => ({
        name,
        state: guest.running.has(name) ? 'active' : 'inactive',
        masked: guest.masked.has(name),
      }));
    const mountOf = (where: string, { filesystemUuid, serial, sizeBytes }: Mounted): Mount => ({
      mountPoint: where,
      filesystemUuid,
      filesystemType: 'ext4',
      diskSerial: serial,
      sizeBytes,
      bootEntry: 'uuid',
    });
    const mounts = (): readonly Mount[] => [...guest.mounts].map(([where, one]) => mountOf(where, one));

    const mount = ({ disk: { serial }, mountPoint: where, filesystemUuid }: MountSpec): HostResult<Mount> => {
      const operation = 'mounts.mount';
      const volumeId = volumeOfSerial.get(serial);
      if (volumeId === undefined)
        return errAsync(no(operation, 'not-found', `nothing here has the serial ${serial}`));
      return asked(operation, attachedTo(at.id, volumeId)).andThen((volume) => {
        if (volume === undefined)
          return errAsync(no(operation, 'wrong-disk', `${volumeId} is not attached to ${at.id}`));
        return asked(operation, filesystemOn(volume)).andThen((found) => {
          if (found !== filesystemUuid)
            return errAsync(
              no(operation, 'wrong-disk', `${volumeId} carries ${found}, not ${filesystemUuid}`),
            );
          filesystems.set(volumeId, found);
          const mounted = { volumeId, serial, filesystemUuid, sizeBytes: bytesOf(volume) };
          guest.mounts.set(where, mounted);
          guest.atBoot.set(where, mounted);
          return okAsync(mountOf(where, mounted));
        });
      });
    };

    const blank = missingHost(at, `${at.id} is on paper only`);
    return {
      ...blank,
      at,
      ready: () => inside('ready', () => okAsync(identity())),
      observe: () =>
        inside('observe', () => okAsync({ identity: identity(), mounts: mounts(), services: states() })),
      services: {
        ...blank.services,
        list: () => inside('services.list', () => okAsync(states())),
        stop: (names) =>
          inside('services.stop', () => {
            for (const name of names) {
              guest.running.delete(name);
              guest.masked.add(name);
            }
            return okAsync(states());
          }),
        start: (names) =>
          inside('services.start', () => {
            if (!guest.mounts.has(mountPoint))
              return errAsync(no('services.start', 'failed', `nothing is mounted at ${mountPoint}`));
            for (const name of names) {
              guest.masked.delete(name);
              started(guest, name);
            }
            return okAsync(states());
          }),
      },
      timers: { ...blank.timers, list: () => inside('timers.list', () => okAsync([])) },
      mounts: {
        list: () => inside('mounts.list', () => okAsync(mounts())),
        mount: (spec) => inside('mounts.mount', () => mount(spec)),
        unmount: (where) =>
          inside('mounts.unmount', () => {
            if (where === mountPoint && guest.running.size > 0)
              return errAsync(no('mounts.unmount', 'busy', `${[...guest.running].join(', ')} run on it`));
            guest.mounts.delete(where);
            return okAsync(undefined);
          }),
        settle: (where) =>
          inside('mounts.settle', () => okAsync({ mountPoint: where, forgot: 'nothing' as const })),
        holders: () => inside('mounts.holders', () => okAsync([])),
        freeze: ({ mountPoint: where }) =>
          inside('mounts.freeze', () => okAsync({ mountPoint: where, until: '2100-01-01T00:00:00.000Z' })),
        thaw: (where) => inside('mounts.thaw', () => okAsync({ mountPoint: where, held: true })),
        grow: (where) =>
          inside('mounts.grow', () => {
            const mounted = guest.mounts.get(where);
            if (mounted === undefined)
              return errAsync(no('mounts.grow', 'not-found', `nothing is mounted at ${where}`));
            return asked('mounts.grow', cloud.volumes.get(mounted.volumeId)).map((volume) => {
              const grown = { ...mounted, sizeBytes: bytesOf(volume) };
              guest.mounts.set(where, grown);
              return mountOf(where, grown);
            });
          }),
      },
      disks: {
        ...blank.disks,
        format: ({ disk: { serial }, filesystemUuid, filesystemType }) =>
          inside('disks.format', () => {
            const volumeId = volumeOfSerial.get(serial) ?? '';
            return asked('disks.format', attachedTo(at.id, volumeId)).andThen((volume) => {
              const found = filesystems.get(volumeId) ?? filesystemUuid;
              if (volume === undefined || found !== filesystemUuid)
                return errAsync(
                  no('disks.format', 'wrong-disk', `${serial} is not an empty disk of ${at.id}`),
                );
              filesystems.set(volumeId, filesystemUuid);
              const sizeBytes = bytesOf(volume);
              return okAsync({
                name: 'vdb',
                serial,
                kind: 'disk' as const,
                sizeBytes,
                filesystemUuid,
                filesystemType,
                mountPoints: [],
              });
            });
          }),
      },
      copy: (spec) =>
        inside('copy', () => {
          const from = guestOf(spec.from.host?.id ?? at.id);
          const wrong = [
            misplaced(from, spec.from.path, spec.from.filesystemUuid),
            misplaced(guest, spec.to.path, spec.to.filesystemUuid),
          ].find((why) => why !== undefined);
          if (wrong !== undefined) return errAsync(no('copy', 'wrong-disk', wrong));
          if (!isUp(from)) return errAsync(no('copy', 'unreachable', 'the other server does not answer'));
          return okAsync(reportOf(spec));
        }),
      check() {
        if (!isUp(guest)) return okAsync({ healthy: false, detail: `${at.id} does not answer` });
        const mounted = guest.mounts.get(mountPoint);
        if (mounted === undefined || !serves(guest))
          return okAsync({ healthy: false, detail: 'not all of it is up' });
        return asked('check', attachedTo(at.id, mounted.volumeId)).map((volume) => ({
          healthy: volume !== undefined,
          detail: `served by ${at.id}`,
        }));
      },
    };
  };

  return {
    hosts: hostRegistry(host, [cloud.at]),
    cloud: feltBy(cloud, { powerOff, boot, guests, volumeOfSerial }),
    furnish(serverId, volumeId, filesystemUuid) {
      filesystems.set(volumeId, filesystemUuid);
      const server = host({ ...cloud.at, id: serverId });
      const serial = [...volumeOfSerial].find(([, id]) => id === volumeId)?.[0] ?? '';
      const disk = { serial, byId: [] };
      return server.mounts
        .mount({ disk, mountPoint, filesystemUuid }, { key: 'furnish' })
        .map(() => undefined);
    },
    hang(serverId) {
      guestOf(serverId).hung = true;
    },
    failNext(operation) {
      failing.push(operation);
    },
    serving,
    clashes: () => clashes,
  };
}

interface Wires {
  powerOff(id: string): void;
  boot(id: string): CloudResult<void>;
  readonly guests: Map<string, Guest>;
  readonly volumeOfSerial: Map<string, string>;
}

/** The cloud, whose servers notice what is done to them. */
function feltBy(cloud: Cloud, { powerOff, boot, guests, volumeOfSerial }: Wires): Cloud {
  const { instances, volumes } = cloud;
  const booted = (instance: Instance): CloudResult<Instance> => boot(instance.id).map(() => instance);
  /** One that was resized while it was on has booted anew. */
  const resized = (instance: Instance): CloudResult<Instance> =>
    instance.state === 'stopped' ? okAsync(instance) : booted(instance);
  return {
    ...cloud,
    instances: {
      ...instances,
      start: (id, call) => instances.start(id, call).andThen(booted),
      stop: (id, call) =>
        instances.stop(id, call).map((instance) => {
          powerOff(id);
          return instance;
        }),
      delete: (id, call) =>
        instances.delete(id, call).map(() => {
          guests.delete(id);
        }),
      resize: (id, type, call) => instances.resize(id, type, call).andThen(resized),
      revertResize: (id, call) => instances.revertResize(id, call).andThen(booted),
    },
    volumes: {
      ...volumes,
      attach: (pairing, call) =>
        volumes.attach(pairing, call).map((attachment) => {
          volumeOfSerial.set(attachment.disk.serial, pairing.volumeId);
          return attachment;
        }),
    },
  };
}

function misplaced(guest: Guest, path: string, filesystemUuid: string | undefined): string | undefined {
  const found = guest.mounts.get(path)?.filesystemUuid;
  return found === filesystemUuid ? undefined : `${path} holds ${found} and not ${filesystemUuid}`;
}

function bytesOf({ sizeGiB }: StorageVolume): number {
  return sizeGiB * 2 ** 30;
}

function reportOf({ pass }: CopySpec): CopyReport {
  const report = {
    pass,
    entries: 1,
    bytes: 1,
    changedFiles: 0,
    changedBytes: 0,
    createdEntries: 0,
    deletedEntries: 0,
    sentBytes: 1,
    vanished: [],
    vanishedFiles: 0,
    way: 'relayed' as const,
    scanMs: 1,
    tookMs: 1,
    resumed: 0,
  };
  return report;
}
