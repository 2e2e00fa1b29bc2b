import { err, errAsync, ok, type Result, type ResultAsync } from 'neverthrow';
import { type Alert, type AlertLine, type AlertState, type Raise, severities } from './alert.ts';
import { type AlertsError, alertsError } from './alerts-error.ts';
import { type AlertEvent, type Applied, applyEvent } from './apply.ts';
import { type Chain, type CheckedChain, checkChain } from './chain.ts';
import { type Clock, systemClock } from './clock.ts';
import { Delivery } from './delivery.ts';
import type { Heartbeat } from './heartbeat.ts';
import { keepWatch } from './loop.ts';
import type { AlertStore } from './store.ts';
import type { Target } from './target.ts';

/** What alerts need to work. No part has a default that could leave somebody untold. */
export interface AlertsOptions<Name extends string> {
  /** Who can be told, each under a name. */
  readonly targets: Readonly<Record<Name, Target>>;
  readonly chain: Chain<NoInfer<Name>>;
  readonly store: AlertStore;
  /** A dead-man's switch outside of this machine. Without one nobody notices when the whole host is dead. */
  readonly heartbeat?: Heartbeat | undefined;
  /** How long one message may be on its way; 15 seconds where absent. */
  readonly answerWithinMs?: number | undefined;
  /** The machine's where absent. */
  readonly clock?: Clock | undefined;
}

/** Raises alerts and sees to it that somebody takes them. */
export interface Alerts {
  /**
   * Raises an alert, or adds to the one of its cause. It is durable when this resolves, and the first messages are on
   * their way. Where it cannot be stored it is sent to everyone all the same, once, and the error says so.
   */
  raise(raise: Raise): ResultAsync<Alert, AlertsError>;
  /** A named person takes it: it is quiet until the time to resolve it is over. */
  acknowledge(cause: string, word: Signed): ResultAsync<Alert, AlertsError>;
  /** It is over; all who were told of it are told so. By a person, or by the program that raised it. */
  resolve(cause: string, word: Signed): ResultAsync<Alert, AlertsError>;
  /** The latest incident of a cause, as it stands. */
  get(cause: string): ResultAsync<Alert | undefined, AlertsError>;
  /** Alerts in these states, or all that are not resolved; the latest change first. */
  list(states?: readonly AlertState[]): ResultAsync<readonly Alert[], AlertsError>;
  /** What happened to a cause, the oldest first: for the report afterwards. */
  history(cause: string): ResultAsync<readonly AlertLine[], AlertsError>;
  /**
   * Repeats, escalates and beats until the signal fires. One process of the installation should always be in here; two
   * are fine, each message is sent by one of them. Never rejects: an error of the store is told to `onTrouble`, holds
   * the heartbeat back, and the next turn tries again.
   */
  run(options: RunOptions): Promise<void>;
  /** Forgets what was resolved before a time. */
  prune(resolvedBeforeMs: number): ResultAsync<number, AlertsError>;
  /** Waits for the messages that are on their way, then closes the store. */
  close(): ResultAsync<void, AlertsError>;
}

/** Who says so, and why. */
export interface Signed {
  readonly by: string;
  readonly reason: string;
}

/** How long to keep watch, and whom to tell of trouble that no alert can carry. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** How often the store is looked at for what other processes did; 2 seconds where absent. */
  readonly pollMs?: number | undefined;
  /** Told of trouble that no alert can carry: a store that fails, a switch that cannot be reached. */
  readonly onTrouble?: ((error: AlertsError) => void) | undefined;
}

/** Opens alerts over a store. `invalid` names the option that is wrong. */
export function openAlerts<const Name extends string>(
  options: AlertsOptions<Name>,
): Result<Alerts, AlertsError> {
  const { targets, store, clock = systemClock, heartbeat } = options;
  return checkChain(options.chain, Object.keys(targets), options.answerWithinMs).map((chain) => {
    const apply = (cause: string, event: AlertEvent): ResultAsync<Applied, AlertsError> =>
      store.change(cause, (alert) => applyEvent(alert, event, clock.now(), chain));
    const delivery = new Delivery({ targets, clock, answerWithinMs: chain.answerWithinMs, apply });
    /** Writes what happened, and then sends what follows from it. */
    const happen = (cause: string, event: AlertEvent): ResultAsync<Alert, AlertsError> =>
      apply(cause, event).map((applied) => {
        delivery.send(applied);
        return applied.alert;
      });
    return {
      raise: (raise) =>
        checkRaise(raise).match(
          () =>
            happen(raise.cause, { ...raise, kind: 'raise' }).orElse((error) =>
              sendUnstored(raise, error, chain, clock, delivery),
            ),
          (error) => errAsync(error),
        ),
      acknowledge: (cause, word) => signed(word, () => happen(cause, { ...word, kind: 'acknowledge' })),
      resolve: (cause, word) => signed(word, () => happen(cause, { ...word, kind: 'resolve' })),
      get: (cause) => store.get(cause),
      list: (states = unresolved) => store.list(states),
      history: (cause) => store.lines(cause),
      run: (run) => keepWatch({ ...run, store, clock, heartbeat, happen }),
      prune: (beforeMs) => store.prune(beforeMs),
      close: () => delivery.settled().andThen(() => store.close()),
    };
  });
}

const unresolved: readonly AlertState[] = ['raised', 'told', 'undeliverable', 'acknowledged'];

/** Nothing will remind anybody of an alert that is not stored, so everyone is told at once. */
function sendUnstored(
  raise: Raise,
  error: AlertsError,
  chain: CheckedChain,
  clock: Clock,
  delivery: Delivery,
): ResultAsync<never, AlertsError> {
  const everyone = { ...chain, rungs: chain.rungs.slice(-1) };
  const applied = applyEvent(undefined, { ...raise, kind: 'raise' }, clock.now(), everyone);
  if (applied.isErr()) return errAsync(error);
  return delivery.sendOnce(applied.value).andThen((told) =>
    errAsync({
      ...error,
      message: `${error.message}; ${raise.cause} was told to ${told} of ${applied.value.sends.length} targets and will not be repeated`,
    }),
  );
}

function checkRaise(raise: Raise): Result<void, AlertsError> {
  const empty = (['cause', 'summary', 'source'] as const).find((field) => raise[field].trim() === '');
  if (empty !== undefined) return err(alertsError('invalid', `${empty} is empty`));
  if (!severities.includes(raise.severity)) {
    return err(alertsError('invalid', `severity: ${raise.severity} is not one of ${severities.join(', ')}`));
  }
  return ok();
}

/** An alert that nobody took is not taken: a name is part of it. */
function signed(
  { by, reason }: Signed,
  act: () => ResultAsync<Alert, AlertsError>,
): ResultAsync<Alert, AlertsError> {
  if (by.trim() === '') return errAsync(alertsError('invalid', 'by: who says so is missing'));
  if (reason.trim() === '') return errAsync(alertsError('invalid', 'reason: why is missing'));
  return act();
}
