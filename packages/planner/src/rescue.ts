/** When the source does not serve: ways back, takeovers, and what to write to the provider. */

export {
  dryRunRescue,
  type RescueCheck,
  type RescueDryRun,
  type RescueServices,
} from './rescue/dry-run-rescue.ts';
export * from './rescue/explain-rescue.ts';
export * from './rescue/loss.ts';
export * from './rescue/observe-rescue.ts';
export * from './rescue/recovery.ts';
export * from './rescue/recovery-way.ts';
export { recoveryWays } from './rescue/recovery-ways.ts';
export * from './rescue/rescue-facts.ts';
export type { RescueRun, RescueWord } from './rescue/rescue-run.ts';
export * from './rescue/takeover.ts';
export * from './rescue/ticket.ts';
