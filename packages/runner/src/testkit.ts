/**
 * For tests of your own graphs: a journal that strikes at a given point, a matrix that kills a real process at every
 * one of them and recovers it in another, a record of effects that behaves as a cloud does, and a clock without
 * waiting.
 *
 * @packageDocumentation
 */
export { type CrashChild, crashChild } from './testkit/crash-child.ts';
export { type CrashMatrixOptions, crashMatrix } from './testkit/crash-matrix.ts';
export {
  type CrashedRun,
  type CrashPoint,
  type CrashReport,
  crashReportText,
} from './testkit/crash-report.ts';
export {
  type Effect,
  type EffectOf,
  type Effects,
  type EffectTally,
  openEffects,
} from './testkit/effects.ts';
export {
  type JournalPoint,
  type Kill,
  type KillableJournal,
  killJournal,
  type PointCall,
} from './testkit/kill-journal.ts';
export { type VirtualClock, virtualClock } from './testkit/virtual-clock.ts';
