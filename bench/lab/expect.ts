// A bench sets its own scene: what goes wrong in that is a mistake in it, and ends it.

import type { Failure } from '@belay/cloud';
import type { Result } from 'neverthrow';

/** The value; an error is thrown with its words and those of its causes. */
export function expectOk<T>(result: Result<T, Failure>): T {
  return result.match(
    (value) => value,
    (error) => {
      throw new Error(told(error));
    },
  );
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, durationMs));
}

function told({ kind, message, cause }: Failure): string {
  return `${kind}: ${message}${cause === undefined ? '' : ` (${told(cause)})`}`;
}
