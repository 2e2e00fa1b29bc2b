// Many calls at once in bad weather, by seed: what must always be true is true after every single event.

import { type CloudError, KEY_TAG } from '@belay/cloud';
import type { Result } from 'neverthrow';
import { expect, test } from 'vitest';
import { createSim, type Family, type Sim, type VirtualClock, type WorldView } from '../src/index.ts';
import { seededRandom } from '../src/random.ts';

const seeds = Array.from({ length: 6 }, (_, index) => `storm ${index + 1}`);
const workers = 4;
const callsEach = 12;

test.each(['ec2', 'openstack'] as const)('on a cloud of the family %s', async (family) => {
  for (const seed of seeds) expect(await problemsOf(seed, family), `seed ${seed}`).toEqual([]);
});

async function problemsOf(seed: string, family: Family): Promise<readonly string[]> {
  const sim = createSim({ seed, traits: family, stock: { small: { a: 3, b: 2 } } });
  const { world, clock, faults } = sim;
  world.seed.instanceType('small', { volumeSlots: 2 });
  const imageId = world.seed.image({
    name: 'plain',
    guest: { os: 'debian 12', kernel: '6.1', services: [] },
  });
  faults.random({ seed, rate: 0.2 });
  const problems: string[] = [];
  world.onEvent(({ what, atMs }) => {
    for (const problem of wrongIn(world.state())) problems.push(`${atMs} ${what}: ${problem}`);
  });
  const all = Array.from({ length: workers }, (_, index) => work(sim, `${seed}/${index}`, imageId));
  for (const found of await clock.until(Promise.all(all))) problems.push(...found);
  faults.clear();
  await clock.run();
  return [...problems, ...wrongIn(world.state())];
}

/** One caller: it makes, attaches, detaches, stops and deletes, and checks what each answer claims. */
async function work(sim: Sim<VirtualClock>, seed: string, imageId: string): Promise<readonly string[]> {
  const { cloud, world } = sim;
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random.next('pick') * from.length)];
  const zone = () => (random.next('zone') < 0.5 ? 'a' : 'b');
  const diskType = Object.keys(world.state().diskTypes)[0] ?? '';
  const living = <R extends { id: string; state: string }>(all: Record<string, R>): readonly string[] =>
    Object.values(all)
      .filter(({ state }) => state !== 'gone')
      .map(({ id }) => id);
  const problems: string[] = [];
  const claim = (what: string, holds: boolean): void => {
    if (!holds) problems.push(what);
  };

  for (let count = 0; count < callsEach; count += 1) {
    const key = `${seed}/${count}`;
    const call = { key, timeoutMs: 300_000 };
    const volumeId = pick(living(world.state().volumes)) ?? 'vol-0';
    const instanceId = pick(living(world.state().instances)) ?? 'i-0';
    const verb = Math.floor(random.next('verb') * 7);
    if (verb === 0) {
      const made = await cloud.volumes.create({ name: 'v', zone: zone(), sizeGiB: 1, diskType }, call);
      checkMade(made, key, world.state(), claim);
    } else if (verb === 1) {
      const spec = { name: 'i', zone: zone(), instanceType: 'small', imageId };
      checkMade(await cloud.instances.create(spec, call), key, world.state(), claim);
    } else if (verb === 2 || verb === 3) {
      const attached = await cloud.volumes.attach({ volumeId, instanceId }, call);
      if (attached.isOk()) claim('attach gave another pairing', attached.value.instanceId === instanceId);
    } else if (verb === 4) {
      const detached = await cloud.volumes.detach({ volumeId, instanceId }, call);
      if (detached.isOk()) {
        const on = detached.value.attachments.map((one) => one.instanceId);
        claim('detach left it on', !on.includes(instanceId));
      }
    } else if (verb === 5) {
      const turned = await (random.next('turn') < 0.5
        ? cloud.instances.stop(instanceId, call)
        : cloud.instances.start(instanceId, call));
      if (turned.isOk()) claim('it is neither', ['running', 'stopped'].includes(turned.value.state));
    } else {
      const gone = await cloud.instances.delete(instanceId, call);
      const state = world.state().instances[instanceId]?.state ?? 'gone';
      if (gone.isOk()) claim(`deleted, and ${state}`, state === 'gone');
    }
  }
  return problems;
}

/** Somebody else's delete may have been quicker: what it ends counts no more. */
const ending: readonly string[] = ['gone', 'shutting-down', 'deleting'];

/** A create that worked made one thing, and one that says "no" left nothing. */
function checkMade(
  made: Result<{ readonly id: string }, CloudError>,
  key: string,
  state: WorldView,
  claim: (what: string, holds: boolean) => void,
): void {
  const carrying = [...Object.values(state.instances), ...Object.values(state.volumes)]
    .filter((one) => one.tags[KEY_TAG] === key && !ending.includes(one.state))
    .map(({ id }) => id);
  if (made.isErr() && made.error.applied === 'no') {
    claim(
      `${key} failed as ${made.error.kind}, "not applied", and left ${carrying.join(' ')}`,
      carrying.length === 0,
    );
  }
  claim(`${key} made ${carrying.join(' and ')}`, carrying.length <= 1);
}

/** What must never be, in a sentence each. */
function wrongIn(state: WorldView): readonly string[] {
  const wrong: string[] = [];
  for (const volume of Object.values(state.volumes)) {
    const { id, attachments } = volume;
    if (attachments.length > 1) wrong.push(`${id} is on two instances`);
    if ((volume.state === 'in-use') !== attachments.length > 0) wrong.push(`${id} is ${volume.state}`);
    for (const { instanceId } of attachments) {
      const holder = state.instances[instanceId];
      if (holder === undefined || holder.state === 'gone') wrong.push(`${id} is on an instance that is gone`);
    }
  }
  for (const [shelf, left] of Object.entries(state.stock)) {
    const holding = Object.values(state.instances).filter(
      (one) => one.holdsStock && `${one.instanceType}@${one.zone}` === shelf,
    ).length;
    if (left < 0 || left + holding !== (shelf === 'small@a' ? 3 : 2)) {
      wrong.push(`${shelf} has ${left} machines left and ${holding} in use`);
    }
  }
  for (const [instanceId, { mounts }] of Object.entries(state.guests)) {
    for (const { volumeId } of mounts) {
      const isThere = state.volumes[volumeId]?.attachments.some((one) => one.instanceId === instanceId);
      if (isThere !== true) wrong.push(`${instanceId} has ${volumeId} mounted, which is not on it`);
    }
  }
  return wrong;
}
