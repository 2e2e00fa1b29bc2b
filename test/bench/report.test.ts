import { expect, test } from 'vitest';
import type { Contest, Target } from '../../bench/runner/contests.ts';
import { contests, targets } from '../../bench/runner/contests.ts';
import { readOptions } from '../../bench/runner/options.ts';
import { median, reportOf, table } from '../../bench/runner/report.ts';
import { randomNeeds } from '../../bench/runner/subjects/random-graph.ts';

const work = { peer: 'sqlite', shape: 'line', store: 'disk', size: 1 } as const;
const race: Contest = {
  name: 'race',
  title: 'a race',
  unit: 'steps/s',
  entrants: [
    { name: 'we', work },
    { name: 'they', unit: 'rows/s', work },
  ],
};
const twice: Target = { name: 'we/they', contest: 'race', above: 'we', below: 'they', atLeast: 2 };

test('a ratio is taken within each round, so that a disk that slows down for a while does not bend it', () => {
  const rounds = [
    { we: 200, they: 100 },
    { we: 20, they: 10 },
    { we: 400, they: 200 },
  ];
  expect(reportOf([race], [twice], { race: rounds }).ratios).toEqual({ 'we/they': 2 });
});

test('a target that is just reached holds and one that is just missed does not', () => {
  const holds = (we: number, target: Target) =>
    reportOf([race], [target], { race: [{ we, they: 100 }] }).targets['we/they']?.holds;
  expect(holds(200, twice)).toBe(true);
  expect(holds(199, twice)).toBe(false);
  const { atLeast: _, ...unbounded } = twice;
  expect(holds(200, { ...unbounded, atMost: 2 })).toBe(true);
  expect(holds(201, { ...unbounded, atMost: 2 })).toBe(false);
});

test('an entrant that was measured once is compared in the round that it ran in', () => {
  const rounds = [{ we: 300, they: 100 }, { we: 900 }, { we: 900 }];
  const { ratios, figures } = reportOf([race], [twice], { race: rounds });
  expect(ratios).toEqual({ 'we/they': 3 });
  expect(figures['race']?.['they']).toEqual({ median: 100, min: 100, max: 100, samples: 1, unit: 'rows/s' });
});

test('what was not measured has neither a figure nor a verdict', () => {
  expect(reportOf([race], [twice], {})).toEqual({ figures: {}, ratios: {}, targets: {} });
});

test('the median of an even number of samples lies between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 2])).toBe(3.5);
});

test('the table says which targets were missed', () => {
  const text = table(reportOf([race], [twice], { race: [{ we: 100, they: 100 }] }), [race]);
  expect(text).toMatch(/MISSED we\/they +1 +at least 2/);
});

test('every target is a ratio of two entrants that stand in its contest', () => {
  const wrong = targets.filter(({ contest, above, below }) => {
    const names = contests.find(({ name }) => name === contest)?.entrants.map(({ name }) => name) ?? [];
    return !names.includes(above) || (below !== undefined && !names.includes(below));
  });
  expect(wrong).toEqual([]);
});

test('a random graph is the same every time, reaches back only, and needs nothing twice', () => {
  const graph = randomNeeds(2_000);
  expect(randomNeeds(2_000)).toEqual(graph);
  expect(randomNeeds(2_000, 1)).not.toEqual(graph);
  expect(graph.every((needs, step) => needs.every((need) => need >= 0 && need < step))).toBe(true);
  expect(graph.every((needs) => new Set(needs).size === needs.length)).toBe(true);
  expect(graph.flat().length).toBeGreaterThan(2_000);
});

test('a wrong option is answered with a sentence, before anything is installed or built', () => {
  expect(readOptions(['--only', 'nonsense'], ['race'])).toMatch(/nonsense.*race/);
  expect(readOptions(['--rounds', '4'], ['race'])).toMatch(/odd/);
  expect(readOptions(['--fast'], ['race'])).toMatch(/fast/);
  expect(readOptions(['--quick', '--json'], ['race'])).toMatchObject({ rounds: 1, json: true, quick: true });
});
