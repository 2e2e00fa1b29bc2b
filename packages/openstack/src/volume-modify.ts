import type { CloudError, CloudResult, VolumeChange } from '@belay/cloud';
import { fail, seenUntil, stillInDoubt } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import type { CallName } from './calls.ts';
import { change, type Span } from './span.ts';
import { type CinderVolume, isGone, volumeState } from './volume-mapping.ts';

/**
 * Grows a volume, then changes its type, as far as it is not so already: what was done by an earlier call under the
 * same key is not done again. A lost answer is looked up on the volume itself, whose size and type show it.
 */
export function modifyVolume(
  span: Span,
  id: string,
  { sizeGiB, diskType }: VolumeChange,
): CloudResult<CinderVolume> {
  return untilQuiet(span, id)
    .andThen((volume) => {
      if (sizeGiB === undefined || sizeGiB >= volume.sizeGiB) return ok(volume);
      const message = `${id} has ${volume.sizeGiB} GiB, and no volume shrinks: ${sizeGiB} is too small.`;
      return err(fail(span, 'invalid', message));
    })
    .andThen((before) =>
      (sizeGiB === undefined ? okAsync(before) : extend(span, before, sizeGiB)).andThen((volume) => {
        if (diskType === undefined) return okAsync(volume);
        // It has grown, and does not shrink again: whatever becomes of the type, something was done.
        const hasGrown = volume.sizeGiB !== before.sizeGiB;
        return retype(span, volume, diskType).mapErr((error) => stillInDoubt(error, hasGrown));
      }),
    );
}

function extend(span: Span, volume: CinderVolume, sizeGiB: number): CloudResult<CinderVolume> {
  if (volume.sizeGiB >= sizeGiB) return okAsync(volume);
  const body = { 'os-extend': { new_size: sizeGiB } };
  return ask(span, 'extendVolume', volume.id, body).andThen((answer) =>
    untilChanged(span, volume.id, answer, 'extending', (seen) => seen.sizeGiB >= sizeGiB),
  );
}

function retype(span: Span, volume: CinderVolume, diskType: string): CloudResult<CinderVolume> {
  if (volume.type === diskType) return okAsync(volume);
  const migration_policy = span.stack.settings.retypeMigration;
  const body = { 'os-retype': { new_type: diskType, migration_policy } };
  return ask(span, 'retypeVolume', volume.id, body).andThen((answer) =>
    untilChanged(span, volume.id, answer, 'retyping', (seen) => seen.type === diskType),
  );
}

type Answer = 'accepted' | 'lost';

function ask(span: Span, name: CallName, id: string, body: object): CloudResult<Answer> {
  return change(span, name, { path: { id }, body })
    .map((): Answer => 'accepted')
    .orElse((error) =>
      error.kind === 'transient' && error.applied === 'unknown' ? okAsync<Answer>('lost') : errAsync(error),
    );
}

/** Until nothing is done to the volume that keeps Cinder from beginning. */
function untilQuiet(span: Span, id: string): CloudResult<CinderVolume> {
  return look(span, id, 'no', (seen) => (isQuiet(seen) ? 'yes' : 'not-yet'));
}

function isQuiet({ status }: CinderVolume): boolean {
  return status === 'available' || status === 'in-use';
}

/** For so long the change may not have begun. */
const graceMs = 10_000;

function untilChanged(
  span: Span,
  id: string,
  answer: Answer,
  working: string,
  isDone: (seen: CinderVolume) => boolean,
): CloudResult<CinderVolume> {
  let wasWorking = false;
  return look(span, id, 'unknown', (seen, elapsedMs) => {
    wasWorking ||= seen.status === working;
    if (!isQuiet(seen)) return 'not-yet';
    if (isDone(seen)) return 'yes';
    const answered = wasWorking || elapsedMs > span.stack.visibilityMs + graceMs;
    if (!answered) return 'not-yet';
    const is = `it is ${seen.status}, ${seen.sizeGiB} GiB, ${seen.type}`;
    if (answer === 'lost' && !wasWorking) {
      // It may still be on its way to a slow service.
      const message = `The answer to the change of ${id} was lost, and nothing came of it yet: ${is}.`;
      return fail(span, 'transient', message, { lastState: seen.status, applied: 'unknown' });
    }
    const message = `Cinder accepted the change of ${id} and took it back: ${is}.`;
    return fail(span, 'failed', message, { lastState: seen.status, applied: 'no' });
  });
}

function look(
  span: Span,
  id: string,
  applied: 'no' | 'unknown',
  judge: (seen: CinderVolume, elapsedMs: number) => 'yes' | 'not-yet' | CloudError,
): CloudResult<CinderVolume> {
  return seenUntil(span, span.stack.volumes, id, {
    until(seen, elapsedMs) {
      if (isGone(seen)) return missing(span, id);
      if (volumeState(seen) !== 'failed') return judge(seen, elapsedMs);
      return fail(span, 'failed', `${id} is in ${seen.status}.`, { lastState: seen.status, applied });
    },
    stateOf: ({ status }) => status,
    applied,
  });
}

function missing(span: Span, id: string): CloudError {
  return fail(span, 'not-found', `${id} is gone.`);
}
