import type { Chance, Clock, CloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Reply } from './api.ts';
import type { Refusal } from './errors.ts';

/**
 * Sends again what may be sent again: a read after whatever passes, a change only where the service said that it was
 * asked too often, for then nothing was done. A change whose answer is missing is never repeated here; whoever asked
 * for it looks first. The pauses double, with some chance in them, and are never shorter than the service asks for.
 */
export interface Patience {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly signal: AbortSignal;
  readonly changes: boolean;
}

const attempts = 4;
const firstDelayMs = 250;
const longestDelayMs = 30_000;

export async function persist(
  send: () => Promise<Result<Reply, Refusal>>,
  patience: Patience,
): Promise<Result<Reply, CloudError>> {
  for (let sent = 1; ; sent++) {
    const answer = await send();
    if (answer.isOk()) return ok(answer.value);
    const { error, retryAfterMs = 0 } = answer.error;
    const again = error.kind === 'throttled' || (error.kind === 'transient' && !patience.changes);
    if (!again || sent === attempts || retryAfterMs > longestDelayMs) return err(error);
    await pause(Math.max(retryAfterMs, delayMs(sent, patience.chance)), patience);
    if (patience.signal.aborted) return err(error);
  }
}

function delayMs(sent: number, chance: Chance): number {
  return firstDelayMs * 2 ** (sent - 1) * (0.5 + chance());
}

function pause(durationMs: number, { clock, signal }: Patience): Promise<void> {
  return new Promise((wake) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      wake();
    };
    const cancel = clock.after(durationMs, end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
