import { attachmentOf, unplug } from './attachments.ts';
import { rootDevice } from './devices.ts';
import type { AttachmentRecord, InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The disks of an instance, seen from the instance: the one that it boots from, those that die with it, and those that
 * it shows. EC2 tells two stories for a moment: the volume is free, and the instance still lists it. The volume is right.
 */
export type InstanceDisk = Readonly<AttachmentRecord> & { readonly volumeId: string };

/** The disks of an instance as the instance shows them: one that has left may still be among them. */
export function disksOf(world: World, instanceId: string): readonly InstanceDisk[] {
  return Object.values(world.state.volumes).flatMap((volume) => {
    const seen = world.seen(volume);
    if (seen === undefined || seen.state === 'gone') return [];
    const attachment = attachmentOf(seen, instanceId) ?? lingering(world, seen, instanceId);
    return attachment === undefined ? [] : [{ volumeId: volume.id, ...attachment }];
  });
}

/** Makes the disk that a new instance boots from. It is there at once and dies with its instance. */
export function attachRoot(world: World, instance: InstanceRecord, sizeGiB: number): void {
  world.state.volumes[instance.rootVolumeId] = {
    id: instance.rootVolumeId,
    name: `${instance.name}-root`,
    state: 'in-use',
    zone: instance.zone,
    sizeGiB,
    diskType: Object.keys(world.state.diskTypes)[0] ?? 'standard',
    multiAttach: false,
    attachments: [
      {
        instanceId: instance.id,
        state: 'attached',
        device: rootDevice(world),
        sinceMs: world.nowMs,
        isRoot: true,
        deleteOnTermination: true,
      },
    ],
    tags: {},
    createdAtMs: world.nowMs,
    modifiedAtMs: [],
  };
}

/** Frees the disks of an instance that is gone; gives the ids of those that die with it. */
export function leaveInstance(world: World, instanceId: string): readonly string[] {
  const gone: string[] = [];
  for (const volume of Object.values(world.state.volumes)) {
    const attachment = attachmentOf(volume, instanceId);
    if (attachment === undefined) continue;
    unplug(volume, instanceId);
    if (!attachment.deleteOnTermination) continue;
    volume.state = 'gone';
    gone.push(volume.id);
  }
  return gone;
}

function lingering(world: World, { left }: VolumeRecord, instanceId: string): AttachmentRecord | undefined {
  return left?.instanceId === instanceId && world.nowMs < left.shownUntilMs ? left : undefined;
}
