/**
 * Errors of steps and of the runner: plain values that survive the journal.
 */

/** Whether the effect that failed took place: `unknown` must be looked up before it is repeated or undone. */
export type Applied = 'no' | 'yes' | 'unknown';

/**
 * What a step may fail with: at least a kind and a sentence. Any error value of this shape fits, whatever else it
 * carries; the JSON part of it is journaled and is there again after a crash.
 */
export interface Failure {
  readonly kind: string;
  /** One sentence for a person. */
  readonly message: string;
  /** `unknown` makes the runner probe before it repeats or reverts the step. */
  readonly applied?: Applied | undefined;
  readonly cause?: Failure | undefined;
}

/**
 * Turns whatever was thrown into a failure. Keeps the name, the message and the chain of causes; never the stack
 * and never other properties, which may hold secrets.
 */
export function failureOf(thrown: unknown, kind = 'thrown'): Failure {
  return causeOf(thrown, kind, 0);
}

/** Chains of causes may be long, and may lead back to where they began. */
const deepestCause = 10;

function causeOf(thrown: unknown, kind: string, depth: number): Failure {
  if (isFailure(thrown)) return thrown;
  if (!(thrown instanceof Error)) return { kind, message: String(thrown) };
  const message = thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
  if (thrown.cause === undefined || depth === deepestCause) return { kind, message };
  return { kind, message, cause: causeOf(thrown.cause, kind, depth + 1) };
}

/** True for a plain value that has the shape of a failure. */
export function isFailure(value: unknown): value is Failure {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false;
  return typeof Reflect.get(value, 'kind') === 'string' && typeof Reflect.get(value, 'message') === 'string';
}
