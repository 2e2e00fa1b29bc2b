// Which chains are taken as they are, and which are sent back with the name of the field.

import { expect, test } from 'vitest';
import { type Chain, checkChain } from '../src/index.ts';

const weekMs = 7 * 24 * 3_600_000;
const rung = { tell: ['anna'] } as const;
const problemOf = (chain: Chain, answerWithinMs?: number) =>
  checkChain(chain, ['anna'], answerWithinMs).match(
    () => 'taken',
    ({ kind, message }) => `${kind} ${message.split(':')[0]}`,
  );

test('a time is at least a second and at most a week, on every rung and for every field', () => {
  for (const ms of [1_000, weekMs]) {
    expect(problemOf({ rungs: [rung, { ...rung, acknowledgeWithinMs: ms }] })).toBe('taken');
    expect(problemOf({ rungs: [rung], repeatMs: ms, resolveWithinMs: ms }, ms)).toBe('taken');
  }
  for (const ms of [999, weekMs + 1, Number.NaN, Number.POSITIVE_INFINITY, 0, -1]) {
    expect(problemOf({ rungs: [rung, { ...rung, acknowledgeWithinMs: ms }] })).toBe(
      'invalid chain.rungs[1].acknowledgeWithinMs',
    );
    expect(problemOf({ rungs: [rung], repeatMs: ms })).toBe('invalid chain.repeatMs');
    expect(problemOf({ rungs: [rung], resolveWithinMs: ms })).toBe('invalid chain.resolveWithinMs');
    expect(problemOf({ rungs: [rung] }, ms)).toBe('invalid answerWithinMs');
  }
});

test('a rung that tells nobody is refused, also where it was read from a file', () => {
  const read: Chain = JSON.parse('{ "rungs": [{ "tell": [] }] }');
  expect(problemOf(read)).toBe('invalid chain.rungs[0].tell');
});

test('a chain that ends with everyone is left as it is, and nobody stands on a rung twice', () => {
  const chain: Chain = JSON.parse('{ "rungs": [{ "tell": ["ben", "anna", "ben"] }] }');
  expect(checkChain(chain, ['anna', 'ben'])._unsafeUnwrap()).toEqual({
    rungs: [{ tell: ['ben', 'anna'], acknowledgeWithinMs: 300_000 }],
    repeatMs: 120_000,
    resolveWithinMs: 1_800_000,
    answerWithinMs: 15_000,
  });
});
