/**
 * An onlooker in a cloud that knows its own state. It knows when a state was really reached, hears when somebody
 * noticed it, and counts the describe calls that the account made for that, second by second of the cloud's own time.
 */

import type { Clock } from '@belay/cloud';

/** What is waited for. */
export const waits = ['instance-running', 'volume-available', 'volume-attached'] as const;
export type Wait = (typeof waits)[number];

/** What is described. */
export const kinds = ['instances', 'volumes'] as const;
export type Kind = (typeof kinds)[number];

/** What was seen of some swaps. */
export interface Seen {
  /** Of waits that ended when the state was there: from then until it was noticed, in milliseconds of the cloud. */
  readonly ended: Readonly<Record<Wait, readonly number[]>>;
  /** Waits that ended before the state was reached: what they were waiting for was not there. */
  readonly early: Readonly<Record<Wait, number>>;
  /** Describe calls in each second, the first one being the first second. */
  readonly describes: Readonly<Record<Kind, readonly number[]>>;
  /** How many of them looked for something by its tag: no wait asks like that, but a create does. */
  readonly lookups: Readonly<Record<Kind, number>>;
}

export interface Watch {
  nowMs(): number;
  /** The wait has ended now. */
  noticed(wait: Wait, resourceId: string): void;
  /** Ends the watch. */
  seen(): Seen;
}

/** A cloud that can be watched. */
export interface Watched {
  readonly clock: Clock;
  /** Calls back when a state is reached; the returned function ends it. */
  onReached(hear: (wait: Wait, resourceId: string, atMs: number) => void): () => void;
  /** Describe calls that have arrived so far. */
  calls(kind: Kind): Calls;
}

/** Those that name what they ask for, and those that look for it by its tag. */
export interface Calls {
  readonly byId: number;
  readonly byTag: number;
}

/** Watches from now on. */
export function watch({ clock, onReached, calls }: Watched): Watch {
  const reachedAtMs = new Map<string, number>();
  const noticed = new Map<string, number>();
  const stopListening = onReached((wait, id, atMs) => {
    reachedAtMs.set(`${wait} ${id}`, atMs);
  });
  const lookupsOf = (kind: Kind): number => calls(kind).byTag;
  const callsOf = (kind: Kind): number => calls(kind).byId + lookupsOf(kind);
  const describes: Record<Kind, number[]> = { instances: [], volumes: [] };
  const before = { instances: callsOf('instances'), volumes: callsOf('volumes') };
  const lookupsBefore = { instances: lookupsOf('instances'), volumes: lookupsOf('volumes') };
  const count = (): void => {
    for (const kind of kinds) {
      const now = callsOf(kind);
      describes[kind].push(now - before[kind]);
      before[kind] = now;
    }
  };
  let stopCounting = clock.after(1_000, function again() {
    count();
    stopCounting = clock.after(1_000, again);
  });

  return {
    nowMs: () => clock.now(),
    noticed: (wait, resourceId) => noticed.set(`${wait} ${resourceId}`, clock.now()),
    seen() {
      stopCounting();
      stopListening();
      count();
      const ended: Record<Wait, number[]> = {
        'instance-running': [],
        'volume-available': [],
        'volume-attached': [],
      };
      const early: Record<Wait, number> = {
        'instance-running': 0,
        'volume-available': 0,
        'volume-attached': 0,
      };
      for (const [name, atMs] of noticed) {
        const [wait] = name.split(' ') as [Wait];
        const thereAtMs = reachedAtMs.get(name) ?? Infinity;
        if (atMs < thereAtMs) early[wait] += 1;
        else ended[wait].push(atMs - thereAtMs);
      }
      const lookups = {
        instances: lookupsOf('instances') - lookupsBefore.instances,
        volumes: lookupsOf('volumes') - lookupsBefore.volumes,
      };
      return { ended, early, describes, lookups };
    },
  };
}
