// A process that hangs, is replaced and wakes up again harms nobody. Here a seed draws some of its moments;
// `npm run nightly -- plays` plays them all.

import { describe, expect, test } from 'vitest';
import { drawsOf, seedOr } from './play/draws.ts';
import { sleeping, sleepsOf } from './play/sleepers.ts';
import { plays } from './play/ways.ts';

const seed = seedOr(1);
const each = 2;

test('a process that hung as it stopped a server does not stop it when all has been taken back meanwhile', async () => {
  const play = plays.find(({ name }) => name === 'start-again');
  if (play === undefined) throw new Error('start-again is gone');
  const all = await sleepsOf(play, 'there and back');
  const stops = all.filter(({ says }) => says.includes('instances.stop, before'));
  expect(stops.length).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const sleep of stops) wrong.push(...(await sleeping(play, 'there and back', sleep)));
  expect(wrong).toEqual([]);
}, 600_000);

describe.each(plays.map((play, index) => [play.name, play, index] as const))('%s', (_, play, index) => {
  test('is not harmed by a process that hangs, is replaced and wakes up again', async () => {
    const all = await sleepsOf(play, 'there and back');
    const wrong: string[] = [];
    for (const sleep of drawsOf(seed * 1000 + index).some(all, each)) {
      wrong.push(...(await sleeping(play, 'there and back', sleep)));
    }
    expect(wrong).toEqual([]);
  }, 600_000);
});
