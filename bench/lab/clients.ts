// Clients of the shop: they place orders at its address all the time and remember which ones were confirmed.

import { request } from 'node:http';
import { pause } from './expect.ts';

export interface Clients {
  /** The ids of all orders that were confirmed so far. */
  readonly acknowledged: readonly string[];
  /** The longest time since this moment in which no order at all was confirmed. */
  longestGapSinceMs(sinceMs: number): number;
  /** All such times since this moment together, as far as each is longer than a quarter of a second. */
  outageSinceMs(sinceMs: number): number;
  /** Ends when all of them have gone. */
  leave(): Promise<void>;
}

const howMany = 4;
const patienceMs = 1_000;
const breathMs = 10;
const noticedMs = 250;

/** They come at once, and stay until they are told to leave. */
export function clients(address: string, prefix: string): Clients {
  const acknowledged: string[] = [];
  const momentsMs: number[] = [Date.now()];
  let isOver = false;
  const come = async (who: number): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const id = `${prefix}-${who}-${turn}`;
      if (await place(address, id)) {
        acknowledged.push(id);
        momentsMs.push(Date.now());
      }
      await pause(breathMs);
    }
  };
  const all = Array.from({ length: howMany }, (_, who) => come(who));
  const gapsSince = (sinceMs: number): readonly number[] => {
    const moments = [...momentsMs.filter((atMs) => atMs >= sinceMs), Date.now()];
    return moments.map((atMs, i) => atMs - (moments[i - 1] ?? Math.min(sinceMs, atMs)));
  };
  return {
    acknowledged,
    longestGapSinceMs: (sinceMs) => Math.max(0, ...gapsSince(sinceMs)),
    outageSinceMs: (sinceMs) =>
      gapsSince(sinceMs)
        .filter((gapMs) => gapMs > noticedMs)
        .reduce((sum, gapMs) => sum + gapMs, 0),
    async leave() {
      isOver = true;
      await Promise.all(all);
    },
  };
}

/** Was the order confirmed? */
function place(address: string, id: string): Promise<boolean> {
  return new Promise((settle) => {
    const asked = request(
      { host: address, port: 80, path: `/orders/${id}`, method: 'POST', agent: false },
      (answer) => {
        answer.on('error', () => settle(false));
        answer.on('end', () => settle(answer.statusCode === 200));
        answer.resume();
      },
    );
    asked.setTimeout(patienceMs, () => asked.destroy());
    asked.on('error', () => settle(false));
    asked.on('close', () => settle(false));
    asked.end();
  });
}
