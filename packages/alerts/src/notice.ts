import type { Notice } from './alert.ts';

/** When a message to one target is sent, and when it is sent again. */

/** A message that is to go out now. */
export function dueNow(target: string, action: Notice['action'], why: Notice['why'], nowMs: number): Notice {
  return { target, action, why, status: 'due', seq: 0, tries: 0, atMs: nowMs, nextAtMs: nowMs };
}

/** Is it time to send this one, for the first time or again? */
export function isDue(notice: Notice, nowMs: number): boolean {
  return notice.nextAtMs !== undefined && nowMs >= notice.nextAtMs;
}

/** Has its last try failed, or is it being tried again after one that did? */
export function isFailing({ status, tries }: Notice): boolean {
  return status === 'failed' || status === 'given-up' || (status === 'sending' && tries > 1);
}

/** The pause after so many failed tries: 5, 10, 20 and 40 seconds, then a minute for ever. */
export function retryDelayMs(tries: number): number {
  return Math.min(5_000 * 2 ** Math.max(0, tries - 1), 60_000);
}
