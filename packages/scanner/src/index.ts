/**
 * Deletion with evidence: what is stored is compared with what is needed, and what nobody needs is flagged, verified,
 * put into quarantine, and deleted when nobody has asked for it back.
 *
 * @packageDocumentation
 */

export * from './alerts.ts';
export * from './batch.ts';
export * from './call.ts';
export * from './canary.ts';
export * from './clock.ts';
export * from './entry.ts';
export * from './inventory.ts';
export * from './item.ts';
export * from './key.ts';
export * from './registry.ts';
export * from './remover.ts';
export * from './scanner-error.ts';
export * from './scope.ts';
export * from './statement.ts';
