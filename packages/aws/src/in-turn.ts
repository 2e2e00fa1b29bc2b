import type { CloudError } from '@belay/cloud';
import { err, type Result } from 'neverthrow';
import { fail, leftMs, type Span } from './span.ts';

/**
 * Work under one key, one after the other within this process. The second create of a key begins when the first has
 * ended, and finds what it made. Whoever's signal or deadline comes first leaves the line, with nothing sent.
 */
export async function inTurn<T>(
  span: Span,
  name: string,
  work: () => Promise<Result<T, CloudError>>,
): Promise<Result<T, CloudError>> {
  const { ec2, signal, operation } = span;
  const stop = new AbortController();
  const leave = (): void => stop.abort();
  if (signal?.aborted === true) leave();
  signal?.addEventListener('abort', leave, { once: true });
  const cancelDeadline = ec2.clock.after(leftMs(span), leave);
  const end = await ec2.turns.take(name, stop.signal);
  cancelDeadline();
  signal?.removeEventListener('abort', leave);
  if (end === undefined) {
    const kind = signal?.aborted === true ? 'cancelled' : 'timeout';
    return err(fail(span, kind, `${operation} waited for another call under its key, and sent nothing.`));
  }
  try {
    return await work();
  } finally {
    end();
  }
}
