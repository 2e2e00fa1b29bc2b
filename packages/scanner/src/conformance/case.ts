import type { Result } from 'neverthrow';
import type { ScannerError, ScannerErrorKind } from '../scanner-error.ts';
import type { Levers, SideTrait, Subject } from './subject.ts';

/** One promise of a port, as data. */
export interface SideCase<S extends Subject> {
  /** Stays with the promise for ever. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly title: string;
  readonly traits: readonly SideTrait[];
  readonly levers: readonly (keyof Levers)[];
  /** Never rejects. */
  readonly run: (subject: S) => Promise<CaseVerdict>;
}

export type CaseVerdict = { readonly passed: true } | { readonly passed: false; readonly why: string };

/** Hands that take away what a case has left. */
export interface Clearing {
  /** Resolves when nothing of the case is left. */
  clear(): Promise<void>;
}

/** Makes a case of a body that throws {@link CaseFailed} where the promise is broken. */
export function sideCase<S extends Subject & { readonly hands: Clearing }>(
  head: {
    readonly id: string;
    readonly title: string;
    readonly traits?: readonly SideTrait[];
    readonly levers?: readonly (keyof Levers)[];
  },
  body: (subject: S) => Promise<void>,
): SideCase<S> {
  return {
    ...head,
    traits: head.traits ?? [],
    levers: head.levers ?? [],
    run: async (subject) => {
      const problem = await problemOf(body(subject));
      const untidy = await problemOf(subject.hands.clear());
      const why = [problem, untidy].filter((one) => one !== undefined).join(' ');
      return why === '' ? { passed: true } : { passed: false, why };
    },
  };
}

/** A promise that was broken, in a sentence. */
export class CaseFailed extends Error {
  override readonly name = 'CaseFailed';
}

/** Breaks the promise where the condition does not hold. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new CaseFailed(otherwise);
}

/** The value; an error breaks the promise. */
export async function must<T>(answer: PromiseLike<Result<T, ScannerError>>): Promise<T> {
  return (await answer).match(
    (value) => value,
    (error) => {
      throw new CaseFailed(`It failed as ${error.kind}: ${error.message}`);
    },
  );
}

/** An error of one of these kinds; anything else breaks the promise. */
export async function mustFail<T>(
  answer: PromiseLike<Result<T, ScannerError>>,
  ...kinds: readonly ScannerErrorKind[]
): Promise<void> {
  (await answer).match(
    () => {
      throw new CaseFailed(`It worked, and should have failed as ${kinds.join(' or ')}.`);
    },
    ({ kind, message }) =>
      check(kinds.includes(kind), `It failed as ${kind}, not ${kinds.join(' or ')}: ${message}`),
  );
}

async function problemOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CaseFailed) return thrown.message;
    return `Something was thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}
