import type { CloudError, CloudResult } from '@belay/cloud';
import { absenceOf, fail, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result } from 'neverthrow';
import { type Flavor, mustFindFlavor } from './flavors.ts';
import { type Server, serverState, wordOf } from './server.ts';
import { failedEvents, foundNoHost } from './server-actions.ts';
import { gone, lost, untilSettled } from './server-power.ts';
import { change, repeat, type Span } from './span.ts';

/**
 * Nova makes the server anew in its other flavor and keeps the old one until that is confirmed or taken back. The
 * guest restarts on the way. Where no host has room for the new one the server comes back in its old flavor, which is
 * `out-of-stock`, and it serves on.
 */
export function resizeServer(span: Span, id: string, instanceType: string): CloudResult<Server> {
  return mustFindFlavor(span, instanceType).andThen((flavor) =>
    untilSettled(span, id, ['running', 'stopped', 'resized']).andThen((now) => {
      if (now.flavor === flavor.name) return okAsync(now);
      if (serverState(now) === 'resized') {
        const message = `${id} is of type ${now.flavor} by a resize that has to be confirmed or taken back first.`;
        return errAsync(fail(span, 'busy', message, { lastState: wordOf(now) }));
      }
      if (now.locked) return errAsync(locked(span, now));
      const body = { resize: { flavorRef: flavor.id } };
      return (
        change(span, 'resizeServer', { path: { id }, body })
          .map(() => undefined)
          // A lost answer: the server itself shows whether it is being resized.
          .orElse((error) =>
            error.applied === 'unknown' && error.kind === 'transient' ? okAsync(undefined) : errAsync(error),
          )
          .andThen(() => untilResized(span, now, flavor))
      );
    }),
  );
}

/** Gives the old one up. */
export function confirmResize(span: Span, id: string): CloudResult<Server> {
  return untilSettled(span, id, ['running', 'stopped', 'resized']).andThen((now) => {
    if (serverState(now) !== 'resized') return okAsync(now);
    return repeat(span, 'confirmResize', { path: { id }, body: { confirmResize: null } })
      .map(() => undefined)
      .orElse((error) => (error.kind === 'busy' ? okAsync(undefined) : errAsync(error)))
      .andThen(() => untilBack(span, id, now.flavor));
  });
}

/** Takes the old one back. */
export function revertResize(span: Span, id: string): CloudResult<Server> {
  return untilSettled(span, id, ['running', 'stopped', 'resized']).andThen((now) => {
    if (serverState(now) !== 'resized') {
      const message = `${id} is ${wordOf(now)}: there is no resize to take back.`;
      return errAsync(fail(span, 'busy', message, { lastState: wordOf(now) }));
    }
    return (
      repeat(span, 'revertResize', { path: { id }, body: { revertResize: null } })
        .map(() => undefined)
        // Sent again after a lost answer, it is refused because it is under way.
        .orElse((error) =>
          error.kind === 'busy' && error.applied === 'unknown' ? okAsync(undefined) : errAsync(error),
        )
        .andThen(() => untilBack(span, id, undefined, now.flavor))
    );
  });
}

function locked(span: Span, server: Server): CloudError {
  const message = `${server.id} is locked, and was left as it is.`;
  return fail(span, 'protected', message, { lastState: wordOf(server) });
}

function untilResized(span: Span, before: Server, flavor: Flavor): CloudResult<Server> {
  return untilAnswered(span, before, flavor).orElse((error) => {
    if (error.code !== cameBack) return errAsync(error);
    const { code: _, ...plain } = error;
    return failedEvents(span, before.id, 'resize')
      .orElse(() => okAsync([]))
      .andThen((events) =>
        errAsync(foundNoHost(events) ? { ...plain, kind: 'out-of-stock' as const } : plain),
      );
  });
}

function untilAnswered(span: Span, before: Server, flavor: Flavor): CloudResult<Server> {
  let wasOnItsWay = false;
  return look(span, before.id, (seen, elapsedMs) => {
    const state = serverState(seen);
    // Some clouds confirm by themselves after a while.
    const settled = state === 'resized' || state === 'running' || state === 'stopped';
    if (settled && seen.task === undefined && seen.flavor === flavor.name) return 'yes';
    wasOnItsWay ||= seen.task !== undefined || state === 'resizing';
    if (state === 'failed') return cameToNothing(span, seen);
    const answered = wasOnItsWay || elapsedMs > 2 * span.stack.visibilityMs + graceMs;
    const isBack = settled && seen.task === undefined && seen.flavor === before.flavor;
    return isBack && answered ? cameToNothing(span, seen) : 'not-yet';
  });
}

const graceMs = 5_000;

/** Until it runs or is stopped with nothing kept, in this flavor or in another one than that. */
function untilBack(span: Span, id: string, flavor: string | undefined, not?: string): CloudResult<Server> {
  return look(span, id, (seen) => {
    const state = serverState(seen);
    if (state === 'failed') return cameToNothing(span, seen);
    const settled = (state === 'running' || state === 'stopped') && seen.task === undefined;
    const isRight = (flavor === undefined || seen.flavor === flavor) && seen.flavor !== not;
    return settled && isRight ? 'yes' : 'not-yet';
  });
}

function look(
  span: Span,
  id: string,
  judge: (seen: Server, elapsedMs: number) => 'yes' | 'not-yet' | CloudError,
): CloudResult<Server> {
  const absence = absenceOf(span, span.visibilityMs);
  return wait<Server | undefined>(span, {
    observe: (signal) => span.stack.servers.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? lost(span, id) : 'not-yet';
      absence.seen();
      return serverState(seen) === 'gone' ? gone(span, id, seen) : judge(seen, elapsedMs);
    },
    stateOf: (seen) => (seen === undefined ? undefined : wordOf(seen)),
    applied: 'unknown',
  }).andThen((seen): Result<Server, CloudError> => (seen === undefined ? err(gone(span, id)) : ok(seen)));
}

/** The mark of a resize that Nova took back. */
const cameBack = 'resize-taken-back';

function cameToNothing(span: Span, server: Server): CloudError {
  const isFailed = serverState(server) === 'failed';
  const why = server.fault === undefined ? '' : `: ${server.fault}`;
  const message = `The resize of ${server.id} came to nothing, and it is ${wordOf(server)} as ${server.flavor}${why}.`;
  return fail(span, 'failed', message, {
    lastState: wordOf(server),
    applied: isFailed ? 'unknown' : 'no',
    ...(isFailed ? {} : { code: cameBack }),
  });
}
