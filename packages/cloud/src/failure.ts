/**
 * What every error in belay looks like: a plain value that survives `JSON.stringify`, so that it can cross a
 * journal, a wire or a process. Each package narrows `kind` to a closed union of its own.
 */

/** Whether the effect that failed took place: `unknown` must be looked up before it is repeated or undone. */
export type Applied = 'no' | 'yes' | 'unknown';

/** The shape that all errors share. */
export interface Failure {
  /** What went wrong, from the closed union of the package that made the error. */
  readonly kind: string;
  /** One sentence for a person: what was tried, on what, and what stood in the way. */
  readonly message: string;
  /** Did it happen? Absent means that the error comes from before the effect, or has none. */
  readonly applied?: Applied | undefined;
  /** What led to this. */
  readonly cause?: Failure | undefined;
}

/**
 * Turns whatever a foreign library threw into a failure that can be journaled. Keeps the name, the message and
 * the chain of causes; never the stack and never other properties, which may hold secrets.
 */
export function failureOf(thrown: unknown, kind: string): Failure {
  return causeOf(thrown, kind, 0);
}

/** Chains of causes may be long, and may lead back to where they began. */
const deepestCause = 10;

function causeOf(thrown: unknown, kind: string, depth: number): Failure {
  if (!(thrown instanceof Error)) return { kind, message: String(thrown) };
  const message = thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
  if (thrown.cause === undefined || depth === deepestCause) return { kind, message };
  return { kind, message, cause: causeOf(thrown.cause, kind, depth + 1) };
}
