/**
 * Sides that do not come in the order of keys, sorted outside of memory by DuckDB.
 *
 * @packageDocumentation
 */

export type { DuckdbOptions } from './session.ts';
export { sortedInventory, sortedRegistry } from './sorted.ts';
