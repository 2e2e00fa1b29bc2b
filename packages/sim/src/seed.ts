import type { DnsRecord } from '@belay/cloud';
import { freeDevice } from './devices.ts';
import { recordKey } from './dns.ts';
import { hindrance, newGuest } from './guest.ts';
import type { GuestTemplate } from './guest-record.ts';
import { attachRoot } from './instance-disks.ts';
import { newId, newPrivateAddress, newPublicAddress } from './names.ts';
import type { Filesystem, InstanceRecord, InstanceTypeRecord } from './state.ts';
import { takeMachine } from './stock.ts';
import type { World } from './world.ts';

/**
 * Puts things into the world as if they had been there for long: at once, without the API, its delays or its rules.
 * What cannot be, such as a server of a type that does not exist, is the caller's mistake and throws.
 */
export interface Seeding {
  /** What is not given: 2 vCPUs, 4096 MiB, 8 data volumes, current, in all zones. Replaces one of that name. */
  instanceType(name: string, type: Partial<InstanceTypeRecord>): void;
  /** A kind of disk that volumes may be created with, or changed to. */
  diskType(name: string): void;
  /** Gives the id. */
  image(image: {
    readonly name: string;
    readonly minDiskGiB?: number;
    readonly guest: GuestTemplate;
  }): string;
  /** An available volume, with a filesystem where one is given. Gives the id. */
  volume(volume: SeededVolume): string;
  /** A running server with its services up and its volumes mounted. Gives the id. */
  server(server: SeededServer): string;
  /** Gives the id. */
  floatingIp(address: {
    readonly boundTo?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }): string;
  /** A record set that is served at once, in place of one of the same name and type. */
  record(record: DnsRecord): void;
}

/** A disk to be. Its type is made known along with it; without a filesystem it is blank. */
export interface SeededVolume {
  readonly name: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly multiAttach?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly filesystem?: {
    readonly uuid: string;
    readonly type: string;
    /** Text by path from the filesystem's root: `db/orders`. */
    readonly files?: Readonly<Record<string, string>>;
    readonly otherBytes?: number;
    readonly otherInodes?: number;
  };
}

/**
 * A server to be: its type and image must be there already, its volumes too, and each with a filesystem where it has a
 * mount point.
 */
export interface SeededServer {
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly writeBytesPerSecond?: number;
  readonly volumes?: readonly {
    readonly volumeId: string;
    /** Attached only, where absent. */
    readonly mountPoint?: string;
    /** How the boot configuration names it; `uuid` where absent. */
    readonly bootEntry?: 'uuid' | 'label' | 'device';
    readonly deleteOnTermination?: boolean;
  }[];
}

export function seeding(world: World): Seeding {
  const { state } = world;
  return {
    instanceType: (name, type) =>
      world.change(() => {
        state.instanceTypes[name] = { ...plainType, ...type };
      }),
    diskType: (name) =>
      world.change(() => {
        state.diskTypes[name] = true;
      }),
    image: ({ name, minDiskGiB = 8, guest }) =>
      world.change(() => {
        const id = newId(world, 'image');
        state.images[id] = {
          id,
          name,
          state: 'available',
          architecture: 'x86_64',
          minDiskGiB,
          tags: {},
          guest,
        };
        return id;
      }),
    volume: (volume) => world.change(() => addVolume(world, volume)),
    server: (server) => world.change(() => addServer(world, server)),
    floatingIp: ({ boundTo, tags = {} }) =>
      world.change(() => {
        const id = newId(world, 'address');
        const address = newPublicAddress(world);
        const bound =
          boundTo === undefined
            ? {}
            : { instanceId: boundTo, routedTo: boundTo, associationId: newId(world, 'association') };
        state.floatingIps[id] = { id, address, ...bound, moving: false, revision: 1, tags: { ...tags } };
        return id;
      }),
    record: ({ name, type, values, ttlSeconds }) =>
      world.change(() => {
        const wanted = { values: [...values], ttlSeconds };
        state.dns[recordKey(name, type)] = {
          name,
          type,
          wanted,
          served: structuredClone(wanted),
          pending: false,
        };
      }),
  };
}

const plainType: InstanceTypeRecord = { vcpus: 2, memoryMiB: 4096, volumeSlots: 8, lifecycle: 'current' };

function addVolume(world: World, volume: SeededVolume): string {
  const id = newId(world, 'volume');
  world.state.diskTypes[volume.diskType] = true;
  world.state.volumes[id] = {
    id,
    name: volume.name,
    state: 'available',
    zone: volume.zone,
    sizeGiB: volume.sizeGiB,
    diskType: volume.diskType,
    multiAttach: volume.multiAttach ?? false,
    attachments: [],
    tags: { ...volume.tags },
    createdAtMs: world.nowMs,
    modifiedAtMs: [],
    filesystem: volume.filesystem === undefined ? undefined : filesystemOf(volume.filesystem, volume.sizeGiB),
  };
  return id;
}

function filesystemOf(given: NonNullable<SeededVolume['filesystem']>, sizeGiB: number): Filesystem {
  const { uuid, type, files = {}, otherBytes = 0, otherInodes = 0 } = given;
  const sizeBytes = sizeGiB * 2 ** 30;
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { bytes: Buffer.byteLength(text), text }] as const,
  );
  return { uuid, type, files: Object.fromEntries(entries), otherBytes, otherInodes, sizeBytes };
}

function addServer(world: World, server: SeededServer): string {
  const { state } = world;
  if (state.instanceTypes[server.instanceType] === undefined) {
    throw new Error(`There is no instance type ${server.instanceType} in this world.`);
  }
  if (state.images[server.imageId] === undefined) throw new Error(`There is no image ${server.imageId}.`);
  const instance: InstanceRecord = {
    id: newId(world, 'instance'),
    name: server.name,
    state: 'running',
    zone: server.zone,
    instanceType: server.instanceType,
    imageId: server.imageId,
    privateAddress: newPrivateAddress(world),
    publicAddress: world.profile.family === 'ec2' ? newPublicAddress(world) : undefined,
    rootVolumeId: newId(world, 'volume'),
    deletionProtected: false,
    badDevices: {},
    tags: { ...server.tags },
    createdAtMs: world.nowMs,
    holdsStock: false,
  };
  // Where none is left, it was there before they were sold out.
  takeMachine(world, instance).unwrapOr(undefined);
  state.instances[instance.id] = instance;
  attachRoot(world, instance, state.images[server.imageId]?.minDiskGiB ?? 8);
  bringUp(world, instance, server);
  return instance.id;
}

function bringUp(world: World, instance: InstanceRecord, server: SeededServer): void {
  const guest = newGuest(world, instance);
  world.state.guests[instance.id] = guest;
  guest.up = true;
  guest.bootId = world.random.hex('ids/boot', 16);
  guest.writeBytesPerSecond = server.writeBytesPerSecond;
  for (const { volumeId, mountPoint, bootEntry = 'uuid', deleteOnTermination = false } of server.volumes ??
    []) {
    const volume = world.state.volumes[volumeId];
    if (volume === undefined) throw new Error(`There is no volume ${volumeId}.`);
    volume.state = 'in-use';
    volume.attachments.push({
      instanceId: instance.id,
      state: 'attached',
      device: freeDevice(world, instance),
      sinceMs: world.nowMs,
      isRoot: false,
      deleteOnTermination,
    });
    if (mountPoint === undefined) continue;
    if (volume.filesystem === undefined)
      throw new Error(`${volumeId} has no filesystem that could be mounted.`);
    const { uuid } = volume.filesystem;
    guest.mounts.push({ mountPoint, volumeId, filesystemUuid: uuid });
    guest.bootEntries.push({ mountPoint, by: bootEntry, filesystemUuid: uuid });
  }
  for (const service of guest.services) {
    if (service.startAtBoot) service.state = hindrance(guest, service) === undefined ? 'active' : 'failed';
  }
}
