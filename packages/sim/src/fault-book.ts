import type { FaultEffect, FaultLevel, FaultRule, Faults, RandomFaults } from './faults.ts';
import type { Operation } from './operations.ts';
import { type Random, seededRandom } from './random.ts';

/** How a read lies about what was done. */
type Staleness = Pick<Extract<FaultEffect, { what: 'shows-late' }>, 'forMs' | 'afterMs'>;

/** The rules as the world asks for them: at each call, at each thing that a call begins, at each record it touches. */
export interface FaultBook
  extends Omit<
    Faults,
    | 'freeze'
    | 'hangHost'
    | 'noWay'
    | 'unstick'
    | 'outOfStock'
    | 'restock'
    | 'replay'
    | 'endSessions'
    | 'refuseSessions'
  > {
  strike(operation: Operation, level: FaultLevel, isChange: boolean): Strike;
  /** What becomes of a transition that this operation begins with these resources. */
  fateOf(operation: Operation, resourceIds: readonly string[]): Fate;
  /** For how long reads shall not show what this operation did to this resource, and from when on. */
  staleness(operation: Operation, resourceId: string): Staleness | undefined;
  /** Resources of which nothing ends. */
  readonly frozen: Set<string>;
  /** Instances whose machines do not answer their provider. */
  readonly downHosts: Set<string>;
  /** Instances from which no other server is reached. */
  readonly shutIn: Set<string>;
  /** What calls did that had their effect, the last one of each kind: to do it once more. */
  readonly landed: Map<Operation, () => unknown>;
  isOut(what: 'api' | 'hosts'): boolean;
}

/** What strikes one call. */
interface Strike {
  readonly error?: Extract<FaultEffect, { what: 'fails' }> | undefined;
  readonly hangs?: boolean | undefined;
  readonly loseReply?: boolean | undefined;
  readonly slowBy: number;
}

interface Fate {
  readonly fate: 'ends' | 'sticks' | 'rolls-back';
  readonly slowBy: number;
}

interface Entry extends Pick<FaultRule, 'on' | 'resourceId' | 'at'> {
  readonly does: Effect;
  /** Calls that are let through before it strikes. */
  skip: number;
  left: number;
}

/** A call that is slow makes slow what it begins: a rule of its own, for it may begin nothing. */
type Effect = FaultEffect | { readonly what: 'ends-slowly'; readonly factor: number };

/** Where in the life of a call an effect shows. */
type Moment = 'call' | 'begin' | 'record';

export function faultBook(): FaultBook {
  let entries: Entry[] = [];
  let chance: (RandomFaults & { readonly random: Random }) | undefined;
  const out = { api: false, hosts: false };
  const frozen = new Set<string>();
  const downHosts = new Set<string>();
  const shutIn = new Set<string>();

  const add = (rule: FaultRule): (() => void) => {
    const { does, after = 0, times = 1, ...where } = rule;
    const effects: readonly Effect[] =
      does.what === 'is-slow' ? [does, { what: 'ends-slowly', factor: does.factor }] : [does];
    const mine = effects.map((effect): Entry => ({ ...where, does: effect, skip: after, left: times }));
    entries.push(...mine);
    return () => {
      entries = entries.filter((entry) => !mine.includes(entry));
    };
  };
  /** The first rule that fits and has let enough calls through, used up by one. */
  const take = (moment: Moment, fits: (entry: Entry) => boolean): Effect | undefined => {
    const fitting = entries.filter((entry) => momentOf(entry.does) === moment && fits(entry));
    const first = fitting.find(({ skip }) => skip === 0);
    for (const entry of fitting) if (entry.skip > 0) entry.skip -= 1;
    if (first === undefined) return undefined;
    first.left -= 1;
    if (first.left <= 0) entries = entries.filter((one) => one !== first);
    return first.does;
  };
  const byChance = (operation: Operation, level: FaultLevel, isChange: boolean): Strike | undefined => {
    if (chance === undefined || level === 'port') return undefined;
    const { random, rate, kinds = ['transient', 'lost-reply', 'slow'] } = chance;
    if (chance.operations === undefined ? !isChange : !chance.operations.includes(operation))
      return undefined;
    if (random.next('strike') >= rate) return undefined;
    const kind = kinds[Math.floor(random.next('kind') * kinds.length)];
    if (kind === 'transient') return { error: { what: 'fails', kind: 'transient' }, slowBy: 1 };
    return kind === 'slow' ? { slowBy: 10 } : { loseReply: true, slowBy: 1 };
  };

  return {
    frozen,
    downHosts,
    shutIn,
    landed: new Map(),
    add,
    next: (on, { kind, message, ...more }) =>
      void add({ on, ...more, does: { what: 'fails', kind, message } }),
    loseReply: (on, how = {}) => void add({ on, ...how, does: { what: 'loses-reply' } }),
    stick: (on, times = 1) => void add({ on, times, does: { what: 'sticks' } }),
    rollBack: (on, times = 1) => void add({ on, times, does: { what: 'rolls-back' } }),
    slow: (on, factor, times = 1) => void add({ on, times, does: { what: 'is-slow', factor } }),
    stale: (on, forMs) => void add({ on, does: { what: 'shows-late', forMs } }),
    outage(on, what = 'api') {
      out[what] = on;
    },
    random(options) {
      chance = { ...options, random: seededRandom(options.seed) };
    },
    clear() {
      entries = [];
      chance = undefined;
      out.api = false;
      out.hosts = false;
      frozen.clear();
      downHosts.clear();
      shutIn.clear();
    },
    strike(operation, level, isChange) {
      const does = take('call', (one) => isOn(one, operation) && (one.at ?? 'api') === level);
      if (does === undefined) return byChance(operation, level, isChange) ?? { slowBy: 1 };
      if (does.what === 'fails') return { error: does, slowBy: 1 };
      if (does.what === 'hangs') return { hangs: true, slowBy: 1 };
      return does.what === 'is-slow' ? { slowBy: does.factor } : { loseReply: true, slowBy: 1 };
    },
    fateOf(operation, resourceIds) {
      const does = take('begin', (one) => isOn(one, operation) && concerns(one, resourceIds));
      if (does === undefined) return { fate: 'ends', slowBy: 1 };
      if (does.what === 'ends-slowly') return { fate: 'ends', slowBy: does.factor };
      return { fate: does.what === 'sticks' ? 'sticks' : 'rolls-back', slowBy: 1 };
    },
    staleness(operation, resourceId) {
      const does = take('record', (one) => isOn(one, operation) && concerns(one, [resourceId]));
      return does?.what === 'shows-late' ? does : undefined;
    },
    isOut: (what) => out[what],
  };
}

function momentOf({ what }: Effect): Moment {
  if (what === 'shows-late') return 'record';
  return what === 'sticks' || what === 'rolls-back' || what === 'ends-slowly' ? 'begin' : 'call';
}

function isOn({ on }: Entry, operation: Operation): boolean {
  return typeof on === 'string' ? on === operation : on.includes(operation);
}

function concerns({ resourceId }: Entry, resourceIds: readonly string[]): boolean {
  return resourceId === undefined || resourceIds.includes(resourceId);
}
