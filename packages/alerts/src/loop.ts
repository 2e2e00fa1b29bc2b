import type { ResultAsync } from 'neverthrow';
import type { Alert } from './alert.ts';
import { type AlertsError, alertsError } from './alerts-error.ts';
import type { AlertEvent } from './apply.ts';
import type { Clock } from './clock.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { AlertStore } from './store.ts';

/** What keeping watch needs. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly pollMs?: number | undefined;
  readonly onTrouble?: ((error: AlertsError) => void) | undefined;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly heartbeat: Heartbeat | undefined;
  readonly happen: (cause: string, event: AlertEvent) => ResultAsync<Alert, AlertsError>;
}

/**
 * The turns of the watch: what is due is done, a sign of life is sent while all is well, and then it sleeps until the
 * next thing is due, but never longer than it takes to notice what other processes did.
 */
export async function keepWatch(watch: Watch): Promise<void> {
  const { signal, store, clock, heartbeat, pollMs = defaultPollMs } = watch;
  const everyMs = heartbeat?.everyMs ?? defaultBeatMs;
  let nextBeatMs = clock.now();
  while (!signal.aborted) {
    const isWell = await turn(watch);
    const nowMs = clock.now();
    // Also after the clock went back: a switch that hears nothing calls somebody for nothing.
    if (heartbeat !== undefined && (nowMs >= nextBeatMs || nextBeatMs > nowMs + everyMs)) {
      nextBeatMs = nowMs + everyMs;
      // Not waited for: a switch that hangs must not hold up what people are to be told.
      if (isWell) void beat(heartbeat, watch);
    }
    const nextDueMs = (await store.nextDueMs()).unwrapOr(undefined) ?? Number.POSITIVE_INFINITY;
    // Nobody wakes a sleep that begins after the signal.
    if (signal.aborted) return;
    const wakeMs = Math.min(nextDueMs, nextBeatMs, clock.now() + pollMs);
    await sleep(Math.max(shortestSleepMs, wakeMs - clock.now()), clock, signal);
  }
}

const defaultPollMs = 2_000;
const defaultBeatMs = 60_000;
/** A row that stays due, because the store cannot be written, must not make this loop spin. */
const shortestSleepMs = 50;
const mostInATurn = 500;
const beatWithinMs = 15_000;

/** Does what is due. True where the store answered and no alert fails to reach everybody. */
async function turn({ store, clock, happen, onTrouble }: Watch): Promise<boolean> {
  const due = await store.due(clock.now(), mostInATurn);
  if (due.isErr()) {
    onTrouble?.(due.error);
    return false;
  }
  let isWell = true;
  for (const cause of due.value) {
    const ticked = await happen(cause, { kind: 'tick' });
    // Pruned by another process in between: nothing is left to do.
    if (ticked.isOk() || ticked.error.kind === 'unknown-alert') continue;
    onTrouble?.(ticked.error);
    isWell = false;
  }
  const lost = await store.list(['undeliverable']);
  if (lost.isErr()) onTrouble?.(lost.error);
  return isWell && lost.isOk() && lost.value.length === 0;
}

/** One sign of life. A switch that cannot be reached will call somebody by itself: that is what it is for. */
async function beat(heartbeat: Heartbeat, { signal, clock, onTrouble }: Watch): Promise<void> {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const cancelTimer = clock.after(beatWithinMs, end);
  signal.addEventListener('abort', end, { once: true });
  try {
    const answer = await heartbeat.beat({ signal: controller.signal });
    if (answer.isErr() && !signal.aborted) onTrouble?.(answer.error);
  } catch {
    // A heartbeat of somebody else that breaks its promise: the switch will tell.
    onTrouble?.(alertsError('unreachable', 'the heartbeat threw instead of giving an error'));
  } finally {
    signal.removeEventListener('abort', end);
    cancelTimer();
  }
}

function sleep(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      cancelTimer();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancelTimer = clock.after(delayMs, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
