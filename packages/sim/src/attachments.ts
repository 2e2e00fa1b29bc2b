import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { livingInstance, volumeFailed, volumeOf, volumeTransitional } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { AttachmentRecord, InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * What ties volumes to instances. A volume is tied to one instance at most (unless it may be to more), in its own
 * zone where zones bind; a guest that has the disk mounted keeps it.
 */
export interface AttachmentRequest {
  readonly volumeId: string;
  readonly instanceId: string;
}

export function attachVolume(world: World, request: AttachmentRequest): Result<void, Refusal> {
  const { volumeId, instanceId } = request;
  return volumeOf(world, volumeId).andThen((volume) =>
    livingInstance(world, instanceId).andThen((instance) =>
      checkAttach(world, volume, instance).map(() => {
        world.blur(volume, 'volumes.attach');
        volume.state = 'in-use';
        volume.attachments.push({
          instanceId,
          state: 'attaching',
          isRoot: false,
          deleteOnTermination: false,
        });
        world.begin({
          operation: 'volumes.attach',
          takes: 'volumes.attach',
          transition: { what: 'volume.attached', volumeId, instanceId },
          rolledBack: { what: 'volume.attach-failed', volumeId, instanceId },
        });
      }),
    ),
  );
}

export function detachVolume(world: World, request: AttachmentRequest): Result<void, Refusal> {
  const { volumeId, instanceId } = request;
  return volumeOf(world, volumeId).andThen((volume): Result<void, Refusal> => {
    const attachment = attachmentOf(volume, instanceId);
    if (attachment === undefined) {
      return err({
        rule: 'not-attached',
        message: `The volume ${volumeId} is not attached to ${instanceId}.`,
        resourceId: volumeId,
        lastState: volume.state,
      });
    }
    const instance = world.state.instances[instanceId];
    if (attachment.isRoot && (world.profile.family === 'openstack' || instance?.state !== 'stopped')) {
      return err({
        rule: 'root-volume',
        message: `${volumeId} is the disk that ${instanceId} boots from.`,
        resourceId: volumeId,
      });
    }
    if (attachment.state !== 'attached') return volumeTransitional(volume);
    if (instance?.state === 'running' && !world.profile.traits.detachWhileRunning) {
      return err({
        rule: 'instance-running',
        message: `${instanceId} must be stopped before a volume leaves it.`,
        resourceId: instanceId,
        lastState: instance.state,
      });
    }
    world.blur(volume, 'volumes.detach');
    attachment.state = 'detaching';
    delete attachment.refused;
    world.begin({
      operation: 'volumes.detach',
      takes: 'volumes.detach',
      transition: { what: 'volume.detached', volumeId, instanceId },
      rolledBack: { what: 'volume.detach-failed', volumeId, instanceId },
    });
    return ok();
  });
}

export function setDeleteOnTermination(
  world: World,
  request: AttachmentRequest & { readonly value: boolean },
): Result<void, Refusal> {
  return livingInstance(world, request.instanceId).andThen((instance) =>
    volumeOf(world, request.volumeId).andThen((volume): Result<void, Refusal> => {
      const attachment = attachmentOf(volume, request.instanceId);
      if (attachment === undefined) {
        return err({
          rule: 'bad-parameter',
          message: `The volume ${volume.id} is not attached to ${instance.id}.`,
          resourceId: volume.id,
        });
      }
      world.blur(volume, 'instances.keepVolume');
      attachment.deleteOnTermination = request.value;
      return ok();
    }),
  );
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
    attachments: [{ instanceId: instance.id, state: 'attached', isRoot: true, deleteOnTermination: true }],
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
    remove(volume, instanceId);
    if (!attachment.deleteOnTermination) continue;
    volume.state = 'gone';
    gone.push(volume.id);
  }
  return gone;
}

/** To be called when a guest lets go of a disk: a detach that waited for that goes on. */
export function letGo(world: World, volumeId: string, instanceId: string): void {
  const volume = world.state.volumes[volumeId];
  const attachment = volume === undefined ? undefined : attachmentOf(volume, instanceId);
  if (attachment?.state !== 'busy') return;
  attachment.state = 'detaching';
  world.begin({ takes: 1_000, transition: { what: 'volume.detached', volumeId, instanceId } });
}

export function attachmentOf(volume: VolumeRecord, instanceId: string): AttachmentRecord | undefined {
  return volume.attachments.find((one) => one.instanceId === instanceId);
}

export const attachmentTransitions: Transitions<
  'volume.attached' | 'volume.attach-failed' | 'volume.detached' | 'volume.detach-failed'
> = {
  'volume.attached'(world, { volumeId, instanceId }) {
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (attachment?.state !== 'attaching') return;
    attachment.state = 'attached';
    world.emit('volume.attached', { volumeId, instanceId });
  },
  'volume.attach-failed'(world, { volumeId, instanceId }) {
    const volume = world.state.volumes[volumeId];
    if (volume === undefined || attachmentOf(volume, instanceId)?.state !== 'attaching') return;
    remove(volume, instanceId);
    world.emit('volume.attach-failed', { volumeId, instanceId });
  },
  'volume.detached'(world, { volumeId, instanceId }) {
    const volume = world.state.volumes[volumeId];
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (volume === undefined || attachment?.state !== 'detaching') return;
    if (isHeld(world, volumeId, instanceId)) {
      const waits = world.profile.heldDetach === 'waits';
      attachment.state = waits ? 'busy' : 'attached';
      if (!waits) attachment.refused = true;
      world.emit('volume.detach-refused', { volumeId, instanceId });
      return;
    }
    remove(volume, instanceId);
    world.emit('volume.detached', { volumeId, instanceId });
  },
  'volume.detach-failed'(world, { volumeId, instanceId }) {
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (attachment?.state !== 'detaching') return;
    attachment.state = 'attached';
    world.emit('volume.detach-failed', { volumeId, instanceId });
  },
};

function checkAttach(world: World, volume: VolumeRecord, instance: InstanceRecord): Result<void, Refusal> {
  const { traits } = world.profile;
  const about = { resourceId: volume.id, lastState: volume.state };
  const [other] = volume.attachments.filter(({ instanceId }) => instanceId !== instance.id);
  if (volume.state === 'error') return volumeFailed(volume);
  if (attachmentOf(volume, instance.id) !== undefined) {
    const message = `The volume ${volume.id} is already attached to ${instance.id}.`;
    return err({ rule: 'attached-already', message, ...about });
  }
  if (other !== undefined && !volume.multiAttach) {
    const message = `The volume ${volume.id} is attached to ${other.instanceId}.`;
    const leaving = other.state === 'detaching' || other.state === 'busy';
    return err({ rule: leaving ? 'volume-transitional' : 'attached-elsewhere', message, ...about });
  }
  if (volume.state !== 'available' && volume.state !== 'in-use') return volumeTransitional(volume);
  if (traits.zoneBoundVolumes !== false && volume.zone !== instance.zone) {
    const message = `The volume ${volume.id} is in ${volume.zone}, and ${instance.id} in ${instance.zone}.`;
    return err({ rule: 'zones-differ', message, ...about });
  }
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    return err({
      rule: instance.state === 'failed' ? 'instance-failed' : 'instance-transitional',
      message: `The instance ${instance.id} is ${instance.state}.`,
      resourceId: instance.id,
      lastState: instance.state,
    });
  }
  const slots = world.state.instanceTypes[instance.instanceType]?.volumeSlots ?? 0;
  const taken = Object.values(world.state.volumes)
    .flatMap(({ attachments }) => attachments)
    .filter(({ instanceId, isRoot }) => instanceId === instance.id && !isRoot).length;
  if (taken < slots) return ok();
  return err({
    rule: 'no-slot',
    message: `${instance.id} has ${slots} slots for volumes, and all are taken.`,
    resourceId: instance.id,
  });
}

function attachmentIn(world: World, volumeId: string, instanceId: string): AttachmentRecord | undefined {
  const volume = world.state.volumes[volumeId];
  return volume === undefined ? undefined : attachmentOf(volume, instanceId);
}

function isHeld(world: World, volumeId: string, instanceId: string): boolean {
  const guest = world.state.guests[instanceId];
  if (guest === undefined) return false;
  return guest.heldDisks[volumeId] === true || guest.mounts.some((mount) => mount.volumeId === volumeId);
}

function remove(volume: VolumeRecord, instanceId: string): void {
  volume.attachments = volume.attachments.filter((one) => one.instanceId !== instanceId);
  if (volume.attachments.length === 0 && volume.state === 'in-use') volume.state = 'available';
}
