import type { CloudResult } from '@belay/cloud';
import { fail, lookUp, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { isServerTag } from './key-tags.ts';
import { type Server, serverState, wordOf } from './server.ts';
import { repeat, type Span } from './span.ts';

/**
 * Deletes a server and waits until Nova no longer shows it. A locked one is protected, also from an administrator,
 * whom Nova itself would let through. "Not found" from the delete is not yet the proof that it is gone: the reads
 * have to agree.
 */
export function deleteServer(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.stack.servers, id).andThen((server) => {
    if (server === undefined || isDeleted(server)) return okAsync(undefined);
    if (server.locked) {
      const message = `${id} is locked, and was left alone.`;
      return errAsync(fail(span, 'protected', message, { lastState: wordOf(server) }));
    }
    return repeat(span, 'deleteServer', { path: { id } })
      .map(() => undefined)
      .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)))
      .andThen(() => untilGone(span, id))
      .andThen(() => (server.wasLaunched ? okAsync(undefined) : untilUnlisted(span, server)));
  });
}

function isDeleted({ status }: Server): boolean {
  return status === 'DELETED' || status === 'SOFT_DELETED';
}

function untilGone(span: Span, id: string): CloudResult<void> {
  let wasDeleting = false;
  return wait<Server | undefined>(span, {
    observe: (signal) => span.stack.servers.get(id, { signal }),
    until(seen) {
      if (seen === undefined || isDeleted(seen)) return 'yes';
      wasDeleting ||= serverState(seen) === 'gone';
      // It was being deleted, and no longer is.
      if (wasDeleting && seen.task === undefined && seen.status === 'ERROR') {
        const message = `${id} could not be deleted: ${seen.fault ?? 'Nova gives no reason'}`;
        return fail(span, 'failed', message, { lastState: wordOf(seen) });
      }
      return 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : wordOf(seen)),
    applied: 'unknown',
  }).map(() => undefined);
}

/**
 * Nova's lists put requests to build before what its cells hold, and Nova deletes a server that came to nothing without
 * its request: the conductor puts that away a moment later (`get_all` and `_delete` in Nova's compute/api.py, 26.2).
 * Until then whoever looks for the key finds a server that is being built, and that never will be.
 */
function untilUnlisted(span: Span, { id, tags }: Server): CloudResult<void> {
  const tag = tags.find(isServerTag);
  if (tag === undefined) return okAsync(undefined);
  return wait<readonly Server[] | undefined>(span, {
    observe: (signal) => span.stack.byKey.servers.get(tag, { signal }),
    until: (listed = []) => (listed.some((one) => one.id === id) ? 'not-yet' : 'yes'),
    stateOf: (listed) => listed?.find((one) => one.id === id)?.status,
    applied: 'unknown',
  }).map(() => undefined);
}
