/**
 * From facts and a target to judged strategies and an explained plan, with the graphs that carry it out.
 *
 * @packageDocumentation
 */

export * from './approval.ts';
export * from './description.ts';
export * from './downtime.ts';
export * from './explain.ts';
export * from './facts.ts';
export * from './graphs.ts';
export * from './guards.ts';
export * from './judge.ts';
export * from './known.ts';
export * from './observe.ts';
export * from './parameters.ts';
export * from './plan.ts';
export * from './planner.ts';
export type { Finding, Judged, Precondition, Question, Verdict } from './precondition.ts';
export * from './strategy.ts';
export * from './target.ts';
export * from './workload.ts';
