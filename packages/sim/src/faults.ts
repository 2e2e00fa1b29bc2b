import type { CloudErrorKind, HostErrorKind } from '@belay/cloud';
import { type Random, seededRandom } from './random.ts';

/**
 * The levers by which the world is made to misbehave, by rule or by chance. They act where the real thing breaks: at
 * the provider's API and inside the server, under the adapter, which has to cope. With `at: 'port'` a fault strikes
 * above it instead, as if the adapter's own patience had ended.
 */
export const operations = [
  'instances.get',
  'instances.list',
  'instances.create',
  'instances.start',
  'instances.stop',
  'instances.delete',
  'instances.rename',
  'instances.keepVolume',
  'instances.resize',
  'instances.confirmResize',
  'instances.revertResize',
  'instances.protect',
  'instances.offer',
  'volumes.get',
  'volumes.list',
  'volumes.create',
  'volumes.attach',
  'volumes.detach',
  'volumes.delete',
  'volumes.copy',
  'volumes.modify',
  'snapshots.get',
  'snapshots.list',
  'snapshots.create',
  'snapshots.copy',
  'snapshots.share',
  'snapshots.delete',
  'floatingIps.get',
  'floatingIps.list',
  'floatingIps.create',
  'floatingIps.move',
  'floatingIps.delete',
  'images.get',
  'images.list',
  'dns.get',
  'dns.change',
  'reservations.get',
  'reservations.list',
  'reservations.create',
  'reservations.delete',
  'permissions.check',
  'host.ready',
  'host.observe',
  'host.check',
  'services.list',
  'services.stop',
  'services.start',
  'mounts.list',
  'mounts.mount',
  'mounts.unmount',
] as const;

/** A call that a fault can strike, as `resource.verb`. */
export type Operation = (typeof operations)[number];

/**
 * A failure to come. `transient` and `timeout` leave a change in doubt (`applied: 'unknown'`), the others did not make
 * it.
 */
export interface Fault {
  readonly kind: CloudErrorKind | HostErrorKind;
  readonly message?: string;
  /** How many calls it strikes; 1 where absent. */
  readonly times?: number;
  /** Calls that are let through first. */
  readonly after?: number;
  /** `api` where absent. */
  readonly at?: FaultLevel;
}

/** Under the adapter, which copes as it would with the real thing, or above it, where its caller has to. */
export type FaultLevel = 'api' | 'port';

/** The levers themselves. Those that speak of the next call mean one call, unless told how many. */
export interface Faults {
  /**
   * The next call of this operation fails before its effect. The adapter tries `transient` and `throttled` again: say
   * `times`, or `at: 'port'`.
   */
  next(operation: Operation, fault: Fault): void;
  /** The next call has its effect and its answer is lost: the caller learns that it is unknown what happened. */
  loseReply(operation: Operation, how?: { readonly times?: number; readonly at?: FaultLevel }): void;
  /** What the next call begins does not end by itself: it stays attaching, stopping, pending. */
  stick(operation: Operation, times?: number): void;
  /** Nothing that begins with this resource ends, until the returned function is called. */
  freeze(resourceId: string): () => void;
  /** Lets everything that is stuck go on from now. */
  unstick(): void;
  /** What the next call begins is rolled back or fails after it was accepted. */
  rollBack(operation: Operation, times?: number): void;
  /** What the next call begins takes so many times as long; also the call itself. */
  slow(operation: Operation, factor: number, times?: number): void;
  /** After the next call of this operation, reads show the old state for so long. */
  stale(operation: Operation, forMs: number): void;
  /** No machine of this type is left there, and what is given back is snatched at once. */
  outOfStock(instanceType: string, zone: string): void;
  /** Undoes `outOfStock`: from now on there are so many; no end of them where absent. */
  restock(instanceType: string, zone: string, count?: number): void;
  /** The provider does not answer; nor does any server, where `hosts` says so. */
  outage(on: boolean, what?: 'api' | 'hosts'): void;
  /** Faults by chance, the same for the same seed: a share of calls fails in passing, loses its answer or is slow. */
  random(options: RandomFaults): void;
  /** Takes back every rule that has not struck yet, and the chance. */
  clear(): void;
}

/** Which share of which calls goes wrong, how, and by which seed. */
export interface RandomFaults {
  readonly seed: number | string;
  /** The share of calls that are struck, 0 to 1. */
  readonly rate: number;
  /** Only these; every call that changes something where absent. */
  readonly operations?: readonly Operation[];
  /** What may happen; all three where absent. */
  readonly kinds?: readonly RandomFaultKind[];
}

/** Refused before its effect; done, and the answer lost; done late. */
export type RandomFaultKind = 'transient' | 'lost-reply' | 'slow';

/** What strikes one call. */
interface Strike {
  readonly error?: Fault;
  readonly loseReply?: boolean;
  readonly slowBy: number;
}

/** The rules as the world asks for them. */
export interface FaultBook extends Omit<Faults, 'freeze' | 'unstick' | 'outOfStock' | 'restock'> {
  strike(operation: Operation, level: FaultLevel, isChange: boolean): Strike;
  /** What becomes of a transition that this operation begins. */
  fateOf(operation: Operation): { readonly fate: 'ends' | 'sticks' | 'rolls-back'; readonly slowBy: number };
  /** Resources of which nothing ends. */
  readonly frozen: Set<string>;
  staleMs(operation: Operation): number | undefined;
  isOut(what: 'api' | 'hosts'): boolean;
}

interface Rule {
  readonly does: 'error' | 'lose-reply' | 'stick' | 'roll-back' | 'slow-call' | 'slow-end' | 'stale';
  readonly operation: Operation;
  readonly level: FaultLevel;
  readonly fault?: Fault;
  readonly amount: number;
  skip: number;
  left: number;
}

export function faultBook(): FaultBook {
  let rules: Rule[] = [];
  let chance: (RandomFaults & { readonly random: Random }) | undefined;
  const out = { api: false, hosts: false };
  const frozen = new Set<string>();

  const add = (rule: Partial<Rule> & Pick<Rule, 'does' | 'operation'>): void => {
    rules.push({ level: 'api', amount: 1, skip: 0, left: 1, ...rule });
  };
  const take = (does: Rule['does'], operation: Operation, level: FaultLevel): Rule | undefined => {
    const rule = rules.find((one) => one.does === does && one.operation === operation && one.level === level);
    if (rule === undefined) return undefined;
    if (rule.skip > 0) {
      rule.skip -= 1;
      return undefined;
    }
    rule.left -= 1;
    if (rule.left <= 0) rules = rules.filter((one) => one !== rule);
    return rule;
  };
  const byChance = (operation: Operation, level: FaultLevel, isChange: boolean): Strike | undefined => {
    if (chance === undefined || level === 'port') return undefined;
    const { random, rate, kinds = ['transient', 'lost-reply', 'slow'] } = chance;
    if (chance.operations === undefined ? !isChange : !chance.operations.includes(operation))
      return undefined;
    if (random.next('strike') >= rate) return undefined;
    const kind = kinds[Math.floor(random.next('kind') * kinds.length)];
    if (kind === 'transient') return { error: { kind: 'transient' }, slowBy: 1 };
    return kind === 'slow' ? { slowBy: 10 } : { loseReply: true, slowBy: 1 };
  };

  return {
    frozen,
    next: (operation, fault) =>
      add({
        does: 'error',
        operation,
        fault,
        level: fault.at ?? 'api',
        left: fault.times ?? 1,
        skip: fault.after ?? 0,
      }),
    loseReply: (operation, { times = 1, at = 'api' } = {}) =>
      add({ does: 'lose-reply', operation, left: times, level: at }),
    stick: (operation, times = 1) => add({ does: 'stick', operation, left: times }),
    rollBack: (operation, times = 1) => add({ does: 'roll-back', operation, left: times }),
    slow(operation, factor, times = 1) {
      add({ does: 'slow-call', operation, amount: factor, left: times });
      add({ does: 'slow-end', operation, amount: factor, left: times });
    },
    stale: (operation, forMs) => add({ does: 'stale', operation, amount: forMs }),
    outage(on, what = 'api') {
      out[what] = on;
    },
    random(options) {
      chance = { ...options, random: seededRandom(options.seed) };
    },
    clear() {
      rules = [];
      chance = undefined;
      out.api = false;
      out.hosts = false;
      frozen.clear();
    },
    strike(operation, level, isChange) {
      const error = take('error', operation, level)?.fault;
      if (error !== undefined) return { error, slowBy: 1 };
      const loseReply = take('lose-reply', operation, level) !== undefined;
      const slowBy = take('slow-call', operation, level)?.amount ?? 1;
      if (loseReply || slowBy !== 1) return { loseReply, slowBy };
      return byChance(operation, level, isChange) ?? { slowBy: 1 };
    },
    fateOf(operation) {
      const slowBy = take('slow-end', operation, 'api')?.amount ?? 1;
      if (take('stick', operation, 'api') !== undefined) return { fate: 'sticks', slowBy };
      return { fate: take('roll-back', operation, 'api') === undefined ? 'ends' : 'rolls-back', slowBy };
    },
    staleMs: (operation) => take('stale', operation, 'api')?.amount,
    isOut: (what) => out[what],
  };
}
