/**
 * The promises of the `Cloud` port as cases that need no test runner: make a {@link Subject} of an adapter and hand
 * it to {@link runConformance}.
 *
 * @packageDocumentation
 */
import { attachCases } from './conformance/attach-cases.ts';
import { attachStateCases } from './conformance/attach-state-cases.ts';
import { callCases } from './conformance/call-cases.ts';
import type { ConformanceCase } from './conformance/case.ts';
import { createCases } from './conformance/create-cases.ts';
import { createDoubtCases } from './conformance/create-doubt-cases.ts';
import { createKindsCases } from './conformance/create-kinds-cases.ts';
import { detachCases } from './conformance/detach-cases.ts';
import { detachTroubleCases } from './conformance/detach-trouble-cases.ts';
import { dnsCases } from './conformance/dns-cases.ts';
import { floatingIpCases } from './conformance/floating-ip-cases.ts';
import { instanceCases } from './conformance/instance-cases.ts';
import { plumbingCases } from './conformance/plumbing-cases.ts';
import { snapshotCases } from './conformance/snapshot-cases.ts';
import { stillOursCases } from './conformance/still-ours-cases.ts';

export type { Bench } from './conformance/bench.ts';
export * from './conformance/case.ts';
export { CaseFailed, check } from './conformance/check.ts';
export { type HostBench, type HostCase, runHostConformance } from './conformance/host-case.ts';
export { hostCases } from './conformance/host-cases.ts';
export * from './conformance/host-subject.ts';
export * from './conformance/lever.ts';
export {
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  summaryOf,
} from './conformance/report.ts';
export { runConformance } from './conformance/run.ts';
export * from './conformance/subject.ts';

/** The 62 promises of the `Cloud` port, by their numbers. */
export const cloudCases: readonly ConformanceCase[] = [
  ...createCases,
  ...createDoubtCases,
  ...createKindsCases,
  ...attachCases,
  ...attachStateCases,
  ...detachCases,
  ...detachTroubleCases,
  ...instanceCases,
  ...snapshotCases,
  ...floatingIpCases,
  ...dnsCases,
  ...plumbingCases,
  ...callCases,
  ...stillOursCases,
].sort((a, b) => Number(a.id) - Number(b.id));
