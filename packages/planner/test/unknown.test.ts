// What nobody knows is never taken for good news. Which conditions there are comes from the strategies and guards
// themselves; which facts each of them speaks of is written down here once more, from its sentence and not from its
// code. A condition that is new has no line here, and fails until it has one.

import {
  defaultLimits,
  type FactName,
  type Facts,
  factNames,
  type Guard,
  guards,
  judge,
  plan,
  strategies,
  type Target,
  type Watch,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, now, options, target } from './example.ts';

/** Without these facts nobody can say that the condition holds. None: it speaks of the workload and the target alone. */
const speaksOf: Readonly<Record<string, readonly FactName[]>> = {
  'same-cloud': [],
  'same-type': ['source'],
  'other-type': ['source'],
  'wanted-zone': ['source'],
  'same-image': ['source'],
  'same-disk-type': ['volume'],
  'same-disk-size': ['volume'],
  serves: ['health'],
  'disk-differs': ['volume'],
  'not-smaller': ['volume'],
  'own-disk': ['source'],
  'attached-once': ['volume'],
  'changes-in-use': ['traits', 'volume'],
  'cooled-down': ['cooldown'],
  'into-source': ['host'],
  'data-found': ['host'],
  'plain-disk': ['host'],
  'grows-mounted': ['volume'],
  'root-stays': ['source'],
  'boots-there': [],
  'slots-free': [],
  'not-in-between': ['source'],
  'address-stays': [],
  'services-known': ['host'],
  'same-zone': ['volume'],
  'one-moment': [],
  'found-by-uuid': ['host'],
  'versions-fit': ['host'],
  'same-users': ['source'],
  'root-replaceable': [],
  'detach-while-running': ['traits'],
  'zone-named': [],
  'snapshot-in-use': ['traits'],
  'into-target': ['targetReach'],
  'attributes-kept': ['host'],
  converges: ['host'],
  'copy-way': [],
  'databases-stop': ['host'],
  fits: ['host'],
  'inodes-fit': ['host'],
};

/** What some speak of only where it matters: a filesystem that need not grow, a server whose hardware is kept. */
const speaksSometimesOf: Readonly<Record<string, readonly FactName[]>> = {
  'grows-mounted': ['host'],
  'attached-once': ['moreVolumes'],
  'capacity-kept': ['source', 'reservations'],
  route: ['records'],
};

/** Guards that say so themselves: what cannot be asked beforehand shows while nothing has stopped yet. */
const showsInTime: Readonly<Record<string, readonly FactName[]>> = {
  'room-for-both': ['offers'],
  allowed: ['permissions'],
};

const there: Target = { ...target, carries: { ...target.carries, instanceTypes: ['big', 'small'] } };
const keeps = { resizeKeptUntilConfirmed: true, stopMayLoseCapacity: false };
const reserved = {
  id: 'cr-1',
  state: 'active',
  instanceType: 'big',
  zone: 'r1-a',
  count: 1,
  free: 1,
  tags: {},
} as const;
const record = { name: 'shop.example.', type: 'A', values: ['192.0.2.5'], ttlSeconds: 60 } as const;
/** Facts and targets with which every strategy is feasible at least once. */
const scenes: readonly (readonly [Facts, Target])[] = [
  [factsWith(), there],
  [factsWith({ traits: keeps, targetTraits: keeps }), there],
  [factsWith({ reservations: [reserved] }), there],
  [factsWith({ records: [record] }, { names: [{ name: record.name, type: 'A' }] }), there],
  [factsWith(), { ...there, instanceType: 'small' }],
  [factsWith(), { ...there, instanceType: 'small', sizeGiB: 2000 }],
];

function without(facts: Facts, name: FactName): Facts {
  const { at } = facts[name];
  return { ...facts, [name]: { known: false, why: 'no answer', at, source: name } };
}

function watchOf(facts: Facts, to: Target, guard: Guard): readonly Watch[] {
  const all = judge(facts, to, options());
  return all
    .filter(({ strategy }) => guard.before.includes(strategy))
    .map((assessment) => ({
      facts,
      target: to,
      assessment,
      all,
      zones: to.zones,
      now,
      limits: defaultLimits,
      fixes: [],
      at: 'plan',
      sight: {},
    }));
}

test('every strategy is feasible in one of the scenes, so that every condition has held once', () => {
  const feasible = scenes.flatMap(([facts, to]) =>
    judge(facts, to, options()).flatMap(({ strategy, verdict }) =>
      verdict === 'feasible' ? [strategy] : [],
    ),
  );
  expect([...new Set(feasible)].sort()).toEqual(strategies.map(({ name }) => name).sort());
});

test('of every condition it is written down which facts it speaks of', () => {
  const names = new Set(strategies.flatMap(({ preconditions }) => preconditions.map(({ name }) => name)));
  expect(Object.keys(speaksOf).sort()).toEqual([...names].sort());
});

/** What each condition of each strategy says in a scene, with all that is known and without each fact. */
const said = scenes.map(([facts, to]) => ({
  was: verdictsOf(facts, to),
  is: factNames.map((fact) => [fact, verdictsOf(without(facts, fact), to)] as const),
}));

function verdictsOf(facts: Facts, to: Target): ReadonlyMap<string, string> {
  return new Map(
    judge(facts, to, options()).flatMap(({ strategy, findings }) =>
      findings.map(({ name, verdict }) => [`${strategy} ${name}`, verdict] as const),
    ),
  );
}

describe.each(Object.entries(speaksOf))('%s', (name, facts) => {
  test('holds where all is known, and not without what it speaks of', () => {
    const matters = new Set<string>();
    let held = 0;
    for (const { was, is } of said) {
      for (const [condition, verdict] of was) {
        if (!condition.endsWith(` ${name}`)) continue;
        if (verdict === 'holds') held += 1;
        const stillHolds = is.flatMap(([fact, now]) => (now.get(condition) === 'holds' ? [fact] : []));
        // Nothing begins to hold because a fact is missing, whichever it is.
        if (verdict !== 'holds') expect(stillHolds).toEqual([]);
        else expect(stillHolds.filter((fact) => facts.includes(fact))).toEqual([]);
        for (const [fact] of is) if (!stillHolds.includes(fact)) matters.add(fact);
      }
    }
    expect(held).toBeGreaterThan(0);
    expect([...matters]).toEqual(expect.arrayContaining([...facts, ...(speaksSometimesOf[name] ?? [])]));
  });
});

const asked = guards.filter(({ phases }) => phases.includes('plan'));

describe.each(asked.map((guard) => [guard.name, guard] as const))('the guard %s', (name, guard) => {
  test('does not hold without a fact that it asks for', () => {
    const matters = new Set<string>();
    const sometimes = speaksSometimesOf[name] ?? [];
    const inTime = showsInTime[name] ?? [];
    for (const [known, to] of scenes) {
      for (const watch of watchOf(known, to, guard)) {
        const was = guard.test(watch).verdict;
        const stillHolds = factNames.filter(
          (fact) => guard.test({ ...watch, facts: without(known, fact) }).verdict === 'holds',
        );
        if (was !== 'holds') expect(stillHolds).toEqual([]);
        else {
          const wrong = stillHolds.filter((fact) => guard.needs.includes(fact) && !inTime.includes(fact));
          expect(wrong.filter((fact) => !sometimes.includes(fact))).toEqual([]);
        }
        for (const fact of factNames) if (!stillHolds.includes(fact)) matters.add(fact);
      }
    }
    expect([...matters]).toEqual(expect.arrayContaining([...sometimes]));
  });
});

const later = guards.filter(({ phases }) => !phases.includes('plan'));

test.each(later.map((guard) => [guard.name, guard] as const))(
  'the guard %s, which is asked in the run, does not hold before anybody has looked',
  (_, guard) => {
    const [known, to] = scenes[0] ?? [factsWith(), target];
    const at = guard.phases[0] ?? 'window';
    for (const watch of watchOf(known, to, guard)) {
      expect(guard.test({ ...watch, at }).verdict).not.toBe('holds');
    }
  },
);

test('a plan that is feasible is not chosen any more without a fact that one of its conditions speaks of', () => {
  let flipped = 0;
  for (const [known, to] of scenes) {
    for (const { strategy, verdict } of judge(known, to, options())) {
      if (verdict !== 'feasible') continue;
      const preconditions = strategies.find(({ name }) => name === strategy)?.preconditions ?? [];
      for (const fact of new Set(preconditions.flatMap(({ name }) => speaksOf[name] ?? []))) {
        const made = plan(without(known, fact), to, options({ strategy }));
        flipped += 1;
        expect([strategy, fact, made.run?.graph]).toEqual([strategy, fact, undefined]);
      }
    }
  }
  expect(flipped).toBeGreaterThan(40);
});
