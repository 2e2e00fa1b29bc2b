/**
 * A store, a registry, alerts and a clock in memory: for tests of your own, and the sides of this package's own
 * simulation. They are honest; a test that wants a lie wraps one verb of a port.
 *
 * @packageDocumentation
 */

export * from './memory/alerts.ts';
export * from './memory/clock.ts';
export * from './memory/registry.ts';
export * from './memory/store.ts';
