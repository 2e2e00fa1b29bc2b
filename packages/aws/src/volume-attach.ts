import type { Instance as Ec2Instance, Volume as Ec2Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import type { Attachment, CloudError, CloudResult, Pairing } from '@belay/cloud';
import { fail, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { instanceState } from './instance-mapping.ts';
import { change, type Span } from './span.ts';
import { attachmentOf, attachmentsOf } from './volume-mapping.ts';

/**
 * Attaches a volume to an instance. The volume is the truth: it is looked at before anything is asked for, so that
 * what is attached elsewhere is never touched, and the attach has succeeded when the volume says so. A lost answer
 * means looking again; asking twice for the same pair is harmless, for EC2 refuses the second.
 */
export function attachVolume(span: Span, pairing: Pairing): CloudResult<Attachment> {
  return new ResultAsync(attach(span, pairing));
}

/** Each round looks, asks and waits. It takes more than one where EC2 refuses what a moment before looked fine. */
export const maxRounds = 30;

async function attach(span: Span, pairing: Pairing): Promise<Result<Attachment, CloudError>> {
  // An answer was lost, and no look has told yet what became of it.
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const ready = await untilAttachable(span, pairing);
    if (ready.isErr()) return err(stillInDoubt(ready.error, inDoubt));
    const there = attachmentTo(ready.value.volume, pairing.instanceId);
    if (there !== undefined) return untilAttached(span, pairing);
    const asked = await askToAttach(span, pairing, ready.value.instance);
    if (asked === 'accepted') return untilAttached(span, pairing);
    if (!('again' in asked)) return err(stillInDoubt(asked, inDoubt));
    inDoubt ||= asked.again.applied !== 'no';
    if (round === maxRounds) return err(stillInDoubt(givenUp(span, asked.again), inDoubt));
    await pause(span, round);
  }
}

interface Ready {
  readonly volume: Ec2Volume;
  readonly instance: Ec2Instance;
}

/** Until the volume is free, or ours already, and the instance can take it. */
function untilAttachable(span: Span, pairing: Pairing): CloudResult<Ready> {
  const { ec2 } = span;
  const { volumeId, instanceId } = pairing;
  let elsewhereSinceMs: number | undefined;
  let empty = 0;
  return wait<Partial<Ready>>(span, {
    observe: (signal) =>
      ResultAsync.combine([
        ec2.volumes.get(volumeId, { signal }),
        ec2.instances.get(instanceId, { signal }),
      ]).map(([volume, instance]) => ({
        ...(volume === undefined ? {} : { volume }),
        ...(instance === undefined ? {} : { instance }),
      })),
    until({ volume, instance }, elapsedMs) {
      if (volume === undefined || instance === undefined) {
        empty += 1;
        const missing = volume === undefined ? volumeId : instanceId;
        return empty >= 3 && elapsedMs >= ec2.visibilityMs ? doesNotExist(span, missing) : 'not-yet';
      }
      const hopeless = hopelessly(span, volume, instance);
      if (hopeless !== undefined) return hopeless;
      const other = heldBy(volume, instanceId);
      if (other === undefined) return isReady(volume, instance, instanceId) ? 'yes' : 'not-yet';
      // Just after a detach a read may still show what was. Only what stays is somebody else's.
      elsewhereSinceMs ??= elapsedMs;
      const stays = elapsedMs > elsewhereSinceMs && elapsedMs - elsewhereSinceMs >= ec2.visibilityMs / 5;
      return stays ? attachedElsewhere(span, volumeId, other) : 'not-yet';
    },
    stateOf: ({ volume, instance }) => `${volume?.State} volume, ${instance?.State?.Name} instance`,
    applied: 'no',
  }).andThen(({ volume, instance }) =>
    volume === undefined || instance === undefined
      ? err(doesNotExist(span, volume === undefined ? volumeId : instanceId))
      : ok({ volume, instance }),
  );
}

function doesNotExist(span: Span, resourceId: string): CloudError {
  return fail(span, 'not-found', `${span.operation}: ${resourceId} does not exist.`, { resourceId });
}

function hopelessly(span: Span, volume: Ec2Volume, instance: Ec2Instance): CloudError | undefined {
  const { VolumeId, State } = volume;
  if (State === 'error') return fail(span, 'failed', `${VolumeId} is in error.`, { lastState: State });
  if (State === 'deleting' || State === 'deleted') {
    return fail(span, 'not-found', `${VolumeId} is ${State}.`, { lastState: State, resourceId: VolumeId });
  }
  if (instanceState(instance) === 'gone') {
    const lastState = instance.State?.Name;
    const message = `${instance.InstanceId} is ${lastState}.`;
    return fail(span, 'not-found', message, { lastState, resourceId: instance.InstanceId });
  }
  const zone = instance.Placement?.AvailabilityZone;
  if (zone !== undefined && volume.AvailabilityZone !== undefined && zone !== volume.AvailabilityZone) {
    const message = `${VolumeId} is in ${volume.AvailabilityZone} and ${instance.InstanceId} in ${zone}.`;
    return fail(span, 'zone-mismatch', message);
  }
  return undefined;
}

/** The attachment that keeps us out. One that is on its way off does not: it is waited for. */
function heldBy(volume: Ec2Volume, instanceId: string): VolumeAttachment | undefined {
  return attachmentsOf(volume).find(
    (one) => one.InstanceId !== instanceId && attachmentOf(one).state !== 'detaching',
  );
}

function isReady(volume: Ec2Volume, instance: Ec2Instance, instanceId: string): boolean {
  const ours = attachmentTo(volume, instanceId);
  if (ours !== undefined) return attachmentOf(ours).state !== 'detaching';
  const takes = ['running', 'stopped'].includes(instanceState(instance));
  return takes && volume.State === 'available' && attachmentsOf(volume).length === 0;
}

function attachmentTo(volume: Ec2Volume, instanceId: string): VolumeAttachment | undefined {
  return attachmentsOf(volume).find((one) => one.InstanceId === instanceId);
}

function attachedElsewhere(
  span: Span,
  volumeId: string,
  { InstanceId, State }: VolumeAttachment,
): CloudError {
  return fail(span, 'attached-elsewhere', `${volumeId} is attached to ${InstanceId}, and was left there.`, {
    lastState: State,
  });
}

/** Refused for a state that has changed since we looked, or an answer that was lost: only the next look tells. */
export interface LookAgain {
  readonly again: CloudError;
}

/** Refused each time, although it looked fine each time before. */
export function givenUp(span: Span, last: CloudError): CloudError {
  const message = `EC2 refused ${span.operation} of ${span.resourceId} ${maxRounds} times. The last time: ${last.message}`;
  return fail(span, 'busy', message, { cause: last });
}

async function askToAttach(
  span: Span,
  { volumeId: VolumeId, instanceId: InstanceId }: Pairing,
  instance: Ec2Instance,
): Promise<'accepted' | LookAgain | CloudError> {
  const inUse = (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName }) => DeviceName ?? []);
  const Device = span.ec2.devices.choose(InstanceId, VolumeId, [...inUse, instance.RootDeviceName ?? '']);
  if (Device === undefined) return fail(span, 'quota', `${InstanceId} has no device name left.`);
  const asked = await change(span, (api, signal) =>
    api.attachVolume({ VolumeId, InstanceId, Device }, signal),
  );
  if (asked.isOk()) return 'accepted';
  const { error } = asked;
  if (error.kind === 'invalid' && /already in use/i.test(error.message)) {
    span.ec2.devices.refused(InstanceId, Device);
    return { again: error };
  }
  // Refused for a state that has changed since we looked, or an answer that was lost: the next look tells.
  if (error.kind !== 'busy' && error.kind !== 'transient') return error;
  return { again: error };
}

async function untilAttached(
  span: Span,
  { volumeId, instanceId }: Pairing,
): Promise<Result<Attachment, CloudError>> {
  let wasAttaching = false;
  const seen = await wait<Ec2Volume | undefined>(span, {
    observe: (signal) => span.ec2.volumes.get(volumeId, { signal }),
    until(volume, elapsedMs) {
      if (volume === undefined) return 'not-yet';
      const ours = attachmentTo(volume, instanceId);
      if (ours?.State === 'attached') return 'yes';
      wasAttaching ||= ours !== undefined;
      const other = heldBy(volume, instanceId);
      if (other !== undefined && elapsedMs > span.ec2.visibilityMs)
        return attachedElsewhere(span, volumeId, other);
      const givenUp = ours === undefined && (wasAttaching || elapsedMs > span.ec2.visibilityMs * 2);
      if (!givenUp || volume.State !== 'available') return 'not-yet';
      const message = `EC2 accepted the attach of ${volumeId} to ${instanceId} and gave it up.`;
      return fail(span, 'failed', message, { lastState: volume.State });
    },
    stateOf: (volume) => (volume === undefined ? undefined : wordFor(volume, instanceId)),
    applied: 'unknown',
  });
  return seen.andThen((volume) => {
    const ours = volume === undefined ? undefined : attachmentTo(volume, instanceId);
    return ours === undefined ? err(fail(span, 'failed', `${volumeId} is gone.`)) : ok(attachmentOf(ours));
  });
}

/** The attachment's state where there is one, the volume's where there is none. */
export function wordFor(volume: Ec2Volume, instanceId: string): string | undefined {
  return attachmentTo(volume, instanceId)?.State ?? volume.State;
}
