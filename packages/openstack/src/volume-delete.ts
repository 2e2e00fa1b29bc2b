import type { CloudResult } from '@belay/cloud';
import { errAsync, okAsync } from 'neverthrow';
import { lookUp } from './look.ts';
import { fail, repeat, type Span, wait } from './span.ts';
import { type CinderVolume, isGone } from './volume-mapping.ts';

/** Deletes a volume. Cinder says of all that keeps it from that in one and the same sentence; the volume says more. */
export function deleteVolume(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.stack.volumes, id).andThen((volume) => {
    if (volume === undefined || volume.status === 'deleted') return okAsync(undefined);
    if (volume.serverIds.length > 0) {
      const message = `${id} is attached to ${volume.serverIds.join(', ')}, and was kept.`;
      return errAsync(fail(span, 'busy', message, { lastState: volume.status }));
    }
    const asked = isGone(volume)
      ? okAsync(undefined)
      : repeat(span, 'deleteVolume', { path: { id } })
          .map(() => undefined)
          .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)));
    return asked.andThen(() => untilDeleted(span, id));
  });
}

function untilDeleted(span: Span, id: string): CloudResult<void> {
  return wait<CinderVolume | undefined>(span, {
    observe: (signal) => span.stack.volumes.get(id, { signal }),
    until(seen) {
      if (seen === undefined || seen.status === 'deleted') return 'yes';
      if (seen.status !== 'error_deleting') return 'not-yet';
      return fail(span, 'failed', `${id} could not be deleted.`, { lastState: seen.status });
    },
    stateOf: (seen) => seen?.status,
    applied: 'unknown',
  }).map(() => undefined);
}
