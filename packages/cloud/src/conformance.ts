/**
 * The promises of the `Cloud` port as cases that need no test runner: make a {@link Subject} of an adapter and hand
 * it to {@link runConformance}.
 *
 * @packageDocumentation
 */
import { attachCases } from './conformance/attach-cases.ts';
import type { ConformanceCase } from './conformance/case.ts';
import { createCases } from './conformance/create-cases.ts';
import { detachCases } from './conformance/detach-cases.ts';
import { floatingIpCases } from './conformance/floating-ip-cases.ts';
import { instanceCases } from './conformance/instance-cases.ts';
import { plumbingCases } from './conformance/plumbing-cases.ts';

export type { Bench } from './conformance/bench.ts';
export * from './conformance/case.ts';
export { CaseFailed, check } from './conformance/check.ts';
export * from './conformance/lever.ts';
export * from './conformance/run.ts';
export * from './conformance/subject.ts';

/** The promises that a volume swap rests on. */
export const cloudCases: readonly ConformanceCase[] = [
  ...createCases,
  ...attachCases,
  ...detachCases,
  ...instanceCases,
  ...floatingIpCases,
  ...plumbingCases,
];
