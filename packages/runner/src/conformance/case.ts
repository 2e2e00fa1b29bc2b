/**
 * A promise of a port as data, needing no test runner. A case is put to a subject that has its traits and its levers;
 * the report says of each whether it passed, failed, does not apply (a trait) or was out of reach (a lever). One that
 * could not be put is never counted as passed.
 */

/** What a case is put to: a journal's store, an engine. */
export interface Subject {
  /** For the report: `memory`, `sqlite`. */
  readonly name: string;
  /** What it is. */
  readonly traits: ReadonlySet<string>;
  /** What can be done to it from the outside. Those that it does not have are left out. */
  readonly levers: object;
}

/** One promise, and how to see that it is kept. */
export interface ConformanceCase<S extends Subject> {
  /** Stays with the promise for ever. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly title: string;
  readonly traits: readonly string[];
  readonly levers: readonly (keyof S['levers'] & string)[];
  /** Never rejects. */
  readonly run: (subject: S) => Promise<CaseVerdict>;
}

export type CaseVerdict = { readonly passed: true } | { readonly passed: false; readonly why: string };

/** What a case is called and what it asks for. */
export interface CaseHead<S extends Subject> {
  readonly id: string;
  readonly title: string;
  readonly traits?: readonly string[];
  readonly levers?: readonly (keyof S['levers'] & string)[];
}

/** What became of all cases. */
export interface ConformanceReport {
  readonly subject: string;
  readonly results: readonly CaseResult[];
  /** True where nothing failed. */
  readonly conforms: boolean;
}

/** What became of one case. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly verdict: 'passed' | 'not-applicable' | 'out-of-reach' | 'failed';
  /** The missing trait or lever, or what went wrong. */
  readonly detail?: string;
}

/** A promise that was broken, in a sentence. */
export class CaseFailed extends Error {
  override readonly name = 'CaseFailed';
}

/** Says what a case expected, where it does not hold. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new CaseFailed(otherwise);
}

/** Makes a case of a body that throws {@link CaseFailed} where the promise is broken. */
export function conformanceCase<S extends Subject>(
  head: CaseHead<S>,
  body: (subject: S) => Promise<void>,
): ConformanceCase<S> {
  return {
    ...head,
    traits: head.traits ?? [],
    levers: head.levers ?? [],
    run: async (subject) => {
      try {
        await body(subject);
        return { passed: true };
      } catch (thrown) {
        return { passed: false, why: whyOf(thrown) };
      }
    },
  };
}

/** Puts cases to a subject, one after the other. */
export async function runConformance<S extends Subject>(
  cases: readonly ConformanceCase<S>[],
  subject: S,
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await putCase(one, subject));
  return {
    subject: subject.name,
    results,
    conforms: results.every(({ verdict }) => verdict !== 'failed'),
  };
}

/** Puts one case to a subject. */
export async function putCase<S extends Subject>(one: ConformanceCase<S>, subject: S): Promise<CaseResult> {
  const { id, title } = one;
  const trait = one.traits.find((wanted) => !subject.traits.has(wanted));
  if (trait !== undefined) return { id, title, verdict: 'not-applicable', detail: trait };
  const lever = one.levers.find((wanted) => Reflect.get(subject.levers, wanted) === undefined);
  if (lever !== undefined) return { id, title, verdict: 'out-of-reach', detail: lever };
  const verdict = await one.run(subject);
  return verdict.passed
    ? { id, title, verdict: 'passed' }
    : { id, title, verdict: 'failed', detail: verdict.why };
}

function whyOf(thrown: unknown): string {
  if (thrown instanceof CaseFailed) return thrown.message;
  // A port that throws breaks its first promise, whatever the case is about.
  return `Something was thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
