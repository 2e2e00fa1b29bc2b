import type { SideCase } from './case.ts';
import type { Subject } from './subject.ts';

/** What came of all cases. */
export interface SideReport {
  readonly subject: string;
  readonly results: readonly SideResultLine[];
  /** True where nothing failed. */
  readonly conforms: boolean;
}

/** What came of one case. A case that could not be put counts as neither passed nor failed. */
export interface SideResultLine {
  readonly id: string;
  readonly title: string;
  readonly verdict: 'passed' | 'not-applicable' | 'out-of-reach' | 'failed';
  /** The trait or the lever that is missing, or what went wrong. */
  readonly detail?: string;
}

/** Puts the cases to the subject, one after the other. Never rejects. */
export async function runSideConformance<S extends Subject>(
  cases: readonly SideCase<S>[],
  subject: S,
): Promise<SideReport> {
  const results: SideResultLine[] = [];
  for (const one of cases) results.push(await put(one, subject));
  return {
    subject: subject.name,
    results,
    conforms: results.every(({ verdict }) => verdict !== 'failed'),
  };
}

async function put<S extends Subject>(one: SideCase<S>, subject: S): Promise<SideResultLine> {
  const { id, title } = one;
  const trait = one.traits.find((wanted) => subject.lacks?.includes(wanted) === true);
  if (trait !== undefined) return { id, title, verdict: 'not-applicable', detail: trait };
  const lever = one.levers.find((wanted) => subject.levers?.[wanted] === undefined);
  if (lever !== undefined) return { id, title, verdict: 'out-of-reach', detail: lever };
  const verdict = await one.run(subject);
  return verdict.passed
    ? { id, title, verdict: 'passed' }
    : { id, title, verdict: 'failed', detail: verdict.why };
}
