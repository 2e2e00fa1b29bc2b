// What was promised and is not seen: late, hidden again for a moment, or truly gone.

import { absenceOf } from '@belay/cloud/adapter';
import { expect, test } from 'vitest';

const span = { visibilityMs: 5_000 };

test('what was promised and has never been seen is waited for as long as it may stay out of sight', () => {
  const absence = absenceOf(span, 60_000);
  expect([0, 500, 59_000].map((atMs) => absence.isBelieved(atMs))).toEqual([false, false, false]);
  expect(absence.isBelieved(60_001)).toBe(true);
});

test('what one read has shown and the next one does not is not gone', () => {
  const absence = absenceOf(span, 60_000);
  absence.seen();
  expect([500, 1_000, 4_000].map((atMs) => absence.isBelieved(atMs))).toEqual([false, false, false]);
});

test('a sight in between begins the count anew', () => {
  const absence = absenceOf(span, 60_000);
  absence.seen();
  for (const atMs of [500, 1_000, 4_000]) absence.isBelieved(atMs);
  absence.seen();
  expect([6_000, 8_000, 10_900].map((atMs) => absence.isBelieved(atMs))).toEqual([false, false, false]);
});

test('what is not seen again in several looks over the window of visibility is gone, and no sooner', () => {
  const absence = absenceOf(span, 60_000);
  absence.seen();
  expect([1_000, 6_000].map((atMs) => absence.isBelieved(atMs))).toEqual([false, false]);
  expect(absence.isBelieved(6_100)).toBe(true);
});
