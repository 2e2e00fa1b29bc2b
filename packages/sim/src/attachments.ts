import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { checkDevice, freeDevice } from './devices.ts';
import {
  hostAnswers,
  instanceOf,
  livingInstance,
  volumeFailed,
  volumeOf,
  volumeTransitional,
} from './records.ts';
import type { Refusal } from './refusal.ts';
import type { AttachmentRecord, InstanceRecord, InstanceTypeRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * What ties volumes to instances. A volume is tied to one instance at most (unless it may be to more), in its own
 * zone where zones bind; a guest that has the disk mounted keeps it.
 */
export interface AttachmentRequest {
  readonly volumeId: string;
  readonly instanceId: string;
}

export function attachVolume(
  world: World,
  request: AttachmentRequest & {
    /** The name that the instance shall know it by; a free one where absent. Only EC2 keeps to it. */
    readonly device?: string | undefined;
  },
): Result<void, Refusal> {
  const { volumeId, instanceId } = request;
  return volumeOf(world, volumeId).andThen((volume) =>
    livingInstance(world, instanceId).andThen((instance) =>
      checkAttach(world, volume, instance)
        .andThen(() => mayTouch(world, instance))
        .andThen(() => deviceFor(world, instance, request.device))
        .map((device) => begin(world, volume, instance, device)),
    ),
  );
}

/** Which volume leaves which instance: the one that has it, where none is named. */
export interface DetachRequest {
  readonly volumeId: string;
  readonly instanceId?: string | undefined;
}

export function detachVolume(world: World, request: DetachRequest): Result<void, Refusal> {
  const { volumeId } = request;
  return volumeOf(world, volumeId).andThen((volume): Result<void, Refusal> => {
    const attachment = volume.attachments.find(
      (one) => request.instanceId === undefined || one.instanceId === request.instanceId,
    );
    if (attachment === undefined) return notAttached(world, volume, request.instanceId);
    const { instanceId } = attachment;
    const instance = world.state.instances[instanceId];
    if (attachment.isRoot && (world.profile.family === 'openstack' || instance?.state !== 'stopped')) {
      return err({
        rule: 'root-volume',
        message: `${volumeId} is the disk that ${instanceId} boots from.`,
        resourceId: volumeId,
      });
    }
    // EC2 lets go of what is still on its way there: the way out where an attach sticks.
    const isComing = attachment.state === 'attaching' && world.profile.family === 'ec2';
    if (attachment.state !== 'attached' && !isComing) return volumeTransitional(volume);
    if (instance?.state === 'running' && !world.profile.traits.detachWhileRunning) {
      return err({
        rule: 'instance-running',
        message: `${instanceId} must be stopped before a volume leaves it.`,
        resourceId: instanceId,
        lastState: instance.state,
      });
    }
    return mayTouch(world, instance).map(() => {
      world.blur(volume, 'volumes.detach');
      attachment.state = 'detaching';
      delete attachment.refused;
      world.begin({
        operation: 'volumes.detach',
        takes: 'volumes.detach',
        transition: { what: 'volume.detached', volumeId, instanceId },
        rolledBack: { what: 'volume.detach-failed', volumeId, instanceId },
      });
    });
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
  | 'volume.connecting'
  | 'volume.attached'
  | 'volume.attach-failed'
  | 'volume.detached'
  | 'volume.detach-failed'
> = {
  'volume.connecting'(world, { volumeId, instanceId }) {
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (attachment?.state === 'reserved') attachment.state = 'attaching';
  },
  'volume.attached'(world, { volumeId, instanceId }) {
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (attachment === undefined || !isComing(attachment)) return;
    attachment.state = 'attached';
    world.emit('volume.attached', { volumeId, instanceId });
  },
  'volume.attach-failed'(world, { volumeId, instanceId }) {
    const volume = world.state.volumes[volumeId];
    const attachment = attachmentIn(world, volumeId, instanceId);
    if (volume === undefined || attachment === undefined || !isComing(attachment)) return;
    unplug(volume, instanceId);
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
    unplug(volume, instanceId);
    const lagMs = world.profile.family === 'ec2' ? world.sampleMs('visibility') : 0;
    if (lagMs > 0) volume.left = { ...attachment, shownUntilMs: world.nowMs + lagMs };
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
  if (!takesVolumes.includes(instance.state)) {
    return err({
      rule: instance.state === 'failed' ? 'instance-failed' : 'instance-transitional',
      message: `The instance ${instance.id} is ${instance.state}.`,
      resourceId: instance.id,
      lastState: instance.state,
    });
  }
  if (hasSlot(world, instance) || typeOf(world, instance)?.overSlots === 'sticks') return ok();
  return err({
    rule: 'no-slot',
    message: `${instance.id} has a volume in each of its slots.`,
    resourceId: instance.id,
  });
}

function hasSlot(world: World, instance: InstanceRecord): boolean {
  const taken = Object.values(world.state.volumes)
    .flatMap(({ attachments }) => attachments)
    .filter(({ instanceId, isRoot }) => instanceId === instance.id && !isRoot).length;
  return taken < (typeOf(world, instance)?.volumeSlots ?? 0);
}

function typeOf(world: World, { instanceType }: InstanceRecord): InstanceTypeRecord | undefined {
  return world.state.instanceTypes[instanceType];
}

/** Nova takes volumes also while a resize waits to be confirmed. */
const takesVolumes: readonly InstanceRecord['state'][] = ['running', 'stopped', 'resized'];

function deviceFor(
  world: World,
  instance: InstanceRecord,
  wanted: string | undefined,
): Result<string, Refusal> {
  // Below OpenStack the hypervisor names the disk as it likes, whatever was asked for.
  if (wanted === undefined || world.profile.family === 'openstack') return ok(freeDevice(world, instance));
  return checkDevice(world, instance, wanted).map(() => wanted);
}

function begin(world: World, volume: VolumeRecord, instance: InstanceRecord, device: string): void {
  const ids = { volumeId: volume.id, instanceId: instance.id };
  const waits = world.profile.family === 'openstack';
  const sticks = instance.badDevices[device] === 'sticks' || !hasSlot(world, instance);
  world.blur(volume, 'volumes.attach');
  volume.state = 'in-use';
  delete volume.left;
  volume.attachments.push({
    instanceId: instance.id,
    state: waits ? 'reserved' : 'attaching',
    device,
    sinceMs: world.nowMs,
    isRoot: false,
    deleteOnTermination: false,
  });
  if (waits) world.begin({ takes: 'write', transition: { what: 'volume.connecting', ...ids } });
  if (sticks) {
    world.state.stuck.push({ what: 'volume.attached', ...ids });
    return;
  }
  world.begin({
    operation: 'volumes.attach',
    takes: 'volumes.attach',
    transition: { what: 'volume.attached', ...ids },
    rolledBack: { what: 'volume.attach-failed', ...ids },
  });
}

function isComing({ state }: AttachmentRecord): boolean {
  return state === 'reserved' || state === 'attaching';
}

function notAttached(
  world: World,
  volume: VolumeRecord,
  instanceId: string | undefined,
): Result<never, Refusal> {
  const about = { resourceId: volume.id, lastState: volume.state };
  if (instanceId === undefined) {
    return err({ rule: 'not-attached', message: `The volume ${volume.id} is ${volume.state}.`, ...about });
  }
  return instanceOf(world, instanceId).andThen(() =>
    err({
      rule: 'not-attached',
      message: `The volume ${volume.id} is not attached to ${instanceId}.`,
      ...about,
    } satisfies Refusal),
  );
}

/** Nova's lock keeps disks from coming and going, and so does a host that does not answer. */
function mayTouch(world: World, instance: InstanceRecord | undefined): Result<void, Refusal> {
  if (instance === undefined) return ok();
  if (!instance.deletionProtected || world.profile.family === 'ec2') return hostAnswers(world, instance.id);
  return err({
    rule: 'instance-protected',
    message: `The instance ${instance.id} is locked.`,
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

/** Takes the attachment away; what nothing has any more is available. */
export function unplug(volume: VolumeRecord, instanceId: string): void {
  volume.attachments = volume.attachments.filter((one) => one.instanceId !== instanceId);
  if (volume.attachments.length === 0 && volume.state === 'in-use') volume.state = 'available';
}
