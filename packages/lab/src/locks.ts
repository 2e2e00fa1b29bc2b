import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type CloudResult, isStillOurs } from '@belay/cloud';
import { err, ResultAsync } from 'neverthrow';
import { fail, type Span } from './span.ts';

/**
 * Who changes a thing of the lab holds its lock, in this process and across all others of the box. Locks are taken in
 * one order, so that no two wait for each other. A process that dies gives its locks back: a record that is in the
 * middle of something while its lock is free belongs to nobody, and whoever takes the lock finishes it.
 */
export function withLocks<T>(
  span: Span,
  names: readonly string[],
  work: () => CloudResult<T>,
): CloudResult<T> {
  return new ResultAsync(hold(span, [...new Set(names)].sort(), work));
}

/** The lock under which one key makes one thing. Comes first in the order. */
export function lockOfKey(key: string): string {
  return `0-key-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

/** The lock under which numbers and addresses are given out. Comes last: it is taken while others are held. */
export const numbersLock = 'z-numbers';

async function hold<T>(span: Span, names: readonly string[], work: () => CloudResult<T>) {
  const { site, signal } = span;
  const ends: (() => void)[] = [];
  const leave = (): void => {
    for (const end of ends.splice(0)) end();
  };
  try {
    for (const name of names) {
      const end = await site.turns.take(name, signal);
      if (end === undefined) return err(gaveUp(span));
      ends.push(end);
    }
    const files = names.map((name) => join(site.folder, 'locks', name));
    const unlock = await site.machine.lock(files, { wait: true, signal });
    if (unlock === undefined) return err(gaveUp(span));
    ends.push(unlock);
    const isOurs = isStillOurs(span, signal);
    if (isOurs !== true && !(await isOurs)) return err(notBegun(span));
    return await work();
  } finally {
    leave();
  }
}

function notBegun(span: Span) {
  const { operation, signal, timeoutMs } = span;
  if (signal.reason !== 'timeout')
    return fail(span, 'cancelled', `${operation} was not begun: it is no longer for its caller to do.`);
  const message = `${operation} was not begun: within ${timeoutMs} ms nobody said whether it is still for its caller to do.`;
  return fail(span, 'timeout', message);
}

function gaveUp(span: Span) {
  return fail(
    span,
    'busy',
    `${span.operation} waited for another change of the same thing, and did nothing.`,
  );
}
