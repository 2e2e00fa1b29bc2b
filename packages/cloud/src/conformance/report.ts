import type { CaseVerdict } from './case.ts';

/**
 * What came of the cases that were put to a subject, of whichever port. A case that could not be put counts as neither
 * passed nor failed: it is reported with the trait or the lever that is missing.
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

/** The report of cases of whichever port, each put as its port has it. */
export async function reportOn<Case>(
  subject: string,
  cases: readonly Case[],
  putOne: (one: Case) => Promise<CaseResult>,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const result = await putOne(one);
    results.push(result);
    options.onResult?.(result);
  }
  return {
    subject,
    results,
    conforms: results.every(({ verdict }) => verdict !== 'failed'),
    summary: summaryOf(results),
  };
}

/** What came of a case that was put. */
export function resultOf({ id, title }: Pick<CaseResult, 'id' | 'title'>, verdict: CaseVerdict): CaseResult {
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
