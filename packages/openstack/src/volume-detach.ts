import type { CloudError, CloudResult, Pairing, StorageVolume } from '@belay/cloud';
import { absenceOf, fail, pause, seenUntil, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { bootsFromVolume, rootVolumeOf } from './instance-mapping.ts';
import { change, type Span } from './span.ts';
import { givenUp, type LookAgain, maxRounds, stuckIn } from './volume-attach.ts';
import { type CinderVolume, volumeOf, volumeState } from './volume-mapping.ts';

/**
 * Detaches a volume from one server. The server is always named, so that a request that arrives late cannot undo an
 * attachment that was made since. It is sent again only after a look has shown that the volume is attached there and
 * nothing is under way. A guest that does not let go makes Nova take the detach back: that is `busy`, at once.
 */
export function detachVolume(span: Span, pairing: Pairing): CloudResult<StorageVolume> {
  return new ResultAsync(detach(span, pairing));
}

async function detach(span: Span, pairing: Pairing): Promise<Result<StorageVolume, CloudError>> {
  // An answer was lost, and no look has told yet what became of it.
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const seen = await untilKnown(span, pairing, inDoubt);
    if (seen.isErr()) return err(stuckIn(stillInDoubt(seen.error, inDoubt), pairing));
    if (isOff(seen.value, pairing.instanceId)) return ok(volumeOf(seen.value));
    const asked = isLeaving(seen.value) ? 'accepted' : await askToDetach(span, pairing);
    if (asked === 'accepted') return untilDetached(span, pairing);
    if (!('again' in asked)) return err(stillInDoubt(asked, inDoubt));
    inDoubt ||= asked.again.applied !== 'no';
    if (round === maxRounds) return err(stillInDoubt(givenUp(span, asked.again), inDoubt));
    await pause(span, round);
  }
}

/** Available, or attached only to others: either is proof that it is not on this one. */
function isOff(volume: CinderVolume, serverId: string): boolean {
  if (volume.serverIds.includes(serverId)) return false;
  const state = volumeState(volume);
  return state === 'available' || state === 'failed' || volume.serverIds.length > 0;
}

/** While several servers have it, nobody is told which one it comes off: that has to end first. */
function isLeaving({ status, serverIds }: CinderVolume): boolean {
  return status === 'detaching' && serverIds.length < 2;
}

/** Until the volume shows where it is: while it attaches, it tells nobody to what. */
function untilKnown(
  span: Span,
  { volumeId, instanceId }: Pairing,
  inDoubt: boolean,
): CloudResult<CinderVolume> {
  return seenUntil(span, span.stack.volumes, volumeId, {
    until(seen, elapsedMs) {
      if (isOff(seen, instanceId) || isLeaving(seen)) return 'yes';
      const waitsForLost = inDoubt && elapsedMs < span.stack.settleMs;
      return seen.status === 'in-use' && !waitsForLost ? 'yes' : 'not-yet';
    },
    stateOf: ({ status }) => status,
    applied: 'no',
  });
}

function missing(span: Span, volumeId: string): CloudError {
  return fail(span, 'not-found', `${volumeId} is gone.`, { applied: 'unknown' });
}

async function askToDetach(
  span: Span,
  { volumeId, instanceId }: Pairing,
): Promise<'accepted' | LookAgain | CloudError> {
  const refusal = await refusalOfRoot(span, volumeId, instanceId);
  if (refusal.isErr()) return refusal.error;
  const asked = await change(span, 'detachVolume', { path: { id: instanceId, volume: volumeId } });
  if (asked.isOk()) return 'accepted';
  const { error } = asked;
  // Not attached there, being detached already, or refused for a state that has changed: the next look tells.
  const lookAgain = error.kind === 'not-found' || error.kind === 'busy' || error.kind === 'transient';
  if (!lookAgain) return error;
  return { again: error };
}

/** A guest without its root disk is dead. Nova refuses it too; not all releases do so while the server is stopped. */
function refusalOfRoot(span: Span, volumeId: string, serverId: string): CloudResult<void> {
  return span.stack.servers.get(serverId, { signal: span.signal }).andThen((server) => {
    if (server === undefined || !bootsFromVolume(server)) return ok(undefined);
    return rootVolumeOf(span, serverId).andThen((root) =>
      root === volumeId
        ? err(fail(span, 'invalid', `${volumeId} is the root disk of ${serverId}, and was left there.`))
        : ok(undefined),
    );
  });
}

async function untilDetached(span: Span, pairing: Pairing): Promise<Result<StorageVolume, CloudError>> {
  const { volumeId, instanceId } = pairing;
  let wasLeaving = false;
  const absence = absenceOf(span, span.visibilityMs);
  const seen = await wait<CinderVolume | undefined>(span, {
    observe: (signal) => span.stack.volumes.get(volumeId, { signal }),
    until(volume, elapsedMs) {
      if (volume === undefined) return absence.isBelieved(elapsedMs) ? missing(span, volumeId) : 'not-yet';
      absence.seen();
      if (isOff(volume, instanceId)) return 'yes';
      wasLeaving ||= volume.status === 'detaching';
      // Back in use after it was coming off: the guest did not let go. Before, it may be an old read.
      const answered = wasLeaving || elapsedMs > span.stack.visibilityMs + graceMs;
      return volume.status === 'in-use' && answered ? heldByGuest(span, pairing) : 'not-yet';
    },
    stateOf: (volume) => volume?.status,
    applied: 'unknown',
  });
  return seen
    .mapErr((error) => stuckIn(error, pairing))
    .andThen((volume) => (volume === undefined ? err(missing(span, volumeId)) : ok(volumeOf(volume))));
}

/** Longer than any host was seen to take until it says that it has begun. */
const graceMs = 10_000;

function heldByGuest(span: Span, { volumeId, instanceId }: Pairing): CloudError {
  const message = `${volumeId} did not come off ${instanceId} and is in use there: unmount it in the guest, then detach again.`;
  return fail(span, 'busy', message, { lastState: 'in-use' });
}
