import {
  type Call,
  formatRef,
  type HostError,
  type HostErrorKind,
  type HostResult,
  hostError,
  isStillOurs,
  type Ref,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { pause } from './api.ts';
import type { Operation } from './faults.ts';
import type { GuestRecord } from './guest-record.ts';
import type { World } from './world.ts';

/**
 * A way into a server, as ssh is one: a command reaches it only while its instance runs and its guest is up; the line
 * may break before the command or after it. One call of the `Host` port may run several.
 */
export interface Shell {
  readonly instanceId: string;
  readonly world: World;
  readonly signal: AbortSignal;
  /** Runs a command at one moment. `changes`: losing its answer leaves it unknown what happened. */
  run<T>(
    changes: boolean,
    command: (guest: GuestRecord) => Result<T, HostRefusal>,
  ): Promise<Result<T, HostError>>;
  /** Looks until there is an answer: `undefined` means "not yet". */
  until<T>(look: (guest: GuestRecord) => Result<T | undefined, HostRefusal>): Promise<Result<T, HostError>>;
  pause(delayMs: number): Promise<Result<void, HostError>>;
  fail(kind: HostErrorKind, message: string, applied?: HostError['applied']): HostError;
}

export interface HostRefusal {
  readonly kind: HostErrorKind;
  readonly message: string;
}

const defaultTimeoutMs = 600_000;
const lookMs = 200;

export function openShell<T>(
  world: World,
  server: Ref,
  operation: Operation,
  options: Partial<Call> | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
): HostResult<T> {
  return new ResultAsync(session(world, server, operation, options ?? {}, body));
}

async function session<T>(
  world: World,
  server: Ref,
  operation: Operation,
  options: Partial<Call>,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
): Promise<Result<T, HostError>> {
  const { clock, faults } = world;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  const { signal } = controller;
  let timedOut = false;
  let changed = false;
  const stop = clock.after(timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  const onAbort = (): void => controller.abort();
  if (options.signal?.aborted === true) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });

  const fail: Shell['fail'] = (kind, message, applied = 'no') =>
    hostError(kind, { host: formatRef(server), operation }, message, { applied });
  const ended = (): HostError =>
    fail(
      timedOut ? 'timeout' : 'cancelled',
      `${operation} ${timedOut ? `did not end within ${timeoutMs} ms` : 'was cancelled'}.`,
      changed ? 'unknown' : 'no',
    );
  const shell: Shell = {
    instanceId: server.id,
    world,
    signal,
    fail,
    async run(changes, command) {
      const isOurs = changes ? isStillOurs(options, signal) : true;
      if (isOurs !== true && !(await isOurs)) {
        if (signal.aborted) return err(ended());
        const message = `${operation} was not sent: it is no longer for its caller to do.`;
        return err(fail('cancelled', message, changed ? 'unknown' : 'no'));
      }
      const strike = faults.strike(operation, 'api', changes);
      const travelMs = (world.sampleMs('ssh') * strike.slowBy) / 2;
      if (!(await pause(clock, travelMs, signal))) return err(ended());
      const { error } = strike;
      if (strike.hangs === true) {
        // No command is patient for ever: the signal of this call fires in time.
        while (await pause(clock, travelMs + 60_000, signal));
        return err(ended());
      }
      if (error !== undefined) {
        return err(fail(kindOf(error.kind), error.message ?? `${operation}: a fault of kind ${error.kind}.`));
      }
      const answer = world.change(() => {
        const why = unreachable(world, server.id);
        if (why !== undefined) return err({ kind: 'unreachable', message: why } satisfies HostRefusal);
        const guest = world.state.guests[server.id];
        const given =
          guest === undefined
            ? err<never, HostRefusal>({ kind: 'unreachable', message: `${server.id} has no guest.` })
            : command(guest);
        if (changes) {
          changed = true;
          const details = { instanceId: server.id, answer: given.isOk() ? 'ok' : given.error.kind };
          world.emit(`host ${operation}`, details);
        }
        return given;
      });
      if (!(await pause(clock, travelMs, signal))) return err(ended());
      if (strike.loseReply === true) {
        return err(fail('unreachable', 'The connection broke.', changes ? 'unknown' : 'no'));
      }
      return answer.mapErr(({ kind, message }) => fail(kind, message));
    },
    async until(look) {
      for (;;) {
        const seen = await shell.run(false, look);
        // A line that breaks between command and look leaves open how the command ended.
        if (seen.isErr()) return err(changed ? { ...seen.error, applied: 'unknown' as const } : seen.error);
        if (seen.value !== undefined) return ok(seen.value);
        if (!(await pause(clock, lookMs, signal))) return err(ended());
      }
    },
    async pause(delayMs) {
      return (await pause(clock, delayMs, signal)) ? ok() : err(ended());
    },
  };

  try {
    const strike = faults.strike(operation, 'port', true);
    if (strike.error !== undefined) {
      const kind = kindOf(strike.error.kind);
      return err(fail(kind, strike.error.message ?? `${operation}: a fault of kind ${kind}.`));
    }
    const answer = await body(shell);
    return strike.loseReply === true
      ? err(fail('unreachable', `The answer to ${operation} was lost.`, 'unknown'))
      : answer;
  } finally {
    stop();
    options.signal?.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

/** Why nobody gets in; `undefined` where one does. */
export function unreachable(world: World, instanceId: string): string | undefined {
  const instance = world.state.instances[instanceId];
  if (world.faults.isOut('hosts')) return `No way to ${instanceId}: the network is down.`;
  if (instance === undefined) return `There is no instance ${instanceId}.`;
  if (instance.state !== 'running' && instance.state !== 'resized')
    return `${instanceId} is ${instance.state}.`;
  return world.state.guests[instanceId]?.up === true
    ? undefined
    : `${instanceId} does not answer: it is booting, or hangs.`;
}

function kindOf(kind: string): HostErrorKind {
  if (kind === 'transient' || kind === 'throttled') return 'unreachable';
  const known: readonly HostErrorKind[] = [
    'unreachable',
    'rebooted',
    'not-found',
    'busy',
    'wrong-disk',
    'incomplete',
    'invalid',
    'forbidden',
    'unsupported',
    'timeout',
    'cancelled',
  ];
  return known.find((one) => one === kind) ?? 'failed';
}
