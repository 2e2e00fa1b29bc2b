import {
  type Call,
  type Clock,
  type CloudError,
  type CloudErrorKind,
  type CloudResult,
  cloudError,
  isStillOurs,
  type KeyTurns,
} from '@belay/cloud';
import { err, type Result, ResultAsync } from 'neverthrow';
import { type ApiAnswer, pause } from '../api.ts';
import type { FaultLevel } from '../faults.ts';
import type { Operation } from '../operations.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';

/**
 * One call of the port while it runs: its deadline and the caller's signal as one signal, whether anything was sent
 * that may have had an effect, and calls to the API that are repeated where that is safe.
 */
export interface Task {
  readonly operation: Operation;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly world: World;
  readonly chance: () => number;
  readonly turns: KeyTurns;
  /** What is left of the call's time. */
  leftMs(): number;
  read<T>(operation: Operation, look: (world: World) => Result<T, Refusal>): ApiAnswer<T>;
  /** Sends a change. Throttling is waited over; what may or may not have happened is for the caller to settle. */
  change<T>(effect: (world: World) => Result<T, Refusal>): ApiAnswer<T>;
  fail(kind: CloudErrorKind, message: string, more?: Partial<CloudError>): CloudError;
}

const defaultTimeoutMs = 600_000;
const throttledTries = 8;
const readTries = 3;

export function runTask<T>(
  world: World,
  api: Adapter,
  operation: Operation,
  options: Partial<Call> | undefined,
  body: (task: Task) => Promise<Result<T, CloudError>>,
): CloudResult<T> {
  return new ResultAsync(run(world, api, operation, options ?? {}, body));
}

async function run<T>(
  world: World,
  api: Adapter,
  operation: Operation,
  options: Partial<Call>,
  body: (task: Task) => Promise<Result<T, CloudError>>,
): Promise<Result<T, CloudError>> {
  const { clock } = world;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const deadlineMs = clock.now() + timeoutMs;
  const controller = new AbortController();
  let timedOut = false;
  let sent = false;
  // An answer was lost and no later one has told what became of it.
  let inDoubt = false;
  const onAbort = (): void => controller.abort();
  const stop = clock.after(timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  if (options.signal?.aborted === true) controller.abort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });

  const fail: Task['fail'] = (kind, message, more) =>
    cloudError(kind, { provider: world.at.provider, operation }, message, more);
  const chance = (): number => world.random.next('chance');
  const backOff = (tries: number): Promise<boolean> =>
    pause(clock, Math.min(20_000, 500 * 2 ** tries) * (0.5 + chance() / 2), controller.signal);
  const task: Task = {
    operation,
    signal: controller.signal,
    clock,
    world,
    chance,
    turns: api.turns,
    leftMs: () => Math.max(0, deadlineMs - clock.now()),
    fail,
    async read(name, look) {
      for (let tries = 1; ; tries += 1) {
        const answer = await api.read(name, controller.signal, look);
        if (answer.isOk() || !isPassing(answer.error)) return answer;
        if (tries >= (answer.error.kind === 'throttled' ? throttledTries : readTries)) return answer;
        if (!(await backOff(tries - 1))) return answer;
      }
    },
    async change(effect) {
      for (let tries = 1; ; tries += 1) {
        const isOurs = isStillOurs(options, controller.signal);
        if (isOurs !== true && !(await isOurs)) return err(fail('cancelled', notOurs(operation)));
        const answer = await api.change(operation, controller.signal, effect);
        if (answer.isOk() || answer.error.applied !== 'no') sent = true;
        if (answer.isOk()) inDoubt = false;
        else if (answer.error.applied === 'unknown') inDoubt = true;
        if (answer.isOk() || answer.error.kind !== 'throttled' || tries >= throttledTries) return answer;
        if (!(await backOff(tries - 1))) return answer;
      }
    },
  };

  try {
    const strike = world.faults.strike(operation, 'port' satisfies FaultLevel, true);
    if (strike.hangs === true) {
      await new Promise((wake) => controller.signal.addEventListener('abort', wake, { once: true }));
      const how = timedOut ? 'timeout' : 'cancelled';
      return err(fail(how, `${operation} got no answer.`, { applied: 'unknown' }));
    }
    if (strike.error !== undefined) {
      const kind = strike.error.kind as CloudErrorKind;
      const unsure = kind === 'transient' || kind === 'timeout';
      return err(
        fail(kind, strike.error.message ?? `${operation}: a fault of kind ${kind}.`, {
          applied: unsure ? 'unknown' : 'no',
        }),
      );
    }
    const answer = await body(task);
    if (strike.loseReply === true) {
      return err(fail('transient', `The answer to ${operation} was lost.`, { applied: 'unknown' }));
    }
    return answer.mapErr((error) => {
      const ended = error.kind === 'cancelled' || error.kind === 'timeout';
      const isUnknown = (ended && sent) || (inDoubt && error.applied === 'no');
      const applied = isUnknown ? 'unknown' : error.applied;
      if (!ended || !controller.signal.aborted) return { ...error, operation, applied };
      const how = timedOut ? `did not end within ${timeoutMs} ms` : 'was cancelled';
      const seen = error.lastState === undefined ? '' : ` It was last seen as ${error.lastState}.`;
      return {
        ...error,
        operation,
        kind: timedOut ? 'timeout' : 'cancelled',
        message: `${operation} ${how}.${seen}`,
        applied,
      };
    });
  } finally {
    stop();
    options.signal?.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

const notOurs = (operation: Operation): string =>
  `${operation} was not sent: it is no longer for its caller to do.`;

/** May the same call have another outcome right away? */
export function isPassing(error: CloudError): boolean {
  return error.kind === 'transient' || error.kind === 'throttled' || error.kind === 'timeout';
}
