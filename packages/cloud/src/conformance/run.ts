import type { ConformanceCase } from './case.ts';
import {
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  reportOn,
  resultOf,
} from './report.ts';
import { hasTrait, type Subject } from './subject.ts';

/** Puts cases to a subject, one after the other. Never rejects: what went wrong is in the report. */
export function runConformance(
  cases: readonly ConformanceCase[],
  subject: Subject,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  return reportOn(subject.name, cases, (one) => put(one, subject), options);
}

async function put(one: ConformanceCase, subject: Subject): Promise<CaseResult> {
  const { id, title } = one;
  const trait = one.traits.find((wanted) => !hasTrait(subject, wanted)) ?? subject.leniencies?.get(id);
  if (trait !== undefined) return { id, title, verdict: 'not-applicable', detail: trait };
  const further = one.further.filter((more) => hasTrait(subject, more.trait));
  const levers = [...one.levers, ...further.flatMap((more) => more.levers)];
  const lever = levers.find((wanted) => subject.levers[wanted] === undefined);
  if (lever !== undefined) return { id, title, verdict: 'out-of-reach', detail: lever };
  return resultOf(one, await one.run(subject));
}
