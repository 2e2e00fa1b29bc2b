import type { ConformanceCase } from './case.ts';
import { hasTrait, type Subject } from './subject.ts';

/**
 * Puts cases to a subject, one after the other, and says what came of each. A case that could not be put counts as
 * neither passed nor failed: it is reported with the trait or the lever that is missing.
 */
export interface ConformanceReport {
  readonly subject: string;
  readonly results: readonly CaseResult[];
  /** True where nothing failed. */
  readonly conforms: boolean;
  /** `61 cases: 52 passed, 4 not applicable (device-names, dns), 5 out of reach (holdDisk, stickVolume), 0 failed` */
  readonly summary: string;
}

/** What came of one case. */
export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly verdict: 'passed' | 'not-applicable' | 'out-of-reach' | 'failed';
  /** The missing trait, the rule that an emulator does not enforce, the missing lever, or what went wrong. */
  readonly detail?: string;
}

/** Who watches. */
export interface ConformanceOptions {
  /** Called after each case, for whoever watches. */
  readonly onResult?: (result: CaseResult) => void;
}

/** Puts the cases to the subject. Never rejects: what went wrong is in the report. */
export async function runConformance(
  cases: readonly ConformanceCase[],
  subject: Subject,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const result = await put(one, subject);
    results.push(result);
    options.onResult?.(result);
  }
  return {
    subject: subject.name,
    results,
    conforms: results.every(({ verdict }) => verdict !== 'failed'),
    summary: summaryOf(results),
  };
}

async function put(one: ConformanceCase, subject: Subject): Promise<CaseResult> {
  const { id, title } = one;
  const trait = one.traits.find((wanted) => !hasTrait(subject, wanted)) ?? subject.leniencies?.get(id);
  if (trait !== undefined) return { id, title, verdict: 'not-applicable', detail: trait };
  const further = one.further.filter((more) => hasTrait(subject, more.trait));
  const levers = [...one.levers, ...further.flatMap((more) => more.levers)];
  const lever = levers.find((wanted) => subject.levers[wanted] === undefined);
  if (lever !== undefined) return { id, title, verdict: 'out-of-reach', detail: lever };
  const verdict = await one.run(subject);
  return verdict.passed
    ? { id, title, verdict: 'passed' }
    : { id, title, verdict: 'failed', detail: verdict.why };
}

/** How many of each verdict, and what was missing where a case could not be put. */
export function summaryOf(results: readonly CaseResult[]): string {
  const count = (verdict: CaseResult['verdict']): string => {
    const found = results.filter((result) => result.verdict === verdict);
    const names = [...new Set(found.flatMap(({ detail }) => detail ?? []))].sort();
    const why = verdict === 'failed' || names.length === 0 ? '' : ` (${names.join(', ')})`;
    return `${found.length} ${verdict.replaceAll('-', ' ')}${why}`;
  };
  const parts = (['passed', 'not-applicable', 'out-of-reach', 'failed'] as const).map(count);
  return `${results.length} cases: ${parts.join(', ')}`;
}
