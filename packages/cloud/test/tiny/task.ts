import { errAsync, ResultAsync } from 'neverthrow';
import {
  type Applied,
  type Call,
  type CloudError,
  type CloudResult,
  cloudError,
  isStillOurs,
  type KeyTurns,
} from '../../src/index.ts';
import type { Flaw } from './flaws.ts';
import type { Wire } from './wire.ts';
import { Refused, type World } from './world.ts';

/** One call of the port while it runs: its deadline, its signal, what is known of its effect, and its questions. */
export interface Task {
  readonly flawed: (flaw: Flaw) => boolean;
  readonly world: World;
  /** Asks the provider. Throttling is waited over, a session that ended is renewed, a read is tried again. */
  ask<T>(operation: string, effect: () => T): Promise<T>;
  /** Looks until the answer is yes. */
  until<T>(look: () => Promise<T>, judge: (seen: T, sinceMs: number) => boolean): Promise<T>;
  pause(durationMs: number): Promise<void>;
  /** What was seen last, for the error. */
  saw(state: string): void;
}

/** What the calls of one adapter share. */
export interface Adapter {
  readonly world: World;
  readonly wire: Wire;
  readonly turns: KeyTurns;
  readonly flaw: Flaw | undefined;
  /** Whether a resize keeps the old type until it is confirmed. */
  readonly keepsOldType: boolean;
  readonly session: { id: number; renewal: Promise<number> | undefined };
}

export const provider = 'tiny';

type Body<T> = (task: Task) => Promise<T>;

/** Runs one call; whatever is thrown in it comes back as an error of the port. */
export function run<T>(
  adapter: Adapter,
  operation: string,
  options: Partial<Call>,
  body: Body<T>,
): CloudResult<T> {
  const { world, flaw } = adapter;
  const { clock } = world;
  const flawed: Task['flawed'] = (one) => one === flaw;
  const { signal, timeoutMs = 600_000 } = options;
  const stopped = (kind: 'cancelled' | 'timeout', applied: Applied, lastState?: string): CloudError =>
    cloudError(kind, { provider, operation }, `${operation} ended: ${kind}.`, { applied, lastState });
  if (signal?.aborted === true && !flawed('asks although it was cancelled')) {
    return errAsync(stopped('cancelled', 'no'));
  }
  let isOver = false;
  let isSent = false;
  let isLost = false;
  let lastState: string | undefined;
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => undefined);
  const end = (kind: 'cancelled' | 'timeout'): void => {
    if (kind === 'cancelled' && flawed('ignores the signal')) return;
    if (kind === 'timeout' && flawed('ignores the deadline')) return;
    isOver = true;
    const applied = isSent && !flawed('denies what it sent') ? 'unknown' : 'no';
    ending.reject(stopped(kind, applied, flawed('forgets the last state') ? undefined : lastState));
  };
  const onAbort = (): void => end('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  const stop = clock.after(timeoutMs, () => end('timeout'));
  const isRead = operation.endsWith('.get') || operation.endsWith('.find') || operation.endsWith('.list');

  const pause = (durationMs: number): Promise<void> => new Promise((wake) => clock.after(durationMs, wake));
  const send = async <R>(to: string, effect: () => R): Promise<R> => {
    const session = await sessionOf(adapter);
    if (isOver) return await ending.promise;
    const isChange = !to.endsWith('.get') && !to.endsWith('.list');
    if (isChange && !flawed('asks nobody whose it is') && !(await isStillOurs(options))) {
      throw stopped('cancelled', isSent ? 'unknown' : 'no');
    }
    if (isOver) return await ending.promise;
    if (isChange) isSent = true;
    try {
      return await adapter.wire.ask(to, session, effect);
    } catch (thrown) {
      if (isChange && thrown instanceof Refused && thrown.isLost) isLost = true;
      if (!(thrown instanceof Refused) || thrown.kind !== 'unauthenticated') throw thrown;
      await renewed(adapter, session);
      return await adapter.wire.ask(to, await sessionOf(adapter), effect);
    }
  };
  const task: Task = {
    flawed,
    world,
    pause,
    saw(state) {
      lastState = state;
    },
    async ask(to, effect) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await send(to, effect);
        } catch (thrown) {
          const kind = thrown instanceof Refused ? thrown.kind : 'failed';
          const again =
            kind === 'throttled'
              ? tries < 6 || flawed('hammers on when it is throttled')
              : kind === 'unauthenticated'
                ? flawed('tries unknown credentials for ever')
                : isRead && kind === 'transient' && tries < 3;
          if (!again) throw thrown;
          await pause(flawed('hammers on when it is throttled') ? 1 : 250 * 2 ** tries);
        }
      }
    },
    async until(look, judge) {
      const beganMs = clock.now();
      for (;;) {
        const seen = await look();
        if (judge(seen, clock.now() - beganMs)) return seen;
        if (isOver) return await ending.promise;
        await pause(flawed('looks every five seconds') ? 5_000 : 300);
      }
    },
  };
  const work = Promise.race([body(task), ending.promise]).finally(() => {
    isOver = true;
    stop();
    signal?.removeEventListener('abort', onAbort);
  });
  return ResultAsync.fromPromise(work, (thrown) => {
    if (!(thrown instanceof Refused)) {
      if (isStopped(thrown)) return thrown;
      throw thrown;
    }
    return errorOf(thrown, operation, flawed, { isLost, lastState });
  });
}

/** The session that all callers share; one renewal for all that find it ended. */
async function sessionOf(adapter: Adapter): Promise<number> {
  const { session } = adapter;
  if (session.id === 0) await renewed(adapter, 0);
  return session.id;
}

async function renewed({ session, wire, flaw }: Adapter, old: number): Promise<void> {
  if (flaw === 'opens a session for each caller') {
    const own = await wire.openSession();
    session.id = Math.max(session.id, own);
    return;
  }
  if (session.id !== old) return;
  if (flaw === 'never renews its session' && old !== 0) {
    throw new Refused('unauthenticated', 'The session has ended.');
  }
  session.renewal ??= wire.openSession().finally(() => {
    session.renewal = undefined;
  });
  session.id = await session.renewal;
}

function errorOf(
  { kind, message, about, isLost: thisLost }: Refused,
  operation: string,
  flawed: Task['flawed'],
  known: { readonly isLost: boolean; readonly lastState: string | undefined },
): CloudError {
  const isPage = message.startsWith('<') && !flawed('shows the page of a gateway');
  const isInDoubt = (thisLost || known.isLost) && !flawed('denies what was lost');
  const error = cloudError(
    kindOf(kind, flawed),
    { provider, operation: flawed('forgets the verb') ? 'call' : operation },
    isPage ? 'A gateway answered in place of the provider.' : message,
    {
      applied: isInDoubt || flawed('is never sure') ? 'unknown' : 'no',
      resourceId: about,
      lastState: flawed('forgets the last state') ? undefined : known.lastState,
      requestId: flawed('forgets the request id') ? undefined : 'req-1',
    },
  );
  const boom = Object.assign(new Error('boom'), { kind: 'odd' });
  return flawed('gives errors that JSON does not keep')
    ? Object.assign({ ...error }, { cause: boom })
    : error;
}

function kindOf(kind: Refused['kind'], flawed: Task['flawed']): Refused['kind'] {
  if (kind === 'rate-cooldown' && flawed('calls a cool-down throttled')) return 'throttled';
  if (kind === 'quota' && flawed('calls a quota busy')) return 'busy';
  if (kind === 'unauthenticated' && flawed('calls unknown credentials forbidden')) return 'forbidden';
  if (kind === 'transient' && flawed('calls a gateway invalid')) return 'invalid';
  return kind;
}

function isStopped(thrown: unknown): thrown is CloudError {
  return typeof thrown === 'object' && thrown !== null && 'kind' in thrown && 'applied' in thrown;
}
