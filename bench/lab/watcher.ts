// Asks every server of the shop all the time, each at its own address and none waiting for another, whether it serves:
// there must never be two that do.

import type { Cloud } from '@belay/cloud';
import { ask } from './ask.ts';
import { pause } from './expect.ts';

export interface Watcher {
  /** So often a server answered when another one had answered just before. */
  twoServed(): number;
  /** So often servers were asked. */
  asked(): number;
  leave(): Promise<void>;
}

const breathMs = 20;
const patienceMs = 500;
/** Between the last answer of one server and the first of the next a window opens and closes: that takes longer. */
const justBeforeMs = 100;
/** Which servers there are is asked of the clouds so often. */
const lookMs = 250;

export function watcher(clouds: readonly Cloud[]): Watcher {
  const answeredAtMs = new Map<string, number>();
  const watched = new Map<string, Promise<void>>();
  let [two, asked, isOver] = [0, 0, false];
  const watch = async (address: string): Promise<void> => {
    while (!isOver) {
      asked += 1;
      if (await ask({ address, path: '/', method: 'GET', patienceMs })) {
        const nowMs = Date.now();
        const others = [...answeredAtMs].filter(([other]) => other !== address);
        if (others.some(([, atMs]) => nowMs - atMs < justBeforeMs)) two += 1;
        answeredAtMs.set(address, nowMs);
      }
      await pause(breathMs);
    }
  };
  const look = async (): Promise<void> => {
    while (!isOver) {
      // The address of a server that is gone may be the next one's: it is the addresses that are asked.
      for (const address of await addressesOf(clouds)) {
        if (!watched.has(address)) watched.set(address, watch(address));
      }
      await pause(lookMs);
    }
  };
  const looking = look();
  return {
    twoServed: () => two,
    asked: () => asked,
    async leave() {
      isOver = true;
      await looking;
      await Promise.all(watched.values());
    },
  };
}

async function addressesOf(clouds: readonly Cloud[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { instances } of clouds) {
    for await (const listed of instances.list()) {
      // One that is just being made or ended is asked after the next look.
      const [address] = listed.isOk() ? listed.value.privateAddresses : [];
      if (address !== undefined) found.push(address);
    }
  }
  return found;
}
