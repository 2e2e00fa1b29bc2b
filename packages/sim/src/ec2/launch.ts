import { err, ok, type Result } from 'neverthrow';
import { checkDevice, rootDevice, sameDevice } from '../devices.ts';
import { runInstance } from '../instances.ts';
import type { Refusal } from '../refusal.ts';
import type { InstanceRecord, VolumeRecord } from '../state.ts';
import { giveMachineBack } from '../stock.ts';
import { createVolume } from '../volumes.ts';
import type { World } from '../world.ts';
import { booksOf, type InstanceBook } from './books.ts';
import type { NamedTags } from './tags.ts';
import { speedOf } from './volume-types.ts';

/**
 * A launch: one or more instances with their disks, wholly or not at all. A disk that comes with the launch dies with
 * its instance unless the launch says otherwise, a data disk too.
 */
export interface Launch {
  readonly least: number;
  readonly most: number;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly token: string | undefined;
  readonly userData: string | undefined;
  readonly isProtected: boolean;
  readonly capacityReservationId: string | undefined;
  readonly instanceTags: NamedTags;
  readonly volumeTags: NamedTags;
  readonly book: Omit<InstanceBook, 'launchId'>;
  readonly disks: readonly LaunchDisk[];
}

/** The root disk where it has the name of that, a data disk otherwise. */
export interface LaunchDisk {
  readonly device: string;
  readonly sizeGiB: number | undefined;
  readonly snapshotId: string | undefined;
  readonly diskType: string | undefined;
  readonly iops: number | undefined;
  readonly throughputMiB: number | undefined;
  readonly isEncrypted: boolean;
  readonly diesWithInstance: boolean;
}

/** Gives the ids of the instances. As many as there is room for, between the two numbers. */
export function launch(world: World, asked: Launch): Result<readonly string[], Refusal> {
  const made: string[] = [];
  const launchId = `r-0${world.random.hex('ids/launch', 16)}`;
  for (let number = 0; number < asked.most; number += 1) {
    const one = launchOne(world, asked, launchId);
    if (one.isOk()) {
      made.push(one.value);
      continue;
    }
    if (made.length >= asked.least) return ok(made);
    for (const instanceId of made) undo(world, instanceId);
    return err(one.error);
  }
  return ok(made);
}

function launchOne(world: World, asked: Launch, launchId: string): Result<string, Refusal> {
  const root = asked.disks.find(({ device }) => sameDevice(device, rootDevice(world)));
  const { name, tags } = asked.instanceTags;
  return runInstance(
    world,
    {
      name,
      tags,
      zone: asked.zone,
      instanceType: asked.instanceType,
      imageId: asked.imageId,
      userData: asked.userData,
      rootSizeGiB: root?.sizeGiB,
      rootSnapshotId: root?.snapshotId,
      reservationId: asked.capacityReservationId,
      deletionProtected: asked.isProtected,
    },
    undefined,
  ).andThen((instanceId) => {
    booksOf(world).instances[instanceId] = { ...asked.book, launchId };
    const instance = world.state.instances[instanceId];
    if (instance === undefined) return ok(instanceId);
    const known: InstanceRecord = {
      ...instance,
      ...(asked.token === undefined ? {} : { clientToken: asked.token }),
    };
    world.state.instances[instanceId] = known;
    settleRoot(world, known, root, asked.volumeTags);
    return addDisks(world, known, asked).map(() => instanceId);
  });
}

function settleRoot(
  world: World,
  { rootVolumeId }: InstanceRecord,
  disk: LaunchDisk | undefined,
  { name, tags }: NamedTags,
): void {
  const volume = world.state.volumes[rootVolumeId];
  if (volume === undefined) return;
  const diskType = disk?.diskType ?? volume.diskType;
  world.state.volumes[rootVolumeId] = {
    ...volume,
    name,
    tags: { ...tags },
    diskType,
    encrypted: disk?.isEncrypted ?? false,
    attachments: volume.attachments.map((one) => ({
      ...one,
      deleteOnTermination: disk?.diesWithInstance ?? true,
    })),
  };
  booksOf(world).volumes[rootVolumeId] = { iops: disk?.iops, throughputMiB: disk?.throughputMiB };
}

function addDisks(world: World, instance: InstanceRecord, asked: Launch): Result<void, Refusal> {
  const all = asked.disks
    .filter(({ device }) => !sameDevice(device, rootDevice(world)))
    .reduce<Result<void, Refusal>>(
      (before, disk) => before.andThen(() => addDisk(world, instance, asked, disk)),
      ok(),
    );
  return all.mapErr((refusal) => {
    undo(world, instance.id);
    return refusal;
  });
}

function addDisk(
  world: World,
  instance: InstanceRecord,
  { volumeTags }: Launch,
  disk: LaunchDisk,
): Result<void, Refusal> {
  const { snapshotId, diskType = 'gp2', isEncrypted: encrypted } = disk;
  const sizeGiB =
    disk.sizeGiB ?? (snapshotId === undefined ? undefined : world.state.snapshots[snapshotId]?.sizeGiB);
  if (sizeGiB === undefined) {
    return err({
      rule: 'bad-parameter',
      code: 'MissingParameter',
      message: `The disk ${disk.device} needs a size or a snapshot.`,
    });
  }
  return checkDevice(world, instance, disk.device)
    .andThen(() => speedOf(diskType, sizeGiB, { Iops: disk.iops, Throughput: disk.throughputMiB }))
    .andThen((speed) =>
      createVolume(
        world,
        { ...volumeTags, zone: instance.zone, sizeGiB, diskType, snapshotId, encrypted },
        undefined,
      ).map((volumeId) => {
        booksOf(world).volumes[volumeId] = speed;
        const volume = world.state.volumes[volumeId];
        if (volume !== undefined) world.state.volumes[volumeId] = plugged(world, volume, instance, disk);
      }),
    );
}

function plugged(world: World, volume: VolumeRecord, { id }: InstanceRecord, disk: LaunchDisk): VolumeRecord {
  return {
    ...volume,
    state: 'in-use',
    attachments: [
      {
        instanceId: id,
        state: 'attached',
        isRoot: false,
        deleteOnTermination: disk.diesWithInstance,
        device: disk.device,
        sinceMs: world.nowMs,
      },
    ],
  };
}

/** As if it had never been asked for. What was begun finds nothing to end. */
function undo(world: World, instanceId: string): void {
  const { instances, volumes, guests } = world.state;
  const instance = instances[instanceId];
  if (instance !== undefined) giveMachineBack(world, instance);
  for (const { id, attachments } of Object.values(volumes)) {
    if (attachments.some((one) => one.instanceId === instanceId)) delete volumes[id];
  }
  delete guests[instanceId];
  delete instances[instanceId];
  delete booksOf(world).instances[instanceId];
}
