/**
 * From facts and a target to judged strategies and an explained plan, with the graphs that carry it out.
 *
 * @packageDocumentation
 */
export * from './swap/swap-input.ts';
export { volumeSwap } from './volume-swap-graph.ts';
