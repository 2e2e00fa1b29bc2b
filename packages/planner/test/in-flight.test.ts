// What a run has asked for and not yet heard of when it dies or goes back is on its way all the same.

import type { StoredEvent } from '@belay/runner';
import { expect, test } from 'vitest';
import { perform, type Told } from './play/perform.ts';
import type { Play } from './play/stage.ts';
import { plays } from './play/ways.ts';

function playNamed(name: string): Play {
  const play = plays.find((one) => one.name === name);
  if (play === undefined) throw new Error(`there is no play ${name}`);
  return play;
}

/** Its process dies as soon as this call has been made for the first time. */
async function deadAt(name: string, call: string): Promise<Told> {
  const whole = await perform(playNamed(name));
  const asked = whole.points[0]?.findIndex(({ says }) => says === `${call}, on its way`) ?? -1;
  expect(asked).toBeGreaterThan(0);
  return perform(playNamed(name), { deaths: [asked + 1] });
}

function probedAs(events: readonly StoredEvent[], step: string): readonly string[] {
  return events.flatMap(({ event }) =>
    event.kind === 'probed' && event.step.endsWith(step) ? [event.happened] : [],
  );
}

test('a target that is on its way is waited for: its addresses are known before a name leads there', async () => {
  const told = await deadAt('volume-swap by name', 'clouds.instances.create');
  expect(probedAs(told.events, 'provision-target')).toEqual(['no']);
  expect([told.state, told.serves, told.problems]).toEqual(['success', 'other', []]);
});

test('a disk that is being made is waited for, and is the only one', async () => {
  const told = await deadAt('snapshot-clone', 'clouds.volumes.create');
  // It is not ready at the first look, and it is at the second: nothing is asked for again.
  expect(probedAs(told.events, 'make-disk')).toEqual([]);
  expect([told.state, told.serves, told.problems]).toEqual(['success', 'other', []]);
});

test('a TTL that is being lowered when the run goes back is what it was in the end', async () => {
  const told = await perform(playNamed('volume-swap by a slow name, as planned'), {
    sabotage: [{ step: 'place/provision-target', part: 'run', how: 'refused', times: 1 }],
  });
  expect(told.events.some(({ event }) => event.kind === 'undo-saved' && event.step === 'lower-ttl')).toBe(
    true,
  );
  expect([told.state, told.problems]).toEqual(['reverted', []]);
});
