// The process of a run dies, and another one carries on while what the first one had under way is still on its way.
// Here each graph dies at a few moments that a seed draws; `npm run nightly -- plays` goes through all of them. A
// failure names the moment, and `BELAY_SEED` draws others.

import { describe, expect, test } from 'vitest';
import { deathsOf, dying } from './play/deaths.ts';
import { drawsOf, seedOr } from './play/draws.ts';
import { plays, ways } from './play/ways.ts';

const seed = seedOr(1);

describe.each(plays.map((play, index) => [play.name, play, index] as const))('%s', (_, play, index) => {
  test('comes to the same end wherever its process dies, and its heir too', async () => {
    const draw = drawsOf(seed * 1000 + index);
    // Where the last step before the point of no return is the first of all, there is little on the way back from it.
    const way = draw.one(ways);
    const { whole, writes, calls } = await deathsOf(play, way);
    expect(writes.length).toBeGreaterThan(3);
    const first = draw.one(writes);
    const twice = { at: [...first.at, 1 + draw.upTo(20)], says: `${first.says}, and its heir` };
    const wrong: string[] = [];
    for (const deaths of [draw.one(writes), ...draw.some(calls, 1), twice]) {
      wrong.push(...(await dying(play, way, whole, deaths)));
    }
    expect(wrong).toEqual([]);
  }, 600_000);
});
