import { type CloudError, type CloudResult, type InstanceSpec, KEY_TAG, Secret } from '@belay/cloud';
import { absenceOf, fail, lookByKey, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { type Flavor, mustFindFlavor } from './flavors.ts';
import { hasKey, serverTag } from './key-tags.ts';
import { type Server, serverOf, serverState, wordOf } from './server.ts';
import { deleteServer } from './server-delete.ts';
import { refusalOf, requestOf } from './server-request.ts';
import { change, type Span } from './span.ts';
import { objectAt } from './wire.ts';

/**
 * Makes one server for one key and waits until it runs. Nova accepts what it cannot place, and the server fails
 * afterwards: such a server has never run, so it is deleted, and the error says why. Found under the key later, by a
 * call that carries on, it is cleared away just the same and a new one is made.
 */
export function createServer(span: Span, spec: InstanceSpec, key: string): CloudResult<Server> {
  const refusal = refusalOf(span, spec);
  if (refusal !== undefined) return errAsync(refusal);
  return mustFindFlavor(span, spec.instanceType).andThen((flavor) =>
    clearStillborn(span, key).andThen(() => createFrom(span, spec, flavor, key)),
  );
}

/** All that carry the key and are not gone. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Server[]> {
  return lookByKey(span, span.stack.byKey.servers, serverTag(key)).map((all) =>
    all.filter((one) => carries(one, key) && serverState(one) !== 'gone'),
  );
}

/**
 * A list with a filter leaves out, without a word, all servers in a part of Nova whose database does not answer. One
 * without any filter names them, with a state that nobody knows: while there is such a one, a key may be on it.
 */
export function noneHidden(span: Span, key: string): CloudResult<void> {
  return lookByKey(span, span.stack.byKey.hidden, serverTag(key)).andThen(([hidden]) => {
    if (hidden === undefined) return ok(undefined);
    const message = `Nova cannot show ${hidden} just now, which may carry the key: nobody knows what is there.`;
    return err(fail(span, 'transient', message, { applied: 'no' }));
  });
}

/** The tag is what was asked for; the key itself, where somebody has not taken it away, is compared once more. */
function carries({ tags, metadata }: Server, key: string): boolean {
  return tags.includes(serverTag(key)) && (metadata[KEY_TAG] === undefined || hasKey(metadata, key));
}

function createFrom(span: Span, spec: InstanceSpec, flavor: Flavor, key: string): CloudResult<Server> {
  // Whatever is in it for the guest, it is nobody else's.
  const secrets = spec.userData === undefined ? [] : [new Secret(spec.userData)];
  return requestOf(span, spec, flavor, key).andThen((body) =>
    createOnce<Server>({
      span,
      key,
      look: () => livingUnder(span, key),
      mustBeAbsent: () => noneHidden(span, key),
      create: () =>
        change(span, 'createServer', { body, secrets }).andThen((reply) => accepted(span, reply.body)),
      idOf: ({ id }) => id,
      difference: (made) => difference(made, spec, flavor),
    }).andThen(({ id }) => untilRuns({ ...span, resourceId: id }, id)),
  );
}

/** Nova answers with little more than the id. */
function accepted(span: Span, body: Readonly<Record<string, unknown>>): Result<Server, CloudError> {
  const server = serverOf(objectAt(body, 'server'));
  if (server.id !== '') return ok(server);
  return err(fail(span, 'transient', 'Nova accepted a server and named no id.', { applied: 'unknown' }));
}

function difference(made: Server, spec: InstanceSpec, flavor: Flavor): string | undefined {
  if (made.flavor !== flavor.name) return `is of type ${made.flavor}, not ${flavor.name}`;
  // Before it has been placed it is nowhere.
  if (made.zone !== '' && made.zone !== spec.zone) return `is in ${made.zone}, not ${spec.zone}`;
  if (made.imageId !== undefined && made.imageId !== spec.imageId) {
    return `boots from ${made.imageId}, not ${spec.imageId}`;
  }
  return undefined;
}

function untilRuns(span: Span, id: string): CloudResult<Server> {
  const absence = absenceOf(span, invisibleMs);
  return wait<Server | undefined>(span, {
    observe: (signal) => span.stack.servers.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? vanished(span, id) : 'not-yet';
      absence.seen();
      const state = serverState(seen);
      if (state === 'running') return 'yes';
      if (state === 'gone') return vanished(span, id);
      if (state === 'failed') return gaveUp(span, seen);
      // Somebody has stopped or resized what was adopted: it exists, and that is what a create is for, but it does not run.
      const settled = state === 'stopped' || state === 'resized';
      return settled && seen.wasLaunched ? doesNotRun(span, seen) : 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : wordOf(seen)),
    // It is there; whether it will run, which is what was asked for, nobody knows yet.
    applied: 'unknown',
  })
    .andThen((seen) => (seen === undefined ? err(vanished(span, id)) : ok(seen)))
    .orElse((error) => (error.code === stillborn ? clearAway(span, id, error) : errAsync(error)));
}

/** For so long a server that Nova has promised may stay out of sight; longer, and it came to nothing. */
const invisibleMs = 60_000;

function vanished(span: Span, id: string): CloudError {
  return fail(span, 'failed', `Nova accepted ${id}, and then it was gone.`, { applied: 'unknown' });
}

function doesNotRun(span: Span, server: Server): CloudError {
  const message = `${server.id} was made under this key before, and is ${wordOf(server)}.`;
  return fail(span, 'busy', message, { lastState: wordOf(server), applied: 'yes' });
}

/** The mark of a server that failed before it ever ran. */
const stillborn = 'ERROR';

/** Nova accepts a change and says afterwards, in the server's fault, why it came to nothing. */
export function gaveUp(span: Span, server: Server): CloudError {
  const why = server.fault?.trim() ?? 'Nova gives no reason';
  const kind = /no valid host/i.test(why) ? 'out-of-stock' : /quota/i.test(why) ? 'quota' : 'failed';
  return fail(span, kind, `${server.id} went to ${wordOf(server)}: ${why}`, {
    lastState: wordOf(server),
    applied: 'yes',
    ...(server.wasLaunched ? {} : { code: stillborn }),
  });
}

/** It never ran, so nothing is lost with it. What cannot be deleted is left behind, and the error says so. */
function clearAway(span: Span, id: string, error: CloudError): CloudResult<Server> {
  return deleteServer(span, id)
    .orElse((failed) =>
      errAsync({
        ...error,
        message: `${error.message} It could not be deleted: ${failed.message}`,
        cause: failed,
      }),
    )
    .andThen(() => errAsync<Server, CloudError>({ ...error, applied: 'no' }));
}

/** What an earlier call under this key has left behind, if it died between the failure and the clearing away. */
function clearStillborn(span: Span, key: string): CloudResult<void> {
  return livingUnder(span, key).andThen((all) => {
    const failed = all.filter((one) => serverState(one) === 'failed' && !one.wasLaunched);
    return ResultAsync.combine(failed.map(({ id }) => deleteServer(span, id))).map(() => undefined);
  });
}
