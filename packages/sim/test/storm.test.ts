// Many calls at once in bad weather, by seed: what must always be true is true after every single event.

import { expect, test } from 'vitest';
import { createSim, type Family } from '../src/index.ts';
import { insideOf } from '../src/sim.ts';
import { quotas, stock, wrongIn } from './storm/invariants.ts';
import { type Ledger, work } from './storm/worker.ts';

const seeds = Array.from({ length: 5 }, (_, index) => `storm ${index + 1}`);
const workers = 4;

test.each(['ec2', 'openstack'] as const)('on a cloud of the family %s', async (family) => {
  const answered = new Map<string, number>();
  for (const seed of seeds) expect(await problemsOf(seed, family, answered), `seed ${seed}`).toEqual([]);
  // A storm in which a verb never works says nothing of that verb.
  const never = [...answered].filter(([, worked]) => worked === 0).map(([verb]) => verb);
  expect(never).toEqual([]);
});

async function problemsOf(
  seed: string,
  family: Family,
  answered: Map<string, number>,
): Promise<readonly string[]> {
  const sim = createSim({
    seed,
    traits: family,
    stock,
    quotas,
    latencies: { 'volumes.optimize': [1_000, 5_000, 20_000], 'snapshots.create': [1_000, 5_000, 60_000] },
  });
  const { world, clock, faults } = sim;
  // As it is, and not a copy of it: it is looked at after each event.
  const { state } = insideOf(sim);
  world.seed.instanceType('small', { volumeSlots: 2 });
  world.seed.instanceType('large', { volumeSlots: 2 });
  const imageId = world.seed.image({
    name: 'plain',
    guest: { os: 'debian 12', kernel: '6.1', services: [] },
  });
  faults.random({ seed, rate: 0.2 });
  const ledger: Ledger = { answered, deletedVolumes: new Set() };
  const problems: string[] = [];
  const look = (when: string): void => {
    for (const problem of wrongIn(state, ledger.deletedVolumes)) problems.push(`${when}: ${problem}`);
  };
  world.onEvent(({ what, atMs }) => look(`${atMs} ${what}`));
  const all = Array.from({ length: workers }, (_, index) => work(sim, `${seed}/${index}`, imageId, ledger));
  for (const found of await clock.until(Promise.all(all))) problems.push(...found);
  faults.clear();
  await clock.run();
  look('in the end');
  return problems;
}
