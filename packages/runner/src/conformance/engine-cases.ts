import type { ConformanceReport } from './case.ts';
import { runConformance } from './case.ts';
import type { EngineCase } from './engine-bench.ts';
import { engineCrashCases } from './engine-crash-cases.ts';
import { engineDoubtCases } from './engine-doubt-cases.ts';
import { engineFailureCases } from './engine-failure-cases.ts';
import { engineKeyCases } from './engine-key-cases.ts';
import { engineOrderCases } from './engine-order-cases.ts';
import { enginePeopleCases } from './engine-people-cases.ts';
import { engineResumeCases } from './engine-resume-cases.ts';
import { engineScopeCases } from './engine-scope-cases.ts';
import type { EngineSubject } from './engine-subject.ts';

/** Everything that a runner promises, whatever engine is behind it. */
export const engineCases: readonly EngineCase[] = [
  ...engineOrderCases,
  ...engineFailureCases,
  ...engineScopeCases,
  ...engineDoubtCases,
  ...enginePeopleCases,
  ...engineKeyCases,
  ...engineCrashCases,
  ...engineResumeCases,
];

/** Puts engine cases to an engine, one after the other. Never rejects. */
export function runEngineConformance(
  cases: readonly EngineCase[],
  subject: EngineSubject,
): Promise<ConformanceReport> {
  return runConformance(cases, subject);
}
