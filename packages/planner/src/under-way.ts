/** What on a server is busy and would be torn by a stop: writers of no service, and timers that are about to begin. */

import type { IsoTime, OpenFile, TimerState } from '@belay/cloud';
import type { Facts } from './facts.ts';
import { probed, strangeWriters } from './probed.ts';

/** The same of facts that were learned with a close look. */
export function underWay(facts: Facts, now: IsoTime, withinSeconds: number = 900): readonly string[] {
  const timers = probed(facts, 'timers');
  return busy(strangeWriters(facts) ?? [], timers.known ? timers.value : [], now, withinSeconds);
}

/** Each as half a sentence, and each once. */
export function busy(
  writers: readonly OpenFile[],
  timers: readonly TimerState[],
  now: IsoTime,
  withinSeconds: number,
): readonly string[] {
  const soon = timers.filter(({ state, masked, nextAt }) => {
    const seconds = (Date.parse(nextAt ?? '') - Date.parse(now)) / 1000;
    return state === 'active' && !masked && seconds >= 0 && seconds <= withinSeconds;
  });
  return [
    ...new Set([
      ...writers.map(({ command, path }) => `${command} writes to ${path}`),
      ...soon.map(({ name, nextAt }) => `${name} begins at ${nextAt}`),
    ]),
  ];
}
