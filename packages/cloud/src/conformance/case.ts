import { type Bench, openBench } from './bench.ts';
import { CaseFailed } from './check.ts';
import type { LeverName } from './lever.ts';
import type { CaseTrait, Subject } from './subject.ts';

/**
 * One promise of the port, as data: it needs no test runner. It is put to a subject that has its traits and its
 * levers; it makes what it needs, deletes all of it again, and answers with a verdict.
 */
export interface ConformanceCase {
  /** A number that stays with the promise for ever. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly title: string;
  readonly group: CaseGroup;
  /** What a subject must be for the promise to mean anything. */
  readonly traits: readonly CaseTrait[];
  /** What a subject must be able to do for the case to be put to it. */
  readonly levers: readonly LeverName[];
  /** Where the subject has the trait, the promise reaches further, and takes these levers too. */
  readonly further: readonly Further[];
  /** Never rejects. */
  readonly run: (subject: Subject) => Promise<CaseVerdict>;
}

/** How much further a promise reaches at subjects that have this trait. */
export interface Further {
  readonly trait: CaseTrait;
  readonly levers: readonly LeverName[];
}

export type CaseGroup = 'create' | 'attach' | 'detach' | 'instance' | 'snapshot' | 'floating-ip' | 'plumbing';

export type CaseVerdict = { readonly passed: true } | { readonly passed: false; readonly why: string };

/** What a case says of itself. */
export interface CaseHead {
  readonly id: string;
  readonly title: string;
  readonly group: CaseGroup;
  readonly traits?: readonly CaseTrait[];
  readonly levers?: readonly LeverName[];
  readonly further?: readonly Further[];
}

/** Makes a case of a body that throws {@link CaseFailed} where the promise is broken. */
export function conformanceCase(head: CaseHead, body: (bench: Bench) => Promise<void>): ConformanceCase {
  return {
    ...head,
    traits: head.traits ?? [],
    levers: head.levers ?? [],
    further: head.further ?? [],
    run: (subject) => {
      const verdict = judge(head.id, subject, body);
      return subject.drive === undefined ? verdict : subject.drive(verdict);
    },
  };
}

async function judge(
  id: string,
  subject: Subject,
  body: (bench: Bench) => Promise<void>,
): Promise<CaseVerdict> {
  const bench = openBench(id, subject);
  const limitMs = mostPatiences * subject.patienceMs;
  const problems = [
    await problemOf(inTime(body(bench), limitMs, subject)),
    await problemOf(inTime(bench.clearUp(), limitMs, subject)),
  ];
  const found = problems.filter((problem) => problem !== undefined);
  return found.length === 0 ? { passed: true } : { passed: false, why: found.join(' ') };
}

/** A case makes a few dozen calls at the most, and each of them takes its patience only where it fails. */
const mostPatiences = 10;

/** Lists and levers have no deadline of their own: what hangs in them must not hang the suite. */
async function inTime(work: Promise<void>, limitMs: number, { clock }: Subject): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = clock.after(limitMs, () => reject(new CaseFailed(`It did not end within ${limitMs} ms.`)));
  await Promise.race([work, late]).finally(stop);
}

async function problemOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CaseFailed) return thrown.message;
    // An adapter that throws breaks the port's first promise, whatever the case is about.
    return `Something was thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}
