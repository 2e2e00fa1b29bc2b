/**
 * An onlooker in the simulated cloud. It knows when a state was really reached, hears when somebody noticed it, and
 * counts the describe calls that the account made for that, second by second of the cloud's own time.
 */

import type { Clock } from '@belay/cloud';
import type { Operation, Sim, WorldEvent } from '@belay/sim';

/** What is waited for. */
export const waits = ['instance-running', 'volume-available', 'volume-attached'] as const;
export type Wait = (typeof waits)[number];

/** What is described. */
export const kinds = ['instances', 'volumes'] as const;
export type Kind = (typeof kinds)[number];

/** What was seen of some swaps. */
export interface Seen {
  /** Waits that ended when the state was there. */
  readonly ended: Readonly<Record<Wait, readonly EndedWait[]>>;
  /** Waits that ended before the state was reached: what they were waiting for was not there. */
  readonly early: Readonly<Record<Wait, number>>;
  /** Describe calls in each second, the first one being the first second. */
  readonly describes: Readonly<Record<Kind, readonly number[]>>;
  /** How many of them looked for something by its tag: no wait asks like that, but a create does. */
  readonly lookups: Readonly<Record<Kind, number>>;
}

/** One wait, by the cloud's clock. */
export interface EndedWait {
  /** From the call that asked for the state until the state was reached. */
  readonly tookMs: number;
  /** From then until it was noticed. */
  readonly lagMs: number;
}

export interface Watch {
  nowMs(): number;
  /** The wait of what was asked for at that time has ended now. */
  noticed(wait: Wait, resourceId: string, askedAtMs: number): void;
  /** Ends the watch. */
  seen(): Seen;
}

const reached: Readonly<Record<Wait, { readonly event: string; readonly names: string }>> = {
  'instance-running': { event: 'instance.running', names: 'instanceId' },
  'volume-available': { event: 'volume.detached', names: 'volumeId' },
  'volume-attached': { event: 'volume.attached', names: 'volumeId' },
};

/** Looks at what is named, and looks for what carries a tag. */
const describing: Readonly<Record<Kind, { readonly byId: Operation; readonly byTag: Operation }>> = {
  instances: { byId: 'instances.get', byTag: 'instances.list' },
  volumes: { byId: 'volumes.get', byTag: 'volumes.list' },
};

/** Watches from now on. */
export function watch({ world, clock }: Sim<Clock>): Watch {
  const reachedAtMs = new Map<string, number>();
  const noticed = new Map<string, { readonly askedAtMs: number; readonly atMs: number }>();
  const stopListening = world.onEvent((event) => {
    for (const wait of waits) {
      const id = idIn(event, wait);
      if (id !== undefined) reachedAtMs.set(`${wait} ${id}`, event.atMs);
    }
  });
  const lookupsOf = (kind: Kind): number => world.calls(describing[kind].byTag);
  const callsOf = (kind: Kind): number => world.calls(describing[kind].byId) + lookupsOf(kind);
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
    noticed: (wait, resourceId, askedAtMs) =>
      noticed.set(`${wait} ${resourceId}`, { askedAtMs, atMs: clock.now() }),
    seen() {
      stopCounting();
      stopListening();
      count();
      const ended: Record<Wait, EndedWait[]> = {
        'instance-running': [],
        'volume-available': [],
        'volume-attached': [],
      };
      const early: Record<Wait, number> = {
        'instance-running': 0,
        'volume-available': 0,
        'volume-attached': 0,
      };
      for (const [name, { askedAtMs, atMs }] of noticed) {
        const [wait] = name.split(' ') as [Wait];
        const thereAtMs = reachedAtMs.get(name) ?? Infinity;
        if (atMs < thereAtMs) early[wait] += 1;
        else ended[wait].push({ tookMs: thereAtMs - askedAtMs, lagMs: atMs - thereAtMs });
      }
      const lookups = {
        instances: lookupsOf('instances') - lookupsBefore.instances,
        volumes: lookupsOf('volumes') - lookupsBefore.volumes,
      };
      return { ended, early, describes, lookups };
    },
  };
}

function idIn({ what, details }: WorldEvent, wait: Wait): string | undefined {
  const { event, names } = reached[wait];
  const id = details[names];
  return what === event && typeof id === 'string' ? id : undefined;
}
