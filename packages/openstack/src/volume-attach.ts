import type { Attachment, CloudError, CloudResult, Pairing } from '@belay/cloud';
import { fail, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { isAsleep, type Server, serverState, wordOf } from './server.ts';
import { change, type Span } from './span.ts';
import { attachmentOf, type CinderVolume, isGone, volumeState } from './volume-mapping.ts';

/**
 * Attaches a volume to a server. The volume is the truth: it is looked at before anything is asked for, so that what
 * is attached elsewhere is never touched, and the attach has succeeded when the volume says so. Nova holds the call
 * while the host answers, and a gateway may give up before it: a lost answer means looking again.
 */
export function attachVolume(span: Span, pairing: Pairing): CloudResult<Attachment> {
  return new ResultAsync(attach(span, pairing));
}

/** Each round looks, asks and waits. It takes more than one where Nova refuses what a moment before looked fine. */
export const maxRounds = 30;

async function attach(span: Span, pairing: Pairing): Promise<Result<Attachment, CloudError>> {
  // An answer was lost, and no look has told yet what became of it.
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const ready = await untilAttachable(span, pairing, inDoubt);
    if (ready.isErr()) return err(stuckIn(stillInDoubt(ready.error, inDoubt), pairing));
    if (isOn(ready.value, pairing.instanceId)) return ok(attachmentOf(ready.value, pairing.instanceId));
    const asked = await askToAttach(span, pairing);
    if (asked === 'accepted') return untilAttached(span, pairing);
    if (!('again' in asked)) return err(stillInDoubt(asked, inDoubt));
    inDoubt ||= asked.again.applied !== 'no';
    if (round === maxRounds) return err(stillInDoubt(givenUp(span, asked.again), inDoubt));
    await pause(span, round);
  }
}

function isOn({ serverIds, status }: CinderVolume, serverId: string): boolean {
  return serverIds.includes(serverId) && status !== 'detaching';
}

interface Pair {
  readonly volume: CinderVolume | undefined;
  readonly server: Server | undefined;
}

/** Until the volume is free, or ours already, and the server can take it. */
function untilAttachable(span: Span, pairing: Pairing, inDoubt: boolean): CloudResult<CinderVolume> {
  const { stack } = span;
  const { volumeId, instanceId } = pairing;
  let elsewhereSinceMs: number | undefined;
  let empty = 0;
  return wait<Pair>(span, {
    observe: (signal) =>
      ResultAsync.combine([
        stack.volumes.get(volumeId, { signal }),
        stack.servers.get(instanceId, { signal }),
      ]).map(([volume, server]) => ({ volume, server })),
    until({ volume, server }, elapsedMs) {
      if (volume === undefined || server === undefined) {
        empty += 1;
        const missing = volume === undefined ? volumeId : instanceId;
        return empty >= 3 && elapsedMs >= stack.visibilityMs ? doesNotExist(span, missing) : 'not-yet';
      }
      const hopeless = hopelessly(span, volume, server);
      if (hopeless !== undefined) return hopeless;
      if (isOn(volume, instanceId) && volume.status !== 'attaching') return 'yes';
      const other = heldBy(volume, instanceId);
      if (other !== undefined) {
        // Just after a detach a read may still show what was. Only what stays is somebody else's.
        elsewhereSinceMs ??= elapsedMs;
        const stays = elapsedMs - elsewhereSinceMs >= stack.visibilityMs / 4 && elapsedMs > elsewhereSinceMs;
        return stays ? attachedElsewhere(span, volumeId, other) : 'not-yet';
      }
      if (!takes(server)) return 'not-yet';
      // A request whose answer was lost may still be on its way: it shows within the time to settle.
      const waitsForLost = inDoubt && elapsedMs < stack.settleMs;
      return canBegin(volume) && !waitsForLost ? 'yes' : 'not-yet';
    },
    stateOf: ({ volume, server }) =>
      `${volume?.status} volume, ${server === undefined ? 'no' : wordOf(server)} server`,
    applied: 'no',
  }).andThen(({ volume }) => (volume === undefined ? err(doesNotExist(span, volumeId)) : ok(volume)));
}

function doesNotExist(span: Span, resourceId: string): CloudError {
  return fail(span, 'not-found', `${span.operation}: ${resourceId} does not exist.`, { resourceId });
}

function hopelessly(span: Span, volume: CinderVolume, server: Server): CloudError | undefined {
  if (isGone(volume)) {
    const message = `${volume.id} is ${volume.status}.`;
    return fail(span, 'not-found', message, { lastState: volume.status, resourceId: volume.id });
  }
  if (volumeState(volume) === 'failed') {
    return fail(span, 'failed', `${volume.id} is in ${volume.status}.`, { lastState: volume.status });
  }
  const state = serverState(server);
  if (state === 'gone') {
    const message = `${server.id} is ${wordOf(server)}.`;
    return fail(span, 'not-found', message, { lastState: wordOf(server), resourceId: server.id });
  }
  if (state === 'failed') {
    const message = `${server.id} is in ${wordOf(server)}, and takes no volumes.`;
    return fail(span, 'failed', message, { lastState: wordOf(server), resourceId: server.id });
  }
  // Its volume may be attached already: then there is nothing to ask of it.
  if (isAsleep(server) && !isOn(volume, server.id)) {
    const message = `${server.id} is ${wordOf(server)}, and takes no volumes until somebody wakes it.`;
    return fail(span, 'busy', message, { lastState: wordOf(server), resourceId: server.id });
  }
  return undefined;
}

/** The server that keeps us out. One that the volume is coming off does not: that is waited for. */
function heldBy(volume: CinderVolume, serverId: string): string | undefined {
  if (volume.multiAttach || volume.status === 'detaching') return undefined;
  return volume.serverIds.find((other) => other !== serverId);
}

function takes(server: Server): boolean {
  const state = serverState(server);
  return state === 'running' || state === 'stopped' || state === 'resized';
}

function canBegin({ status, multiAttach, serverIds }: CinderVolume): boolean {
  if (status === 'available') return serverIds.length === 0;
  return multiAttach && status === 'in-use';
}

function attachedElsewhere(span: Span, volumeId: string, serverId: string): CloudError {
  return fail(span, 'attached-elsewhere', `${volumeId} is attached to ${serverId}, and was left there.`, {
    lastState: 'in-use',
  });
}

/** Refused for a state that has changed since we looked, or an answer that was lost: only the next look tells. */
export interface LookAgain {
  readonly again: CloudError;
}

/** Refused each time, although it looked fine each time before. */
export function givenUp(span: Span, last: CloudError): CloudError {
  const message = `Nova refused ${span.operation} of ${span.resourceId} ${maxRounds} times. The last time: ${last.message}`;
  return fail(span, 'busy', message, { cause: last });
}

async function askToAttach(
  span: Span,
  { volumeId, instanceId }: Pairing,
): Promise<'accepted' | LookAgain | CloudError> {
  // A data volume outlives its servers: what Nova would do with it is said, and not left to its defaults.
  const body = { volumeAttachment: { volumeId, delete_on_termination: false } };
  const asked = await change(span, 'attachVolume', { path: { id: instanceId }, body });
  if (asked.isOk()) return 'accepted';
  const { error } = asked;
  // Refused for a state that has changed since we looked, ours perhaps, or an answer that was lost: the next look tells.
  const lookAgain =
    error.kind === 'busy' || error.kind === 'transient' || error.kind === 'attached-elsewhere';
  if (!lookAgain) return error;
  return { again: error };
}

async function untilAttached(span: Span, pairing: Pairing): Promise<Result<Attachment, CloudError>> {
  const { volumeId, instanceId } = pairing;
  let wasAttaching = false;
  const seen = await wait<CinderVolume | undefined>(span, {
    observe: (signal) => span.stack.volumes.get(volumeId, { signal }),
    until(volume, elapsedMs) {
      if (volume === undefined) return 'not-yet';
      if (isOn(volume, instanceId) && volume.status === 'in-use') return 'yes';
      wasAttaching ||= volumeState(volume) === 'attaching';
      const other = heldBy(volume, instanceId);
      if (other !== undefined && elapsedMs > span.stack.visibilityMs)
        return attachedElsewhere(span, volumeId, other);
      if (volumeState(volume) === 'failed' || isGone(volume)) return gaveUp(span, pairing, volume.status);
      // The host could not connect it: Nova undoes what it began, and tells nobody.
      const free = volume.status === 'available' && volume.serverIds.length === 0;
      const answered = wasAttaching || elapsedMs > span.stack.visibilityMs + graceMs;
      return free && answered ? gaveUp(span, pairing, volume.status) : 'not-yet';
    },
    stateOf: (volume) => volume?.status,
    applied: 'unknown',
  });
  return seen
    .mapErr((error) => stuckIn(error, pairing))
    .andThen((volume) =>
      volume === undefined
        ? err(fail(span, 'failed', `${volumeId} is gone.`))
        : ok(attachmentOf(volume, instanceId)),
    );
}

const graceMs = 3_000;

function gaveUp(span: Span, { volumeId, instanceId }: Pairing, lastState: string): CloudError {
  const message = `Nova accepted the attach of ${volumeId} to ${instanceId} and gave it up: the volume is ${lastState}.`;
  return fail(span, 'failed', message, { lastState });
}

/** States that a project cannot leave by itself where the other side has died. */
const stuck: readonly string[] = ['reserved', 'attaching', 'detaching'];

/** Out of time in such a state: what an operator would do about it. */
export function stuckIn(error: CloudError, { volumeId }: Pairing): CloudError {
  const state = stuck.find((one) => error.lastState?.split(' ')[0] === one);
  if (error.kind !== 'timeout' || state === undefined) return error;
  const hint = `If it stays ${state}, an operator has to look why and set it right: openstack volume set --state <state> ${volumeId}.`;
  return { ...error, message: `${error.message} ${hint}` };
}
