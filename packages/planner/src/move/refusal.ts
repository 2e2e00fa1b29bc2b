/**
 * How a step says no although every call answered: what must be true is not. A refusal is made before the step
 * changes anything, so `applied` is always `no`.
 */

import type { Failure } from '@belay/runner';

export interface Refusal extends Failure {
  readonly kind: 'refused';
  readonly applied: 'no';
  /** What should have held, such as `attached-once`. */
  readonly guard: string;
}

export function refusal(guard: string, message: string): Refusal {
  return { kind: 'refused', guard, message, applied: 'no' };
}

const passing: ReadonlySet<string> = new Set([
  'busy',
  'throttled',
  'transient',
  'timeout',
  // An attempt that was told to stop because its time was over. A run that goes back tries nothing again anyway.
  'cancelled',
  'rate-cooldown',
  'unreachable',
  'not-serving',
  // A gate could not learn something: nothing speaks against going on.
  'not-known',
]);

/** Is it worth the same call once more? What was refused, or is out of stock, stays so for as long as we can wait. */
export function worthAnotherTry(failure: Failure): boolean {
  return passing.has(failure.kind);
}
