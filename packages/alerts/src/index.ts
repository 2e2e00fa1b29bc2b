/**
 * Alerts that somebody takes: raised once for each cause, repeated and escalated until a named person has acknowledged
 * them, told anew when they are not resolved in time.
 *
 * @packageDocumentation
 */
export * from './alert.ts';
export * from './alerts.ts';
export * from './alerts-error.ts';
export * from './apply.ts';
export * from './chain.ts';
export { type Clock, systemClock } from './clock.ts';
export * from './for-scanner.ts';
export * from './heartbeat.ts';
export type { Fetch, FetchAnswer } from './http.ts';
export { memoryStore } from './memory-store.ts';
export { type PagerDutyOptions, pagerDuty } from './pagerduty.ts';
export { sqliteStore } from './sqlite-store.ts';
export type { AlertStore, Changed } from './store.ts';
export type { AlertMessage, Target } from './target.ts';
export { type WebhookOptions, webhook } from './webhook.ts';
