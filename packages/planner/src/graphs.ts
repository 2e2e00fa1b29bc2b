/** What carries plans out: the graphs, their inputs and outputs, and the ports that their steps ask besides clouds. */

export * from './copy/copy-input.ts';
export type { FencedServer, FenceSeen } from './failover/fence.ts';
export * from './grow/grow-input.ts';
export { growOnline } from './grow-online-graph.ts';
export * from './move/move-input.ts';
export type { PlannedStep } from './planned-steps.ts';
export { plannedSteps } from './planned-steps.ts';
export * from './recover/recover-input.ts';
export * from './recover/restores.ts';
export { recover, recoverWith, startAgain } from './recover-graph.ts';
export type { RegisteredGraphs } from './registered-graphs.ts';
export * from './release/first-run.ts';
export * from './release/release-input.ts';
export { releaseSource, releaseSourceWith } from './release-source-graph.ts';
export * from './resize/resize-input.ts';
export { confirmResize, resizeInPlace, resizeInPlaceWith } from './resize-in-place-graph.ts';
export * from './route/front-end.ts';
export { rsync, rsyncWith } from './rsync-graph.ts';
export { servingDuring } from './serving-during.ts';
export * from './slots.ts';
export { snapshotClone, snapshotCloneWith } from './snapshot-clone-graph.ts';
export * from './swap/swap-input.ts';
export * from './takeover/ports.ts';
export * from './takeover/takeover-input.ts';
export { takeover, takeoverWith } from './takeover-graph.ts';
export { volumeSwap, volumeSwapWith } from './volume-swap-graph.ts';
