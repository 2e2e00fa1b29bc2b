// How long clouds and hosts were at work: every call of their ports is timed, from outside. What is left of a stretch of
// time in which none of them was under way is belay's own.

import type { Clouds, Hosts } from '@belay/cloud';

export interface Timed {
  readonly services: Clouds & Hosts;
  /** For so many milliseconds of this stretch at least one call was under way. */
  busyMs(fromMs: number, toMs: number): number;
}

interface Stretch {
  readonly fromMs: number;
  toMs: number;
}

export function timed(services: Clouds & Hosts): Timed {
  const stretches: Stretch[] = [];
  const { clouds, hosts } = services;
  return {
    services: {
      clouds: { ...clouds, get: (at) => watched(clouds.get(at), stretches) },
      hosts: { has: (at) => hosts.has(at), get: (server) => watched(hosts.get(server), stretches) },
    },
    busyMs(fromMs, toMs) {
      const inside = stretches
        .map((one) => ({ fromMs: Math.max(one.fromMs, fromMs), toMs: Math.min(one.toMs, toMs) }))
        .filter((one) => one.toMs > one.fromMs)
        .sort((a, b) => a.fromMs - b.fromMs);
      let untilMs = fromMs;
      let busyMs = 0;
      for (const one of inside) {
        busyMs += Math.max(0, one.toMs - Math.max(one.fromMs, untilMs));
        untilMs = Math.max(untilMs, one.toMs);
      }
      return busyMs;
    },
  };
}

/** The same object, whose calls, and those of the objects in it, leave a stretch behind. */
function watched<T extends object>(thing: T, stretches: Stretch[]): T {
  return new Proxy(thing, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value === 'object' && value !== null) return watched(value, stretches);
      if (typeof value !== 'function') return value;
      return (...words: unknown[]): unknown => {
        const stretch: Stretch = { fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY };
        const answer: unknown = Reflect.apply(value, target, words);
        if (isThenable(answer)) {
          stretches.push(stretch);
          const end = (): void => {
            stretch.toMs = Date.now();
          };
          void answer.then(end, end);
        }
        return answer;
      };
    },
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
