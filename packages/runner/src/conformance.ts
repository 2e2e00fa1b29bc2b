/**
 * The promises of the runner's ports as cases that need no test runner: make a subject of a journal or an engine and
 * hand it to {@link runConformance}.
 *
 * @packageDocumentation
 */
export * from './conformance/case.ts';
export type { EngineCase } from './conformance/engine-bench.ts';
export { engineCases, runEngineConformance } from './conformance/engine-cases.ts';
export * from './conformance/engine-subject.ts';
export type { World } from './conformance/engine-world.ts';
export type { JournalCase } from './conformance/journal-bench.ts';
export { journalCases } from './conformance/journal-cases.ts';
export * from './conformance/journal-subject.ts';
