/**
 * From facts and a target to judged strategies and an explained plan, with the graphs that carry it out.
 *
 * @packageDocumentation
 */

export * from './adopt.ts';
export * from './approval.ts';
export * from './backup.ts';
export * from './catalogue.ts';
export * from './description.ts';
export { type Quantiles, quantilesOfSum, type ThreePoints } from './distribution.ts';
export * from './downtime.ts';
export * from './dry-run.ts';
export * from './explain.ts';
export * from './facts.ts';
export * from './final-pass.ts';
export * from './graphs.ts';
export * from './guards.ts';
export * from './headroom.ts';
export * from './history.ts';
export * from './judge.ts';
export * from './known.ts';
export * from './moved.ts';
export * from './observe.ts';
export * from './parameters.ts';
export * from './plan.ts';
export type { PlanStep, StepBack } from './plan-steps.ts';
export * from './planner.ts';
export type { Change, Effort, Finding, Judged, Precondition, Question, Verdict } from './precondition.ts';
export {
  type Changes,
  changesOf,
  databasesFound,
  type ProbedOf,
  type ProbeName,
  probed,
  strangeWriters,
  writesOf,
} from './probed.ts';
export * from './rehearsal.ts';
export * from './rescue.ts';
export type { Sealed } from './sealed.ts';
export * from './sight.ts';
export * from './strategy.ts';
export * from './target.ts';
export { type RangeOf, rangeText, type ToldRange, toldRange } from './told-range.ts';
export type { SlowName, TtlLimits } from './ttl.ts';
export * from './workload.ts';
export * from './workload-source.ts';
