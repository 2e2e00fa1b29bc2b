// A history by its seed: which play, what goes wrong with which call, which process dies when. The same seed tells the
// same history for ever, so a number is all that has to be kept of one that ended badly.

import { type FaultEffect, type FaultRule, type Operation, operations, type RandomFaults } from '@belay/sim';
import { type Draws, drawsOf } from './draws.ts';
import { perform, type Script, type Told } from './perform.ts';
import type { Play, Stage } from './stage.ts';
import { plays, scriptOf, type Way, ways } from './ways.ts';

export interface History {
  readonly seed: number;
  readonly play: Play;
  readonly way: Way;
  /** What goes wrong, for people. */
  readonly accidents: readonly string[];
  readonly script: Script;
}

/** What a run of a play asks of the world, how often, and how long it takes. */
interface Usual {
  readonly calls: readonly (readonly [Operation, number])[];
  readonly tookMs: number;
  readonly points: number;
}

/** Draws a history. `only` keeps to plays that have this in their name. */
export async function historyOf(seed: number, only = ''): Promise<History> {
  const draw = drawsOf(seed);
  const all = plays.filter(({ name }) => name.includes(only));
  const play = draw.one(all);
  // Most go there: the ways back have their own matrix.
  const way = draw.next() < 0.6 ? 'there' : draw.one(ways);
  const usual = await usualOf(play, way);
  // A run that is refused at its first step asks the world nothing.
  const count = usual.calls.length === 0 ? 0 : 1 + draw.upTo(3);
  const rules = Array.from({ length: count }, () => ruleOf(usual, draw));
  const events = draw.next() < 0.35 ? [eventOf(usual, draw)] : [];
  const deaths = Array.from(
    { length: draw.next() < 0.5 ? 1 + draw.upTo(2) : 0 },
    () => 1 + draw.upTo(usual.points),
  );
  const hail: RandomFaults | undefined = draw.next() < 0.15 ? { seed, rate: 0.15 } : undefined;
  const script: Script = {
    ...(await scriptOf(play, way)),
    seed,
    deaths,
    faults: (stage) => {
      for (const rule of rules) stage.scene.sim.faults.add(rule);
      for (const event of events) event.happens(stage);
      if (hail !== undefined) stage.scene.sim.faults.random(hail);
    },
  };
  const accidents = [
    ...rules.map(
      ({ on, at = 'api', after = 0, times = 1, does }) =>
        `${String(on)} +${after} ×${times} ${at}: ${JSON.stringify(does)}`,
    ),
    ...events.map(({ says }) => says),
    ...deaths.map((at) => `a death at ${at}`),
    ...(hail === undefined ? [] : ['a hail of faults']),
  ];
  return { seed, play, way, accidents, script };
}

/** Plays a history. What is wrong comes back with all that is needed to understand it. */
export async function tell(history: History): Promise<Told & { readonly wrong: readonly string[] }> {
  const { seed, play, way, accidents, script } = history;
  const told = await perform(play, script);
  const isEnd = told.state === 'success' || told.state === 'reverted';
  const problems = [...told.problems, ...(isEnd ? [] : [`it stays ${told.state}: ${told.detail}`])];
  const wrong = problems.map(
    (problem) => `BELAY_SEED=${seed} ${play.name}, ${way}: ${problem}\n    ${accidents.join('\n    ')}`,
  );
  return { ...told, wrong };
}

const usuals = new Map<string, Usual>();

async function usualOf(play: Play, way: Way): Promise<Usual> {
  const name = `${play.name}, ${way}`;
  const known = usuals.get(name);
  if (known !== undefined) return known;
  let sim: Stage['scene']['sim'] | undefined;
  let beganMs = 0;
  const before = new Map<Operation, number>();
  const told = await perform(play, {
    ...(await scriptOf(play, way)),
    faults: ({ scene }) => {
      sim = scene.sim;
      beganMs = sim.clock.now();
      for (const operation of operations) before.set(operation, sim.world.calls(operation));
    },
  });
  const calls = operations.flatMap((operation) => {
    const count = (sim?.world.calls(operation) ?? 0) - (before.get(operation) ?? 0);
    return count > 0 ? [[operation, count] as const] : [];
  });
  const tookMs = Math.max(1, (sim?.clock.now() ?? 0) - beganMs - 900_000);
  const usual = { calls, tookMs, points: told.points[0]?.length ?? 1 };
  usuals.set(name, usual);
  return usual;
}

const changing =
  /create|start|stop|delete|rename|keepVolume|resize|Resize|attach|detach|modify|move|change|copy/;
const inside = /^(host|services|timers|mounts|disks|addresses|databases)\./;

function ruleOf({ calls }: Usual, draw: Draws): FaultRule {
  // Reads are many and harmless: what changes something is drawn more often.
  const heavy = calls.filter(([operation]) => changing.test(operation) || inside.test(operation));
  const [on, count] = draw.one(draw.next() < 0.75 && heavy.length > 0 ? heavy : calls);
  const does = effectOn(on, draw);
  const isCall = does.what === 'fails' || does.what === 'loses-reply';
  return {
    on,
    after: draw.upTo(Math.min(count, 12)),
    times: does.what === 'fails' || does.what === 'loses-reply' ? 1 + draw.upTo(3) : 1,
    ...(isCall && draw.next() < 0.6 && { at: 'port' as const }),
    does,
  };
}

function effectOn(on: Operation, draw: Draws): FaultEffect {
  const fails = (kind: Extract<FaultEffect, { what: 'fails' }>['kind']): FaultEffect => ({
    what: 'fails',
    kind,
  });
  const slow: FaultEffect = { what: 'is-slow', factor: 3 + draw.upTo(60) };
  if (inside.test(on)) {
    return draw.one([
      fails('unreachable'),
      fails('unreachable'),
      fails('timeout'),
      fails('failed'),
      { what: 'loses-reply' },
      slow,
    ]);
  }
  return draw.one([
    fails('transient'),
    fails('throttled'),
    fails('timeout'),
    fails('failed'),
    { what: 'loses-reply' },
    { what: 'loses-reply' },
    { what: 'sticks' },
    { what: 'rolls-back' },
    { what: 'shows-late', forMs: 200 * (1 + draw.upTo(15)) },
    slow,
  ]);
}

interface WorldEvent {
  readonly says: string;
  readonly happens: (stage: Stage) => void;
}

/** What befalls the world at some time, whoever is asked for what. */
function eventOf({ tookMs }: Usual, draw: Draws): WorldEvent {
  const atMs = draw.upTo(tookMs);
  const forMs = 1000 * (5 + draw.upTo(300));
  const kind = draw.one(['api', 'hosts', 'stock', 'sessions'] as const);
  const says = `${kind} after ${atMs} ms for ${forMs} ms`;
  return {
    says,
    happens: ({ scene: { sim, shop } }) => {
      const begin = (): void => {
        if (kind === 'stock') sim.faults.outOfStock('eagle-4xl', shop.zone);
        else if (kind === 'sessions') sim.faults.endSessions();
        else sim.faults.outage(true, kind);
      };
      const end = (): void => {
        if (kind === 'stock') sim.faults.restock('eagle-4xl', shop.zone, 3);
        else if (kind !== 'sessions') sim.faults.outage(false, kind);
      };
      sim.clock.after(atMs, begin);
      sim.clock.after(atMs + forMs, end);
    },
  };
}
