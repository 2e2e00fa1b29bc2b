/**
 * Revertible step graphs: define, check, run, revert, resume, draw.
 *
 * @packageDocumentation
 */

export { check } from './check.ts';
export type { Clock } from './clock.ts';
export * from './event.ts';
export * from './failure.ts';
export * from './graph.ts';
export * from './journal/index.ts';
export * from './journal.ts';
export type { IsJson, Json, JsonGuard, Nothing, Parts, Witness } from './json.ts';
export { json } from './json.ts';
export {
  type Command,
  type Ending,
  Machine,
  type MachineEvent,
  type MachineSnapshot,
  machine,
  type NodeState,
  type ScopeMode,
} from './machine.ts';
export * from './outcome.ts';
export { toDot } from './picture/dot.ts';
export { toMermaid } from './picture/mermaid.ts';
export type { Problem } from './program.ts';
export * from './runner.ts';
export * from './shape.ts';
export * from './step.ts';
export * from './view.ts';
