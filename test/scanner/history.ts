// One history of the accident: scans and a sweep, and somewhere in one of them, by seed, what happened to Nodecraft.

import { type Accident, accidents, type Place } from './accidents.ts';
import { hourMs, type Installation } from './world.ts';

/** What came of it. */
export interface History {
  readonly problems: readonly string[];
  /** What happened, for the count in the end. */
  readonly words: readonly string[];
}

/** Plays the history of a seed. Whatever happens, everything is repaired afterwards. */
export async function playHistory(seed: number, world: Installation, place: Place): Promise<History> {
  const chance = randomOf(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T;
  const name = pick(Object.keys(accidents));
  const phase = pick(['scan', 'scan', 'sweep'] as const);
  const turn = Math.floor(chance() * 2);
  const problems: string[] = [];
  const words = [`${name} during a ${phase}`];
  const before = await rowsOf(place);
  for (let i = 0; i < 3; i++) await world.orphan(`${seed}-${i}`);

  // Orphans ripen over three scans, so those of one history go in the next one or the one after it.
  for (let i = 0; i < 2; i++) {
    await world.pass(7 * hourMs);
    const isHit = phase === 'scan' && i === turn;
    const strike = isHit ? await arm(accidents[name] as Accident, chance, world, place) : undefined;
    const scan = await world.scanner.scan();
    const struck = await strike?.end();
    const outcome = scan.isOk() ? scan.value.outcome : scan.error.kind;
    if (isHit) words.push(`${name}: the scan was ${outcome}${struck === true ? '' : ', struck after it'}`);
    else if (outcome !== 'complete') {
      const why = scan.isOk()
        ? scan.value.doubts.map(({ message }) => message).join(' ')
        : scan.error.message;
      problems.push(`seed ${seed}: a scan without an accident was ${outcome}: ${why}`);
    }
    if (isHit && struck === true) problems.push(...(await noticed(seed, outcome, world)));
    if (world.scanner.breaker()._unsafeUnwrap().state === 'open') await world.attend();
  }
  const plan = await world.scanner.review();
  if (plan.isErr()) return { problems: [...problems, `seed ${seed}: no plan: ${plan.error.message}`], words };
  // Who signs a plan has read what it is beyond.
  await world.acknowledge();
  const back = phase === 'sweep' ? plan.value.items[0]?.key : undefined;
  // Since the last scan somebody needs one of them again.
  if (back !== undefined) await world.refer(back);
  const changed = back === undefined ? before : await rowsOf(place);
  const strike = phase === 'sweep' ? await arm(accidents[name] as Accident, chance, world, place) : undefined;
  const sweep = await world.sweeper.sweep(plan.value, world.sign(plan.value));
  await strike?.end();
  words.push(`a sweep of the plan: ${sweep.isOk() ? sweep.value.outcome : sweep.error.kind}`);
  if (world.scanner.breaker()._unsafeUnwrap().state === 'open') await world.attend();

  problems.push(...(await isWhole(seed, world, back)));
  if ((await rowsOf(place)) !== changed) problems.push(`seed ${seed}: rows of the registry have changed`);
  return { problems, words };
}

/** With nothing wrong any more, all true orphans go in the end, and nothing else. */
export async function endWell(world: Installation): Promise<readonly string[]> {
  for (let round = 0; round < 12; round++) {
    await world.pass(6 * hourMs);
    const scan = (await world.scanner.scan())._unsafeUnwrap();
    if (scan.outcome !== 'complete')
      return [`the last scans are ${scan.outcome}: ${JSON.stringify(scan.doubts)}`];
    (await world.sweeper.purge())._unsafeUnwrap();
    const plan = (await world.scanner.review())._unsafeUnwrap();
    if (plan.items.length === 0) continue;
    await world.acknowledge();
    (await world.sweeper.sweep(plan, world.sign(plan)))._unsafeUnwrap();
  }
  const { current, kept } = await world.stored();
  const left = [...world.orphans].filter((key) => kept.has(key));
  const lost = [...world.needed.keys()].filter((key) => !current.has(key));
  return [
    ...(left.length === 0
      ? []
      : [`${left.length} orphans are still there in the end: ${left.slice(0, 3).join(', ')}`]),
    ...(lost.length === 0
      ? []
      : [`${lost.length} needed archives are not there in the end: ${lost.slice(0, 3).join(', ')}`]),
  ];
}

interface Strike {
  /** Ends the wait for it, repairs, and says whether it happened at all. */
  end(): Promise<boolean>;
}

/** The accident happens just before one of the next statements to the database; or after all of them. */
async function arm(
  accident: Accident,
  chance: () => number,
  world: Installation,
  place: Place,
): Promise<Strike> {
  let left = 1 + Math.floor(chance() * 24);
  let repair: (() => Promise<void>) | undefined;
  world.onStatement(async () => {
    left -= 1;
    if (left !== 0) return;
    repair = await accident(place);
  });
  return {
    end: async () => {
      world.onStatement(undefined);
      await repair?.();
      return repair !== undefined;
    },
  };
}

/**
 * A scan that was struck and says so has opened the breaker, and the alert goes up rung by rung until somebody takes it;
 * then it is quiet.
 */
async function noticed(seed: number, outcome: string, world: Installation): Promise<readonly string[]> {
  if (outcome !== 'inconclusive') return [];
  const problems: string[] = [];
  if (world.scanner.breaker()._unsafeUnwrap().state !== 'open')
    problems.push(`seed ${seed}: the breaker is closed`);
  const from = world.told.length;
  const stop = new AbortController();
  // Several looks in each minute that passes: a rung is told at the look after its time.
  const running = world.alerts.run({ signal: stop.signal, pollMs: 20 });
  const minutes = async (count: number, isOver: () => boolean): Promise<void> => {
    for (let minute = 0; minute < count && !isOver(); minute++) {
      await world.pass(60_000);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  };
  const everybody = ['ben', 'clara'];
  const unheard = () =>
    everybody.filter(
      (name) => !world.told.slice(from).some(({ who, why }) => who === name && why !== 'resolved'),
    );
  await minutes(20, () => unheard().length === 0);
  if (unheard().length > 0)
    problems.push(`seed ${seed}: ${unheard().join(' and ')} did not hear of it within twenty minutes`);
  await world.acknowledge();
  const heard = world.told.length;
  await minutes(4, () => false);
  const more = world.told.slice(heard).filter(({ why }) => why !== 'acknowledged');
  if (more.length > 0)
    problems.push(
      `seed ${seed}: ${more[0]?.who} was told of ${more[0]?.cause} after it was acknowledged: ${more[0]?.why}`,
    );
  stop.abort();
  await running;
  return problems;
}

/** Every needed archive is stored. One that somebody came to need after the last scan may lie in quarantine, whole. */
async function isWhole(
  seed: number,
  world: Installation,
  back: string | undefined,
): Promise<readonly string[]> {
  const { current, kept } = await world.stored();
  const lost = [...world.needed.keys()].filter((key) => !kept.has(key));
  const hidden = [...world.needed.keys()].filter((key) => kept.has(key) && !current.has(key) && key !== back);
  return [
    ...lost.map((key) => `seed ${seed}: ${key} was needed and is gone for good`),
    ...hidden.map((key) => `seed ${seed}: ${key} is needed and lies in quarantine`),
  ];
}

/** All rows of the registry, as one digest. */
async function rowsOf({ database }: Place): Promise<string> {
  const [row] = await database.run(
    `SELECT md5(string_agg(key || ' ' || kind || ' ' || coalesce(owner, '') || ' ' || state, E'\\n' ORDER BY key)) AS digest
     FROM archive`,
  );
  return String(row?.['digest']);
}

/** Mulberry32: the same numbers for the same seed, everywhere. Neighbouring seeds are first thrown far apart. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
