// Every step of every graph fails once, loses its answer once, and fails to be undone. Which steps there are is read
// off the graphs. Here a seed draws some of each graph; `npm run nightly -- plays` plays them all.

import { describe, expect, test } from 'vitest';
import { drawsOf, seedOr } from './play/draws.ts';
import { failuresOf } from './play/failures.ts';
import { plays, stepsOfPlay } from './play/ways.ts';

const seed = seedOr(1);
const each = 4;

describe.each(plays.map((play, index) => [play.name, play, index] as const))('%s', (_, play, index) => {
  test('goes back from what fails before its point of no return and forward after it, and loses nothing', async () => {
    const all = await failuresOf(play);
    const { length } = await stepsOfPlay(play);
    // Every step fails, and every step loses its answer; what is undone fails besides.
    expect(all.length).toBeGreaterThanOrEqual(2 * length);
    const wrong: string[] = [];
    for (const failure of drawsOf(seed * 1000 + index).some(all, each)) wrong.push(...(await failure.play()));
    expect(wrong).toEqual([]);
  }, 600_000);
});
