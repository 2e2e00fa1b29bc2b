import type { Clock, Place } from '@belay/cloud';
import { applyTransition, type Transition } from './agenda.ts';
import type { FaultBook } from './fault-book.ts';
import { type Latencies, type LatencyName, type Spread, sampleMs } from './latency.ts';
import type { Operation } from './operations.ts';
import type { Random } from './random.ts';
import { type Sessions, sessionBook } from './sessions.ts';
import type { AgendaItem, Stale, WorldState } from './state.ts';
import type { Profile } from './traits.ts';

/**
 * The world as its parts work on it: the state, the time, and the one way in which something that takes time is
 * begun. It changes only inside `change`, which settles first what has fallen due, and keeps the world afterwards.
 */
export interface World {
  readonly at: Place;
  readonly state: WorldState;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly random: Random;
  readonly faults: FaultBook;
  /** Who has a session with the provider. It ends with the process: nothing of it is kept. */
  readonly sessions: Sessions;
  readonly latencies: Latencies;
  /** The worlds that can be reached from here, itself among them. */
  reach(): readonly World[];
  /** The world's time. Inside a transition it is the time at which that fell due, however late it is settled. */
  readonly nowMs: number;
  /** Runs a change with everything settled up to now, then keeps the world and tells the listeners. */
  change<T>(effect: () => T): T;
  /** Begins what ends after a while. `rolledBack` takes its place where a fault says so. */
  begin(begun: Begun): void;
  /** Draws a duration; `spread` in place of the usual one, where something has its own. */
  sampleMs(name: LatencyName, spread?: Spread): number;
  /** What reads show of this record now: the record, an older one, or nothing. */
  seen<T extends { stale?: Stale<T> | undefined }>(record: T): T | undefined;
  /** To be called before a record is changed by an API call: reads may show it as it was for a while. */
  blur<T extends { readonly id: string; stale?: Stale<T> | undefined }>(
    record: T,
    operation: Operation,
    before?: T | null,
  ): void;
  emit(what: string, details?: WorldEvent['details']): void;
}

interface Begun {
  readonly operation?: Operation | undefined;
  readonly takes: LatencyName | number;
  readonly transition: Transition;
  readonly rolledBack?: Transition | undefined;
}

/** Something that happened in the world. */
export interface WorldEvent {
  readonly atMs: number;
  /** `volume.attached`, `api volumes.attach`, `serving`. */
  readonly what: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

export interface WorldParts {
  readonly at: Place;
  readonly state: WorldState;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly random: Random;
  readonly faults: FaultBook;
  readonly latencies: Latencies;
  readonly reach: () => readonly World[];
  /** Called after each change, when the state is whole. */
  readonly keep: (world: World) => void;
  readonly emit: (event: WorldEvent) => void;
}

export function openWorld(parts: WorldParts): World & { readonly close: () => void } {
  const { state, clock, faults } = parts;
  let depth = 0;
  let disarm: (() => void) | undefined;

  const settle = (): void => {
    const untilMs = Math.max(clock.now(), state.nowMs);
    for (let due = earliest(state.agenda); due !== undefined && due.atMs <= untilMs; ) {
      const item = due;
      state.agenda = state.agenda.filter((one) => one !== item);
      state.nowMs = Math.max(state.nowMs, item.atMs);
      applyTransition(world, item.transition);
      due = earliest(state.agenda);
    }
    state.nowMs = untilMs;
  };
  /** Sets the clock for the next thing that falls due, so that it is seen to happen at its time. */
  const arm = (): void => {
    disarm?.();
    disarm = undefined;
    const next = earliest(state.agenda);
    if (next === undefined) return;
    disarm = clock.after(Math.max(0, next.atMs - clock.now()), () => world.change(() => undefined));
  };

  const world: World & { close: () => void } = {
    at: parts.at,
    state,
    clock,
    profile: parts.profile,
    random: parts.random,
    faults,
    sessions: sessionBook(),
    latencies: parts.latencies,
    reach: parts.reach,
    get nowMs() {
      return state.nowMs;
    },
    change(effect) {
      depth += 1;
      try {
        if (depth === 1) settle();
        return effect();
      } finally {
        depth -= 1;
        if (depth === 0) {
          arm();
          parts.keep(world);
        }
      }
    },
    begin({ operation, takes, transition, rolledBack }) {
      const ids = Object.values(transition);
      const { fate, slowBy } = operation === undefined ? unharmed : faults.fateOf(operation, ids);
      if (fate === 'sticks' || ids.some((id) => faults.frozen.has(id))) {
        state.stuck.push(transition);
        return;
      }
      const delayMs = (typeof takes === 'number' ? takes : world.sampleMs(takes)) * slowBy;
      state.agenda.push({
        atMs: Math.round(state.nowMs + delayMs),
        order: state.nextOrder++,
        transition: fate === 'rolls-back' ? (rolledBack ?? transition) : transition,
      });
    },
    sampleMs: (name, spread) => sampleMs(spread ?? parts.latencies[name], parts.random, name),
    seen(record) {
      const { stale } = record;
      const isShown =
        stale === undefined || stale.untilMs <= state.nowMs || state.nowMs < (stale.fromMs ?? 0);
      return isShown ? record : (stale.before ?? undefined);
    },
    blur(record, operation, before) {
      const { forMs, afterMs } = faults.staleness(operation, record.id) ?? {
        forMs: world.sampleMs('visibility'),
      };
      if (forMs <= 0) return;
      const fromMs = afterMs === undefined ? undefined : state.nowMs + afterMs;
      const untilMs = (fromMs ?? state.nowMs) + forMs;
      const now = structuredClone({ ...record, stale: undefined });
      record.stale = { fromMs, untilMs, before: before === undefined ? now : before };
    },
    emit: (what, details = {}) => parts.emit({ atMs: state.nowMs, what, details }),
    close() {
      disarm?.();
      disarm = undefined;
    },
  };
  return world;
}

const unharmed = { fate: 'ends', slowBy: 1 } as const;

function earliest(agenda: readonly AgendaItem[]): AgendaItem | undefined {
  let first: AgendaItem | undefined;
  for (const item of agenda) {
    if (
      first === undefined ||
      item.atMs < first.atMs ||
      (item.atMs === first.atMs && item.order < first.order)
    ) {
      first = item;
    }
  }
  return first;
}
