import type { Volume as Ec2Volume } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, Pairing, StorageVolume } from '@belay/cloud';
import { fail, mustExist, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { isRootDevice } from './instance-mapping.ts';
import { repeat, type Span } from './span.ts';
import { givenUp, type LookAgain, maxRounds, wordFor } from './volume-attach.ts';
import { attachmentsOf, volumeOf } from './volume-mapping.ts';

/**
 * Ends one attachment. The instance is always named, so that a request that arrives late cannot undo an attachment
 * that was made since. Never forced. The first reads after it may still say `attached`: whatever they say, the
 * attachment has ended when the volume no longer shows it.
 */
export function detachVolume(span: Span, pairing: Pairing): CloudResult<StorageVolume> {
  return new ResultAsync(detach(span, pairing));
}

async function detach(span: Span, pairing: Pairing): Promise<Result<StorageVolume, CloudError>> {
  // An answer was lost, and no look has told yet what became of it.
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const seen = await mustExist(span, span.ec2.volumes, pairing.volumeId);
    if (seen.isErr()) return err(stillInDoubt(seen.error, inDoubt));
    // On one other instance is proof enough that it is not on this one. No attachment at all may be an old read.
    if (isElsewhere(seen.value, pairing.instanceId)) return ok(volumeOf(seen.value));
    const ours = ourState(seen.value, pairing.instanceId);
    const asked =
      ours === 'detaching' || ours === 'busy' ? 'accepted' : await askToDetach(span, pairing, seen.value);
    if (asked === 'accepted') return untilDetached(span, pairing);
    if (!('again' in asked)) return err(stillInDoubt(asked, inDoubt));
    inDoubt ||= asked.again.applied !== 'no';
    if (round === maxRounds) return err(stillInDoubt(givenUp(span, asked.again), inDoubt));
    await pause(span, round);
  }
}

function isElsewhere(volume: Ec2Volume, instanceId: string): boolean {
  const all = attachmentsOf(volume);
  return all.some(({ State }) => State === 'attached') && all.every((one) => one.InstanceId !== instanceId);
}

function ourState(volume: Ec2Volume, instanceId: string): string | undefined {
  return attachmentsOf(volume).find((one) => one.InstanceId === instanceId)?.State;
}

async function askToDetach(
  span: Span,
  { volumeId: VolumeId, instanceId: InstanceId }: Pairing,
  volume: Ec2Volume,
): Promise<'accepted' | LookAgain | CloudError> {
  const refusal = await refusalOfRoot(span, volume, InstanceId);
  if (refusal.isErr()) return refusal.error;
  const asked = await repeat(span, (api, signal) =>
    api.detachVolume({ VolumeId, InstanceId, Force: false }, signal),
  );
  if (asked.isOk()) return 'accepted';
  const { error } = asked;
  // EC2 says so of a root disk.
  if (error.kind === 'protected') return { ...error, kind: 'invalid' };
  const notThere = error.kind === 'not-found' || error.code === 'IncorrectState';
  // Refused because it is not attached there: the reads have to agree, and it is done.
  if (notThere && ourState(volume, InstanceId) === undefined) return 'accepted';
  if (!notThere && error.kind !== 'busy') return error;
  return { again: error };
}

/** A guest without its root disk is dead; EC2 refuses it only while the instance runs. */
function refusalOfRoot(span: Span, volume: Ec2Volume, instanceId: string): CloudResult<void> {
  const ours = attachmentsOf(volume).find((one) => one.InstanceId === instanceId);
  if (ours === undefined) return okAsync(undefined);
  return span.ec2.instances.get(instanceId, { signal: span.signal }).andThen((instance) => {
    if (instance === undefined || !isRootDevice(instance, ours.Device)) return ok(undefined);
    return err(
      fail(span, 'invalid', `${volume.VolumeId} is the root disk of ${instanceId}, and was left there.`),
    );
  });
}

async function untilDetached(
  span: Span,
  { volumeId, instanceId }: Pairing,
): Promise<Result<StorageVolume, CloudError>> {
  let attachedSinceMs: number | undefined;
  let wasLeaving = false;
  const seen = await wait<Ec2Volume | undefined>(span, {
    observe: (signal) => span.ec2.volumes.get(volumeId, { signal }),
    until(volume, elapsedMs) {
      if (volume === undefined) return 'not-yet';
      const ours = ourState(volume, instanceId);
      if (ours === 'attached') {
        attachedSinceMs ??= elapsedMs;
        return isTakenBack(span, elapsedMs - attachedSinceMs, wasLeaving)
          ? takenBack(span, volumeId, instanceId)
          : 'not-yet';
      }
      attachedSinceMs = undefined;
      wasLeaving ||= ours !== undefined;
      if (ours !== undefined) return 'not-yet';
      const free = volume.State === 'available' && attachmentsOf(volume).length === 0;
      return free || isElsewhere(volume, instanceId) ? 'yes' : 'not-yet';
    },
    stateOf: (volume) => (volume === undefined ? undefined : wordFor(volume, instanceId)),
    applied: 'unknown',
  });
  return seen
    .mapErr((error) => heldByGuest(error, volumeId))
    .andThen((volume) =>
      volume === undefined ? err(fail(span, 'not-found', `${volumeId} is gone.`)) : ok(volumeOf(volume)),
    );
}

/**
 * A read may be old, also after a newer one. So `attached` means that EC2 has taken the detach back only where it stays
 * longer than a read can be behind; and longer still where no read has shown the detach at all.
 */
function isTakenBack({ ec2 }: Span, attachedForMs: number, wasLeaving: boolean): boolean {
  return attachedForMs >= ec2.visibilityMs * (wasLeaving ? 1 : 4);
}

function takenBack(span: Span, volumeId: string, instanceId: string): CloudError {
  const message = `EC2 accepted the detach of ${volumeId} from ${instanceId} and took it back.`;
  return fail(span, 'failed', message, { lastState: 'attached', applied: 'unknown' });
}

/** EC2 lets a detach wait for the guest without end. Out of time in that state is not slowness but a held disk. */
function heldByGuest(error: CloudError, volumeId: string): CloudError {
  if (error.kind !== 'timeout' || error.lastState !== 'busy') return error;
  const message = `The guest still holds ${volumeId}: unmount it there, then detach again. ${error.message}`;
  return { ...error, kind: 'busy', message };
}
