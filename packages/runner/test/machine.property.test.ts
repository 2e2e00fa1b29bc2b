import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, refold } from './model/driver.ts';
import { judge } from './model/judge.ts';
import { replayable, wantedRuns } from './model/replay.ts';
import { plans } from './model/shapes.ts';

const numRuns = wantedRuns;
const file = 'packages/runner/test/machine.property';
const timeoutMs = 60_000 + 200 * numRuns;
const numbers = fc.array(fc.nat(255), { minLength: 0, maxLength: 700, size: 'max' });

describe('the machine, whatever happens to a run', () => {
  it(
    'does what the rules allow, all of it and nothing else, and comes to an end',
    () => {
      fc.assert(
        fc.property(plans, numbers, (plan, list) => {
          const { trace, machine } = play(plan, list);
          expect(judge(plan.shape, trace, machine.state)).toEqual([]);
        }),
        replayable(numRuns, `${file} -t 'does what'`),
      );
    },
    timeoutMs,
  );

  it(
    'gives the same commands and the same snapshot for the same events',
    () => {
      fc.assert(
        fc.property(plans, numbers, (plan, list) => {
          const { trace, machine } = play(plan, list);
          const again = refold(plan, trace);
          expect(again.commands).toEqual(trace.map(({ commands }) => commands));
          expect(again.machine.snapshot()).toEqual(machine.snapshot());
        }),
        replayable(Math.ceil(numRuns / 5), `${file} -t 'same commands'`),
      );
    },
    timeoutMs,
  );
});
