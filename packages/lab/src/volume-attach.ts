import type { CloudResult, Pairing } from '@belay/cloud';
import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { plug, unplug } from './guest-disk.ts';
import { withLocks } from './locks.ts';
import { loopOf, tie, untie } from './loop.ts';
import type { InstanceRecord, VolumeAttachment, VolumeRecord } from './records.ts';
import { diskOf } from './site.ts';
import { fail, type Span } from './span.ts';
import { inState, instanceOrMissing, volumeOrMissing } from './volume-record.ts';

/**
 * A volume goes to an instance: its image gets a loop device, and the guest a node, links and a serial for it. What
 * goes wrong on the way is taken back, and the volume is available again.
 */
export function attachVolume(span: Span, { volumeId, instanceId }: Pairing): CloudResult<VolumeRecord> {
  return withLocks(span, [volumeId, instanceId], () =>
    safeTry(async function* () {
      const volume = yield* settled(span, yield* volumeOrMissing(span, volumeId));
      const instance = yield* instanceOrMissing(span, instanceId);
      if (volume.attachment !== undefined) return attachedAlready(span, volume, instanceId);
      yield* mayCome(span, volume, instance);
      return join(span, volume, instance, { instanceId, dieWithInstance: false });
    }),
  );
}

/**
 * A volume leaves an instance. A guest that has it mounted keeps it: that is `busy`, and nothing has changed. A detach
 * from an instance that does not have it changes nothing.
 */
export function detachVolume(span: Span, { volumeId, instanceId }: Pairing): CloudResult<VolumeRecord> {
  return withLocks(span, [volumeId, instanceId], () =>
    safeTry(async function* () {
      const volume = yield* settled(span, yield* volumeOrMissing(span, volumeId));
      if (volume.attachment?.instanceId !== instanceId) return ok(volume);
      const instance = yield* instanceOrMissing(span, instanceId);
      return part(span, volume, instance, volume.attachment);
    }),
  );
}

/** What another process left in the middle is finished first. The caller holds the lock: nobody else is at it. */
export function settled(span: Span, volume: VolumeRecord): CloudResult<VolumeRecord> {
  const { state, attachment } = volume;
  if (state === 'available' || state === 'in-use') return okAsync(volume);
  if ((state !== 'attaching' && state !== 'detaching') || attachment === undefined) {
    const message = `${volume.id} is ${state}, and cannot be worked with until that is over.`;
    return errAsync(fail(span, 'busy', message, { resourceId: volume.id, lastState: state }));
  }
  return instanceOrMissing(span, attachment.instanceId).andThen((instance) =>
    state === 'attaching'
      ? join(span, volume, instance, attachment)
      : part(span, volume, instance, attachment),
  );
}

function attachedAlready(span: Span, volume: VolumeRecord, instanceId: string) {
  const { id, attachment } = volume;
  if (attachment?.instanceId === instanceId) return ok(volume);
  const message = `${id} is on ${attachment?.instanceId} and not on ${instanceId}.`;
  return err(fail(span, 'attached-elsewhere', message, { resourceId: id, lastState: volume.state }));
}

/** Can the instance take it, where it is and as it is? */
function mayCome(span: Span, volume: VolumeRecord, instance: InstanceRecord): CloudResult<void> {
  const { shelves, settings } = span.site;
  if (volume.zone !== instance.zone) {
    const message = `${volume.id} is in ${volume.zone}, and ${instance.id} in ${instance.zone}.`;
    return errAsync(fail(span, 'zone-mismatch', message));
  }
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    const message = `${instance.id} is ${instance.state}.`;
    return errAsync(fail(span, 'busy', message, { resourceId: instance.id, lastState: instance.state }));
  }
  const most = settings.instanceTypes.find(({ name }) => name === instance.instanceType)?.volumeSlots ?? 1;
  return ResultAsync.fromSafePromise(shelves.volumes.all()).andThen((all) => {
    const taken = all.filter(({ attachment }) => attachment?.instanceId === instance.id).length;
    if (taken < most) return ok(undefined);
    return err(fail(span, 'quota', `${instance.id} takes ${most} volumes and has them.`));
  });
}

function join(
  span: Span,
  volume: VolumeRecord,
  instance: InstanceRecord,
  attachment: VolumeAttachment,
): CloudResult<VolumeRecord> {
  const { site } = span;
  const { volumes } = site.shelves;
  const image = diskOf(site, volume.id);
  return safeTry(async function* () {
    const attaching = await volumes.put(inState(span, volume, 'attaching', attachment));
    const plugged = await tie(span, image).andThen((device) =>
      plug(span, instance, { serial: volume.id, device }),
    );
    if (plugged.isOk()) return ok(await volumes.put(inState(span, attaching, 'in-use', attachment)));
    yield* unplug(span, instance, volume.id);
    yield* untie(span, image);
    await volumes.put(inState(span, attaching, 'available', undefined));
    const message = `${volume.id} did not come to ${instance.id}, and is available again.`;
    return err(fail(span, 'failed', message, { lastState: 'available', cause: plugged.error }));
  });
}

function part(
  span: Span,
  volume: VolumeRecord,
  instance: InstanceRecord,
  attachment: VolumeAttachment,
): CloudResult<VolumeRecord> {
  const { site } = span;
  const { volumes } = site.shelves;
  const image = diskOf(site, volume.id);
  return safeTry(async function* () {
    const detaching = await volumes.put(inState(span, volume, 'detaching', attachment));
    const device = yield* loopOf(span, image);
    const isHeld = device !== undefined && (await site.machine.isClaimed(device.path));
    if (isHeld) {
      await volumes.put(inState(span, detaching, 'in-use', attachment));
      const message = `${instance.id} has ${volume.id} mounted. Unmount it there first.`;
      return err(fail(span, 'busy', message, { lastState: 'in-use' }));
    }
    const gone = await unplug(span, instance, volume.id).andThen(() => untie(span, image));
    if (gone.isOk()) return ok(await volumes.put(inState(span, detaching, 'available', undefined)));
    yield* tie(span, image).andThen((again) => plug(span, instance, { serial: volume.id, device: again }));
    await volumes.put(inState(span, detaching, 'in-use', attachment));
    const message = `${volume.id} did not come off ${instance.id}, and is in use as before.`;
    return err(fail(span, 'failed', message, { lastState: 'in-use', cause: gone.error }));
  });
}
