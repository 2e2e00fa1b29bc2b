// A world in which a fact turns at one moment: until then every port answers as it is, afterwards as the test says.

import type { Cloud, Host, Hosts } from '@belay/cloud';
import type { World } from '@belay/planner';
import type { Scene } from './shop.ts';

/** What turns: parts of the ports that answer otherwise from then on. */
export interface Turn {
  readonly cloud?: (cloud: Cloud) => object;
  /** Of the source. */
  readonly source?: (host: Host) => object;
  /** Of every other server. */
  readonly target?: (host: Host) => object;
}

export interface TurningWorld extends World {
  readonly turn: () => void;
}

/** The simulation's services; `turn()` is the moment. */
export function turningWorld({ sim, shop }: Scene, { cloud, source, target }: Turn): TurningWorld {
  let hasTurned = false;
  const from = <T extends object>(plain: T, change: ((plain: T) => object) | undefined): T =>
    change === undefined ? plain : either(plain, deep(plain, change(plain)), () => hasTurned);
  const hosts: Hosts['hosts'] = {
    ...sim.hosts,
    get: (at) => from(sim.hosts.get(at), at.id === shop.instanceId ? source : target),
  };
  return {
    hosts,
    clouds: { ...sim.clouds, get: (at) => from(sim.clouds.get(at), cloud) },
    clock: sim.clock,
    turn: () => {
      hasTurned = true;
    },
  };
}

/** The plain one with some parts replaced, however deep they lie. */
function deep<T extends object>(plain: T, change: object): T {
  const parts = Object.entries(change).map(([name, part]) => {
    const was: unknown = Reflect.get(plain, name);
    const isPart = typeof part === 'object' && part !== null && typeof was === 'object' && was !== null;
    return [name, isPart && !Array.isArray(part) ? deep(was, part) : part];
  });
  return { ...plain, ...Object.fromEntries(parts) };
}

/** Asks the one or the other at the moment of each call, however long ago the port was got. */
function either<T extends object>(plain: T, other: T, isOther: () => boolean): T {
  return new Proxy(plain, {
    get(_, name) {
      const [a, b]: unknown[] = [Reflect.get(plain, name), Reflect.get(other, name)];
      if (typeof a === 'function' && typeof b === 'function')
        return (...args: unknown[]): unknown => (isOther() ? b.apply(other, args) : a.apply(plain, args));
      if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null && a !== b)
        return either(a, b, isOther);
      return isOther() ? b : a;
    },
  });
}
