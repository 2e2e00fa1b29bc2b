/**
 * The promises of the runner's ports as cases that need no test runner: make a subject of a journal and hand it to
 * {@link runConformance}.
 *
 * @packageDocumentation
 */
export * from './conformance/case.ts';
export type { JournalCase } from './conformance/journal-bench.ts';
export { journalCases } from './conformance/journal-cases.ts';
export * from './conformance/journal-subject.ts';
