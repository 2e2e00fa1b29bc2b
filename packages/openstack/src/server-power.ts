import type { CloudError, CloudResult, InstanceState } from '@belay/cloud';
import { absenceOf, fail, pause, seenUntil, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CallName } from './calls.ts';
import { isAsleep, type Server, serverState, wordOf } from './server.ts';
import { gaveUp } from './server-create.ts';
import { repeat, type Span } from './span.ts';

/** Starts and stops. Each looks first, asks for the change if it is needed, and waits until it is seen. */
export function startServer(span: Span, id: string): CloudResult<Server> {
  return new ResultAsync(
    power(span, id, { call: 'startServer', body: { 'os-start': null }, from: 'stopped', to: 'running' }),
  );
}

export function stopServer(span: Span, id: string): CloudResult<Server> {
  return new ResultAsync(
    power(span, id, { call: 'stopServer', body: { 'os-stop': null }, from: 'running', to: 'stopped' }),
  );
}

interface Way {
  readonly call: CallName;
  readonly body: object;
  readonly from: InstanceState;
  readonly to: InstanceState;
}

/** Nova refuses what the server's state does not allow; it may have changed since we looked. */
const maxRounds = 10;

async function power(span: Span, id: string, way: Way): Promise<Result<Server, CloudError>> {
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const now = await untilSettled(span, id, [way.from, way.to]);
    if (now.isErr()) return err(stillInDoubt(now.error, inDoubt));
    if (serverState(now.value) === way.to) return now;
    if (now.value.locked) {
      const message = `${id} is locked, and was left as it is.`;
      return err(fail(span, 'protected', message, { lastState: wordOf(now.value) }));
    }
    const asked = await repeat(span, way.call, { path: { id }, body: way.body });
    if (asked.isOk()) return untilState(span, id, way);
    if (asked.error.kind !== 'busy' || round === maxRounds) return err(stillInDoubt(asked.error, inDoubt));
    inDoubt ||= asked.error.applied !== 'no';
    await pause(span, round);
  }
}

/** Waits until nothing is done to the server that will end by itself, and it is in a state to begin from. */
export function untilSettled(span: Span, id: string, states: readonly InstanceState[]): CloudResult<Server> {
  return seenUntil(span, span.stack.servers, id, {
    until(seen) {
      const state = serverState(seen);
      if (states.includes(state)) return 'yes';
      if (state === 'gone') return gone(span, id, seen);
      return isEnd(seen) ? stands(span, seen) : 'not-yet';
    },
    stateOf: wordOf,
    applied: 'no',
  });
}

/** A state that a server leaves only when somebody asks for it. */
function isEnd(server: Server): boolean {
  const state = serverState(server);
  const isKnown = state === 'running' || state === 'stopped' || state === 'resized' || state === 'failed';
  return server.task === undefined && (isKnown || isAsleep(server));
}

function stands(span: Span, server: Server): CloudError {
  const lastState = wordOf(server);
  const kind = serverState(server) === 'failed' ? 'failed' : 'busy';
  const hint =
    serverState(server) === 'resized' ? ' The resize has to be confirmed or taken back first.' : '';
  const why = server.fault === undefined ? '' : `: ${server.fault}`;
  return fail(span, kind, `${server.id} is ${lastState}${why}.${hint}`, { lastState });
}

export function gone(span: Span, id: string, server?: Server): CloudError {
  const lastState = server === undefined ? undefined : wordOf(server);
  return fail(span, 'not-found', `${span.operation}: ${id} is ${lastState ?? 'gone'}.`, {
    lastState,
    resourceId: id,
  });
}

async function untilState(span: Span, id: string, { from, to }: Way): Promise<Result<Server, CloudError>> {
  let wasOnItsWay = false;
  const absence = absenceOf(span, span.visibilityMs);
  const reached = await wait<Server | undefined>(span, {
    observe: (signal) => span.stack.servers.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? lost(span, id) : 'not-yet';
      absence.seen();
      const state = serverState(seen);
      if (state === to) return 'yes';
      if (state === 'gone') return gone(span, id, seen);
      if (state === 'failed') return gaveUp(span, seen);
      wasOnItsWay ||= seen.task !== undefined;
      // The state from before may be an old read; after it was left, or after a while, it is the answer.
      const answered = wasOnItsWay || elapsedMs > 2 * span.stack.visibilityMs + graceMs;
      return state === from && seen.task === undefined && answered ? cameBack(span, seen) : 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : wordOf(seen)),
    applied: 'yes',
  });
  return reached.andThen((seen) => (seen === undefined ? err(gone(span, id)) : ok(seen)));
}

/** Gone, after the request was accepted. */
export function lost(span: Span, id: string): CloudError {
  return { ...gone(span, id), applied: 'unknown' };
}

const graceMs = 5_000;

function cameBack(span: Span, server: Server): CloudError {
  const message = `${server.id} was accepted for ${span.operation} and is ${wordOf(server)} again: ${server.fault ?? 'Nova gives no reason'}.`;
  return fail(span, 'failed', message, { lastState: wordOf(server) });
}
