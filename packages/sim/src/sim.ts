import {
  type Clock,
  type Cloud,
  type CloudRegistry,
  cloudRegistry,
  type HostRegistry,
  hostRegistry,
  type Place,
  type Traits,
} from '@belay/cloud';
import type { ApiOptions } from './api.ts';
import { type FaultBook, faultBook } from './fault-book.ts';
import type { Faults } from './faults.ts';
import { openHost } from './host.ts';
import { inspect, type SimWorld, type Watchers } from './inspect.ts';
import { type Internet, internet, join, leave, membersOf } from './internet.ts';
import { type Latencies, latenciesOf } from './latency.ts';
import { levers } from './levers.ts';
import type { Operation } from './operations.ts';
import { openCloud } from './port/cloud.ts';
import { seededRandom } from './random.ts';
import type { ScaledClock } from './scaled-clock.ts';
import { emptyState, type QuotaRecord, type WorldState } from './state.ts';
import { type Family, profileOf } from './traits.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';
import { openWorld, type World } from './world.ts';
import { worldFile } from './world-file.ts';

/**
 * A whole cloud and the inside of its servers, in memory. Behind the ports stands an API that is as slow, as strict
 * and as unreliable as a real one; the same seed and the same calls make the same history, to the millisecond.
 */
export interface SimOptions<C extends Clock = Clock> {
  /** Decides every latency, id and random fault. A world that is loaded from a file keeps its own. */
  readonly seed?: number | string;
  /** A virtual clock of its own where absent. */
  readonly clock?: C | undefined;
  /** `sim` where absent. */
  readonly provider?: string;
  /** `test` where absent. */
  readonly account?: string;
  /** `here` where absent. */
  readonly region?: string;
  /** `a` and `b` where absent. */
  readonly zones?: readonly string[];
  /** What kind of cloud it is; `ec2` where absent. */
  readonly traits?: Family | Traits;
  readonly latencies?: Partial<Latencies>;
  /** How many machines there are, by type and zone; no end of those that are not named. */
  readonly stock?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly quotas?: QuotaRecord;
  readonly throttle?: ApiOptions['throttle'];
  /** Called with the levers before anything happens: faults that are there from the start. */
  readonly faults?: (faults: Faults) => void;
  /** Other clouds that names and addresses lead to. */
  readonly internet?: Internet | undefined;
  /** Where the world is kept. Read where it exists, written whole at each change. */
  readonly file?: string | undefined;
}

/**
 * A cloud, its servers and all that can be done to them. Itself a set of services for steps: it has `clouds` and
 * `hosts`.
 */
export interface Sim<C extends Clock = Clock> {
  readonly at: Place;
  readonly clock: C;
  readonly cloud: Cloud;
  readonly clouds: CloudRegistry;
  readonly hosts: HostRegistry;
  readonly world: SimWorld;
  readonly faults: Faults;
  /** A second adapter over the same world, as another process would open it. */
  anotherCloud(): Cloud;
  /** Sets no more timers. What is under way goes on when the world is opened again. */
  close(): void;
}

/**
 * Opens a world in virtual time. Throws where `file` is no world of this version, or its place is taken on the
 * internet.
 */
export function createSim(options?: SimOptions & { readonly clock?: undefined }): Sim<VirtualClock>;
/** The same, by the clock that is handed in: `scaledClock` to watch it happen, one of your own to steer it. */
export function createSim<C extends Clock>(options: SimOptions<C> & { readonly clock: C }): Sim<C>;
export function createSim(options: SimOptions = {}): Sim {
  const clock = options.clock ?? virtualClock();
  const file = options.file === undefined ? undefined : worldFile(options.file);
  const state = file?.load() ?? newState(options, clock);
  keepTime(state, clock);

  const counts = new Map<Operation, number>();
  const net = options.internet ?? internet();
  const book = counting(faultBook(), counts);
  const watchers: Watchers = { events: [], listeners: new Set(), changed: new Set() };
  const world = openWorld({
    at: placeOf(options),
    state,
    clock,
    profile: profileOf(options.traits ?? 'ec2'),
    random: seededRandom(state.seed, state.draws),
    faults: book,
    latencies: latenciesOf(profileOf(options.traits ?? 'ec2').family, options.latencies),
    reach: () => membersOf(net).map((member) => member.world),
    keep(changed) {
      file?.save(changed.state);
      for (const member of membersOf(net)) for (const listener of member.changed) listener();
    },
    emit(event) {
      watchers.events.push(event);
      for (const listener of watchers.listeners) listener(event);
    },
  });
  const member = { world, changed: watchers.changed };
  join(net, member);
  const faults = levers(world, book);
  options.faults?.(faults);
  world.change(() => undefined);

  const open = (): Cloud => openCloud(world, { throttle: options.throttle });
  const cloud = open();
  const seenFromAbove = inspect(world, watchers, (operation) => counts.get(operation) ?? 0);
  insides.set(seenFromAbove, world);
  return {
    at: world.at,
    clock,
    cloud,
    clouds: cloudRegistry([cloud]),
    hosts: hostRegistry((server) => openHost(world, server), [world.at]),
    world: seenFromAbove,
    faults,
    anotherCloud: open,
    close() {
      world.close();
      leave(net, member);
    },
  };
}

const insides = new WeakMap<SimWorld, World>();

/** The world of a sim from inside, for what serves it by another way than the port. */
export function insideOf({ world }: Pick<Sim, 'world'>): World {
  const inside = insides.get(world);
  if (inside === undefined) throw new Error('This sim was not made by createSim.');
  return inside;
}

function placeOf({ provider = 'sim', account = 'test', region = 'here' }: SimOptions): Place {
  return { provider, account, region };
}

function newState(options: SimOptions, clock: Clock): WorldState {
  const state = emptyState(String(options.seed ?? 1), clock.now());
  const { family } = profileOf(options.traits ?? 'ec2');
  for (const zone of options.zones ?? ['a', 'b']) state.zones[zone] = true;
  for (const diskType of family === 'ec2' ? ['gp3', 'io2'] : ['ssd', 'hdd']) state.diskTypes[diskType] = true;
  Object.assign(state.quotas, options.quotas);
  for (const [instanceType, zones] of Object.entries(options.stock ?? {})) {
    for (const [zone, count] of Object.entries(zones)) state.stock[`${instanceType}@${zone}`] = count;
  }
  return state;
}

/**
 * A loaded world goes on in its own time: a virtual clock is set to it; a scaled one finds out what time it is there
 * by now, at the speed that was the world's while nobody looked, and goes on from there at its own.
 */
function keepTime(state: WorldState, clock: Clock): void {
  if (isScaled(clock)) {
    const { realMs } = clock.anchor;
    if (state.anchor !== undefined) {
      const { simulatedMs, factor, realMs: thenMs } = state.anchor;
      clock.reanchor({ realMs, simulatedMs: simulatedMs + (realMs - thenMs) * factor });
    }
    state.anchor = { ...clock.anchor, factor: clock.factor };
  } else if (isVirtual(clock)) {
    clock.rebase(state.nowMs);
  }
}

function isScaled(clock: Clock): clock is ScaledClock {
  return 'reanchor' in clock;
}

function isVirtual(clock: Clock): clock is VirtualClock {
  return 'rebase' in clock;
}

/** Counts the calls that get as far as the API or a server. */
function counting(book: FaultBook, counts: Map<Operation, number>): FaultBook {
  return {
    ...book,
    strike(operation, level, isChange) {
      if (level === 'api') counts.set(operation, (counts.get(operation) ?? 0) + 1);
      return book.strike(operation, level, isChange);
    },
  };
}
