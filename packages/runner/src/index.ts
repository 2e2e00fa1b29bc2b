/**
 * Revertible step graphs: define, check, run, revert, resume, draw.
 *
 * @packageDocumentation
 */
export * from './failure.ts';
export type { IsJson, Json, JsonGuard, Witness } from './json.ts';
export { json } from './json.ts';
export * from './step.ts';
export * from './graph.ts';
export * from './shape.ts';
export * from './event.ts';
export * from './journal.ts';
export * from './journal/index.ts';
export * from './outcome.ts';
