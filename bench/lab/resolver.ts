// How a client finds the shop by its name: it asks the lab's name server, and remembers the answer for as long as that
// says and no longer.

import { Resolver } from 'node:dns/promises';
import type { Finder } from './clients.ts';

const patienceMs = 500;

/** Each client remembers for himself. */
export function byName(nameServer: string, name: string): () => Finder {
  return () => {
    const resolver = new Resolver({ timeout: patienceMs, tries: 2 });
    resolver.setServers([nameServer]);
    let remembered: { readonly address: string; readonly untilMs: number } | undefined;
    return async () => {
      if (remembered !== undefined && Date.now() < remembered.untilMs) return remembered.address;
      // A name server that does not answer is asked again at the next order.
      const [first] = await resolver.resolve4(name, { ttl: true }).catch(() => []);
      remembered = first && { address: first.address, untilMs: Date.now() + first.ttl * 1_000 };
      return first?.address;
    };
  };
}
