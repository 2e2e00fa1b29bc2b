import { explain, type Plan, plan, planner } from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, factsWithout, now, options, target } from './example.ts';

const screens: readonly (readonly [string, Plan])[] = [
  ['a swap', plan(factsWith(), target, options({ budgetSeconds: 300 }))],
  ['nothing', plan(factsWith(), { ...target, instanceType: 'small' }, options())],
  ['a refusal', plan(factsWith({}, { rootDisk: 'holds-data' }), { ...target, sizeGiB: 100 }, options())],
  ['a missing acceptance', plan(factsWith({ snapshot: null }), target, options())],
  [
    'an accepted risk',
    plan(
      factsWith({ snapshot: null }),
      target,
      options({ accept: [{ guard: 'fresh-backup', by: 'ada', reason: 'copied by hand' }] }),
    ),
  ],
  ['unknown facts', plan(factsWithout('host'), target, options())],
];

/** A digest says nothing to a reader of this file, and changes with every detail of a plan. */
function steady(text: string): string {
  return text.replaceAll(/p-[0-9a-f]{8}/g, 'p-01234567').replaceAll(/sha256:[0-9a-f]+/g, 'sha256:…');
}

describe('a plan on the screen', () => {
  for (const [name, made] of screens) {
    test(`shows ${name}`, () => {
      expect(steady(explain(made))).toMatchSnapshot();
    });

    test(`of ${name} is never wider than the terminal, whatever is shown`, () => {
      for (const columns of [40, 60, 100]) {
        const lines = explain(made, { columns, facts: true }).split('\n');
        expect(lines.filter((line) => line.length > columns)).toEqual([]);
      }
    });
  }

  test('fits a screen of 24 lines, whatever it has to tell', () => {
    for (const [name, made] of screens) {
      const lines = explain(made).trimEnd().split('\n');
      expect([name, lines.length <= 24]).toEqual([name, true]);
    }
  });

  test('names each fact with its source and age when asked', () => {
    const text = explain(plan(factsWithout('offers'), target, options()), { facts: true });
    expect(text).toContain('asked for volume');
    expect(text).toContain('unknown (timeout: no answer)');
  });
});

describe('what is run for a plan', () => {
  test('is the swap with the plan’s digest in its input', () => {
    const made = plan(factsWith(), target, options());
    const run = planner.runOf(made, { now })._unsafeUnwrap();
    expect(run.graph).toBe('volume-swap');
    expect(run.input.planDigest).toBe(made.digest);
    expect(planner.leftBehind(made).join(' ')).toContain('web12-superseded');
  });

  test('is nothing where nothing is to be done, where it is refused and where there is no graph', () => {
    const why = (made: Plan) =>
      planner.runOf(made, { now }).match(
        () => '',
        ({ kind, message }) => `${kind}: ${message.replace(made.planId, 'p')}`,
      );
    expect(why(plan(factsWith(), { ...target, instanceType: 'small' }, options()))).toContain(
      'all is as it is wanted',
    );
    expect(why(plan(factsWith({ snapshot: null }), target, options()))).toContain('refused by fresh-backup');
    const nowhere = { ...target, zones: [] };
    expect(why(plan(factsWith(), nowhere, options()))).toContain('no strategy is feasible');
  });
});
