// A cloud that says how long things take there is believed, until one's own runs know better.

import type { Durations, Traits } from '@belay/cloud';
import { type Plan, plan, spread } from '@belay/planner';
import { expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';

const quick: Durations = { 'volumes.attach': [100, 200, 900], 'services.start': [300, 500, 2_000] };

/** The example, whose clouds declare these figures. */
function factsOf(source: Durations | undefined, there: Durations | undefined) {
  const facts = factsWith();
  if (!facts.traits.known || !facts.targetTraits.known) throw new Error('The example knows its clouds.');
  const declaring = (traits: Traits, durations: Durations | undefined): Traits => ({
    ...traits,
    ...(durations !== undefined && { durations }),
  });
  return {
    ...facts,
    traits: { ...facts.traits, value: declaring(facts.traits.value, source) },
    targetTraits: { ...facts.targetTraits, value: declaring(facts.targetTraits.value, there) },
  };
}

function phaseOf(made: Plan, name: string) {
  return made.downtime!.phases.find((phase) => phase.name === name)!;
}

test('a first plan is made with the figures that its cloud declares, and says whose they are', () => {
  const made = plan(factsOf(quick, quick), target, options());
  expect(phaseOf(made, 'attach-volume')).toMatchObject({
    bestSeconds: 0.1,
    likelySeconds: 0.2,
    worstSeconds: 0.9,
    from: 'documented',
    note: 'as its cloud says',
  });
  const without = plan(factsWith(), target, options());
  expect(made.downtime!.p50Seconds).toBeLessThan(without.downtime!.p50Seconds - 5);
  // What nobody declares is as it was.
  expect(phaseOf(made, 'detach-volume')).toEqual(phaseOf(without, 'detach-volume'));
});

test('own figures come before those of the cloud', () => {
  const attach = spread(4, 5, 6, 'own-history', '9 times here');
  const made = plan(factsOf(quick, quick), target, { ...options(), parameters: { attach } });
  expect(phaseOf(made, 'attach-volume').likelySeconds).toBe(5);
});

test('what happens on the source is as the source’s cloud says, the rest as the target’s does', () => {
  const slow: Durations = {
    'volumes.attach': [9_000, 9_000, 9_000],
    'volumes.detach': [7_000, 7_000, 7_000],
  };
  const made = plan(factsOf(slow, quick), target, options());
  expect(phaseOf(made, 'attach-volume').likelySeconds).toBe(0.2);
  expect(phaseOf(made, 'detach-volume').likelySeconds).toBe(7);
  // A target that is quick at it says nothing of a source whose cloud does not tell.
  const silent = plan(factsOf(undefined, slow), target, options());
  expect(phaseOf(silent, 'detach-volume')).toEqual(
    phaseOf(plan(factsWith(), target, options()), 'detach-volume'),
  );
});

test('the time of a health probe grows with the answers that are asked for', () => {
  const facts = factsOf(undefined, { 'host.check': [50, 100, 500] });
  const asking = (inARow: number) => ({
    ...facts,
    workload: { ...facts.workload, probe: { ...facts.workload.probe, inARow } },
  });
  const probing = (inARow: number) => phaseOf(plan(asking(inARow), target, options()), 'probe-target');
  expect(probing(1).likelySeconds).toBeCloseTo(0.1);
  expect(probing(3).likelySeconds).toBeCloseTo(4.3);
});

test('a name that this version does not know is no figure, and no failure', () => {
  const strange = { 'volumes.polish': [1, 2, 3], toString: [1, 2, 3] } as Durations;
  expect(plan(factsOf(strange, strange), target, options()).downtime!.phases).toEqual(
    plan(factsWith(), target, options()).downtime!.phases,
  );
});
