import { err, type Result } from 'neverthrow';
import type { Clock } from './clock.ts';
import { type CloudError, cloudError } from './cloud-error.ts';

/**
 * One after the other, for work that shares a key. Two creates of one process under one key must make one resource,
 * also where the provider remembers no tokens: the second one begins when the first has ended, and finds what it made.
 * What two processes do at once is for the provider to settle.
 */
export interface KeyTurns {
  /**
   * Resolves when it is this caller's turn, with the function that ends it; with `undefined` where the signal fired
   * before, and then the work must not begin.
   */
  take(key: string, signal?: AbortSignal): Promise<(() => void) | undefined>;
}

/** Turns of one adapter. Nothing is kept of a key that nobody works under. */
export function keyTurns(): KeyTurns {
  const lines = new Map<string, (() => void)[]>();
  const leave = (key: string): void => {
    const next = lines.get(key)?.shift();
    if (next === undefined) lines.delete(key);
    else next();
  };
  return {
    async take(key, signal) {
      if (signal?.aborted === true) return undefined;
      const end = once(() => leave(key));
      const line = lines.get(key);
      if (line === undefined) {
        lines.set(key, []);
        return end;
      }
      const isMine = await turnIn(line, signal);
      return isMine ? end : undefined;
    },
  };
}

/** Who waits for his turn, and for how long. */
export interface Turn {
  readonly turns: KeyTurns;
  readonly key: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly provider: string;
  readonly operation: string;
  readonly resourceId?: string | undefined;
}

/** Does the work when it is its turn. Whoever's signal or deadline comes first leaves the line, with nothing sent. */
export async function inTurn<T>(
  { turns, key, clock, signal, timeoutMs, resourceId, ...at }: Turn,
  work: () => Promise<Result<T, CloudError>>,
): Promise<Result<T, CloudError>> {
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  if (signal?.aborted === true) leave();
  signal?.addEventListener('abort', leave, { once: true });
  const cancelDeadline = clock.after(timeoutMs, leave);
  const end = await turns.take(key, stop.signal);
  cancelDeadline();
  signal?.removeEventListener('abort', leave);
  if (end === undefined) {
    const kind = signal?.aborted === true ? 'cancelled' : 'timeout';
    const message = `${at.operation} waited for another call under its key, and sent nothing.`;
    return err(cloudError(kind, at, message, { resourceId }));
  }
  try {
    return await work();
  } finally {
    end();
  }
}

/** Waits in the line; false where the signal fired first, and then the place in it is given up. */
function turnIn(line: (() => void)[], signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((settle) => {
    const begin = (): void => {
      signal?.removeEventListener('abort', giveUp);
      settle(true);
    };
    const giveUp = (): void => {
      const place = line.indexOf(begin);
      if (place >= 0) line.splice(place, 1);
      settle(false);
    };
    line.push(begin);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
