/**
 * Deletion with evidence: what is stored is compared with what is needed, and what nobody needs is flagged, verified,
 * put into quarantine, and deleted when nobody has asked for it back.
 *
 * @packageDocumentation
 */

export * from './affected.ts';
export * from './alerts.ts';
export * from './approval.ts';
export * from './batch.ts';
export type { Breaker, Closing } from './breaker.ts';
export * from './budget.ts';
export * from './call.ts';
export * from './canary.ts';
export * from './clock.ts';
export * from './doubt.ts';
export * from './entry.ts';
export * from './hold-keeper.ts';
export * from './inventory.ts';
export * from './item.ts';
export * from './key.ts';
export type { Baseline, MissingOf } from './ledger/baseline.ts';
export type { Act, ActItem, ActOutcome, LedgerEvent, LedgerLine } from './ledger/event.ts';
export type { Log, WriteAt } from './ledger/log.ts';
export type { Head } from './ledger/seal.ts';
export type { TrashState } from './ledger/trash.ts';
export { type Ledger, type LedgerOptions, openLedger } from './ledger.ts';
export { type KeyDigest, keyDigest } from './merge/digest.ts';
export { type Merge, type MergeSink, merge, type Wanted } from './merge/merge.ts';
export { type OrderCheck, orderCheck } from './merge/order.ts';
export type { Tally } from './merge/tally.ts';
export { type Seen, type Witness, witness } from './merge/witness.ts';
export type { Obstacles } from './obstacles.ts';
export type { ScannerOptions } from './options.ts';
export { type Plan, type PlanItem, planDigest, type Staying } from './plan.ts';
export { planText } from './plan-text.ts';
export {
  type Amount,
  type Approver,
  type Bound,
  type Caps,
  type OrphanClass,
  orphanClasses,
  type Policy,
  policyOf,
} from './policy.ts';
export * from './registry.ts';
export * from './remover.ts';
export type { AllGone } from './review.ts';
export type { Excess, GoneBefore } from './rules/limits.ts';
export type { Progress } from './scan/read-sides.ts';
export { type ScanReport, scanText } from './scan/report.ts';
export type { ScanCall } from './scan/scan.ts';
export type { NeededInQuarantine } from './scan/sightings.ts';
export { openScanner, type Scanner } from './scanner.ts';
export * from './scanner-error.ts';
export * from './scope.ts';
export * from './statement.ts';
export type { SweeperOptions } from './sweep/options.ts';
export type { PurgeReport } from './sweep/purge.ts';
export type { SweepReport } from './sweep/sweep.ts';
export type { Asking, UndoReport } from './sweep/undo.ts';
export { openSweeper, type Sweeper } from './sweeper.ts';
