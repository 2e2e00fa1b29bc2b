import { err, ok, type Result } from 'neverthrow';
import { attachmentOf, attachVolume, detachVolume } from '../../attachments.ts';
import { instanceOf, volumeOf } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import type { AttachmentRecord, VolumeRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { type Action, action } from '../action.ts';
import { flag, id, required, text, unmodelled } from '../parameters.ts';
import { attachmentFields } from '../volume-answer.ts';
import type { XmlFields } from '../xml.ts';

/** What ties volumes to instances. Only a detach may leave out the instance: it then means whoever has the volume. */
export const attachmentActions: readonly Action[] = [
  action({
    name: 'AttachVolume',
    operation: 'volumes.attach',
    changes: true,
    parameters: {
      VolumeId: required(id('volume')),
      InstanceId: required(id('instance')),
      Device: required(text),
      EbsCardIndex: unmodelled,
    },
    perform: (world, { VolumeId: volumeId, InstanceId: instanceId, Device }) =>
      attachVolume(world, { volumeId, instanceId, device: Device })
        .mapErr(inStateWords)
        .andThen(() => shownAttachment(world, volumeId, instanceId)),
  }),
  action({
    name: 'DetachVolume',
    operation: 'volumes.detach',
    changes: true,
    parameters: {
      VolumeId: required(id('volume')),
      InstanceId: id('instance'),
      Device: text,
      Force: flag,
    },
    perform(world, asked) {
      return volumeOf(world, asked.VolumeId)
        .andThen((volume) => holderOf(world, volume, asked.InstanceId))
        .andThen((attachment) => {
          if (asked.Device === undefined || asked.Device === attachment.device)
            return ok(attachment.instanceId);
          return noAttachment(`The volume '${asked.VolumeId}' is not attached as '${asked.Device}'.`);
        })
        .andThen((instanceId) => detach(world, asked.VolumeId, instanceId, asked.Force === true));
    },
  }),
];

function detach(
  world: World,
  volumeId: string,
  instanceId: string,
  isForced: boolean,
): Result<XmlFields, Refusal> {
  // Force takes the disk away from a guest that does not let it go, with whatever it had not written yet.
  if (isForced) {
    const guest = world.state.guests[instanceId];
    if (guest !== undefined) {
      delete guest.heldDisks[volumeId];
      guest.mounts = guest.mounts.filter((mount) => mount.volumeId !== volumeId);
    }
  }
  return detachVolume(world, { volumeId, instanceId }).andThen(() =>
    shownAttachment(world, volumeId, instanceId),
  );
}

/** As it is since this request. */
function shownAttachment(world: World, volumeId: string, instanceId: string): Result<XmlFields, Refusal> {
  return volumeOf(world, volumeId)
    .andThen((volume) => holderOf(world, volume, instanceId))
    .map((attachment) => attachmentFields(volumeId, attachment));
}

/** The attachment that is meant: to the instance that is named, or to the only one that has it. */
function holderOf(
  world: World,
  volume: VolumeRecord,
  instanceId: string | undefined,
): Result<AttachmentRecord, Refusal> {
  if (volume.attachments.length === 0) {
    return err({
      rule: 'not-attached',
      message: `Volume '${volume.id}' is in the '${volume.state}' state.`,
      resourceId: volume.id,
      lastState: volume.state,
    });
  }
  if (instanceId === undefined) {
    const [only, other] = volume.attachments;
    if (only !== undefined && other === undefined) return ok(only);
    return err({
      rule: 'bad-parameter',
      code: 'MissingParameter',
      message: `The request must contain the parameter instanceId: ${volume.id} is attached to several.`,
    });
  }
  return instanceOf(world, instanceId).andThen(() => {
    const attachment = attachmentOf(volume, instanceId);
    if (attachment !== undefined) return ok(attachment);
    return noAttachment(`Volume '${volume.id}' is not attached to instance '${instanceId}'.`);
  });
}

function noAttachment(message: string): Result<never, Refusal> {
  return err({ rule: 'not-attached', code: 'InvalidAttachment.NotFound', message });
}

/** An instance that is not in a state to take a volume has the same code here as a volume that is not. */
function inStateWords(refusal: Refusal): Refusal {
  const isAboutInstance =
    refusal.rule === 'instance-transitional' ||
    refusal.rule === 'instance-gone' ||
    refusal.rule === 'instance-failed';
  return isAboutInstance ? { ...refusal, code: 'IncorrectState' } : refusal;
}
