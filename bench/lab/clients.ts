// Clients of the shop: they place orders at its address all the time and remember which ones were confirmed, and when.

import { ask } from './ask.ts';
import { pause } from './expect.ts';

/** An order that was confirmed. */
export interface Order {
  readonly id: string;
  /** When the client had the answer. */
  readonly atMs: number;
}

export interface Clients {
  /** All orders that were confirmed so far. */
  readonly acknowledged: readonly Order[];
  /** The longest time since this moment in which no order at all was confirmed. */
  longestGapSinceMs(sinceMs: number): number;
  /** The longest time between these two moments in which no order was confirmed. */
  longestGapMs(fromMs: number, toMs: number): number;
  /** All such times since this moment together, as far as each is longer than a quarter of a second. */
  outageSinceMs(sinceMs: number): number;
  /** Ends when all of them have gone. */
  leave(): Promise<void>;
}

/** How one client finds the shop; `undefined` where nobody tells him. Asked before every order. */
export type Finder = () => Promise<string | undefined>;

const howMany = 4;
const patienceMs = 1_000;
const breathMs = 10;
const noticedMs = 250;

/** They come at once, each with a finder of his own, and stay until they are told to leave. */
export function clients(finder: () => Finder, prefix: string): Clients {
  const acknowledged: Order[] = [];
  const beganMs = Date.now();
  let isOver = false;
  const come = async (who: number): Promise<void> => {
    const find = finder();
    for (let turn = 0; !isOver; turn++) {
      const id = `${prefix}-${who}-${turn}`;
      const address = await find();
      const order = { path: `/orders/${id}`, method: 'POST', patienceMs } as const;
      if (address !== undefined && (await ask({ address, ...order })))
        acknowledged.push({ id, atMs: Date.now() });
      await pause(breathMs);
    }
  };
  const all = Array.from({ length: howMany }, (_, who) => come(who));
  const gapsSince = (sinceMs: number): readonly number[] => {
    const orders = acknowledged.filter(({ atMs }) => atMs >= sinceMs);
    const moments = [Math.max(sinceMs, beganMs), ...orders.map(({ atMs }) => atMs), Date.now()];
    return moments.slice(1).map((atMs, i) => atMs - (moments[i] ?? atMs));
  };
  return {
    acknowledged,
    longestGapMs(fromMs, toMs) {
      const inside = acknowledged.map(({ atMs }) => atMs).filter((atMs) => atMs > fromMs && atMs < toMs);
      const moments = [fromMs, ...inside, toMs];
      return Math.max(0, ...moments.slice(1).map((atMs, i) => atMs - (moments[i] ?? atMs)));
    },
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
