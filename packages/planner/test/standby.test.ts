// A standby in a takeover: nothing runs on it while files are copied to it, and one that is not needed after all goes
// on as it did.

import { describe, expect, test } from 'vitest';
import { perform } from './play/perform.ts';
import type { Stage } from './play/stage.ts';
import { brinkOf, plays } from './play/ways.ts';

function takeover(kind: 'planned' | 'emergency') {
  const play = plays.find(({ name }) => name === `takeover, ${kind}`);
  if (play === undefined) throw new Error('there is no takeover');
  return play;
}

function runningOn({ scene: { sim }, standby }: Stage): readonly string[] {
  const services = sim.world.state().guests[standby ?? '']?.services ?? [];
  return services.flatMap(({ name, state, masked }) => (state === 'active' && !masked ? [name] : []));
}

test('no file is copied to a standby while a service runs there', async () => {
  const copies: (readonly string[])[] = [];
  const told = await perform(takeover('planned'), {
    faults: (stage) => {
      expect(runningOn(stage)).toContain('mysql');
      stage.scene.sim.world.onEvent(({ what }) => {
        if (what === 'copied') copies.push(runningOn(stage));
      });
    },
  });
  expect(told.state).toBe('success');
  expect(copies).toEqual([[], []]);
});

describe.each(['planned', 'emergency'] as const)('a takeover, %s, that goes back', (kind) => {
  test('leaves on the standby what ran there, and nothing masked', async () => {
    let stage: Stage | undefined;
    const told = await perform(takeover(kind), {
      sabotage: [{ step: await brinkOf(takeover(kind)), part: 'run', how: 'refused', times: 1 }],
      faults: (opened) => {
        stage = opened;
      },
    });
    expect([told.state, told.problems]).toEqual(['reverted', []]);
    expect(stage && runningOn(stage)).toEqual(['mysql', 'php-fpm', 'nginx']);
  });

  test('does not begin for want of one answer: the word is asked for again', async () => {
    const told = await perform(takeover(kind), {
      sabotage: [{ step: 'authorise', part: 'run', how: 'answer-lost', times: 1 }],
    });
    expect([told.state, told.problems]).toEqual(['success', []]);
  });
});

test('a recovery is not given up because one look at the source had no answer', async () => {
  const play = plays.find(({ name }) => name === 'recover from a snapshot');
  const sabotage = [{ step: 'still-down', part: 'run', how: 'answer-lost', times: 1 } as const];
  expect((await perform(play ?? takeover('planned'), { sabotage })).state).toBe('success');
});

test('a disk whose type was changed goes back to it when its cloud lets it, and nobody is asked', async () => {
  const play = plays.find(({ name }) => name === 'grow-online of the type');
  const told = await perform(play ?? takeover('planned'), { goBack: true });
  expect([told.state, told.asked, told.problems]).toEqual(['reverted', [], []]);
});
