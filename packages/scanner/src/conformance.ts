/**
 * The promises of the scanner's ports as cases that need no test runner. Write a subject around your side, with hands
 * that change what lies behind it, and give it to `runSideConformance`.
 *
 * @packageDocumentation
 */

export * from './conformance/case.ts';
export { inventoryCases } from './conformance/inventory-cases.ts';
export { registryCases } from './conformance/registry-cases.ts';
export { removerCases } from './conformance/remover-cases.ts';
export * from './conformance/run.ts';
export * from './conformance/subject.ts';
