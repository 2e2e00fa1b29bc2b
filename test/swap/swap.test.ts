// The planner's six cases, 40 to 45: a whole volume swap over the simulated clouds, in the manners of EC2 and of
// OpenStack. The same swap meets real services in `npm run test:aws` and `npm run test:openstack`, where real processes
// die: see `stories.ts`.

import type { Cloud } from '@belay/cloud';
import type { Runner } from '@belay/runner';
import { ResultAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { eventsOf, good, sourceAsBefore } from '../../packages/planner/test/shop.ts';
import { changes, type Death, type Dialect, openPlay, type Play, runId, startSwap } from './play.ts';

const dialects: readonly Dialect[] = ['ec2', 'openstack'];
const orders = 'order 1\norder 2\norder 3\n';

/** What is true at the provider and inside the servers once the target serves, whatever happened on the way. */
function targetServes({ sim, shop }: Play): Record<string, unknown> {
  const { instances, volumes, floatingIps } = sim.world.state();
  const servers = Object.values(instances).filter(({ state }) => state !== 'gone');
  const target = servers.find(({ id }) => id !== shop.instanceId);
  const on = volumes[shop.dataVolumeId]?.attachments.map(({ instanceId, state }) => [instanceId, state]);
  return {
    servers: servers.map(({ name, state }) => `${name} ${state}`).sort(),
    volumeIsOnTarget: JSON.stringify(on) === JSON.stringify([[target?.id, 'attached']]),
    addressIsOnTarget: floatingIps[shop.floatingIpId]?.instanceId === target?.id,
    targetServes: sim.world.whoServes(shop.name).instanceId === target?.id,
    data: sim.world.readFile(shop.dataVolumeId, 'db/orders'),
  };
}

const swapped = {
  servers: ['web12 running', 'web12-superseded running'],
  volumeIsOnTarget: true,
  addressIsOnTarget: true,
  targetServes: true,
  data: orders,
};

/** The next process takes the run over and brings it to its end. */
async function carriedOn(play: Play): Promise<string> {
  const { runner } = await play.open();
  good(await play.until(runner.recover()));
  const { state } = good(await play.until(runner.wait(runId)));
  await runner.close();
  return state;
}

/** How the world finds the shop: at OpenStack a server has no address of the world but a floating one. */
function routesOf(dialect: Dialect): readonly ('address' | 'name')[] {
  return dialect === 'ec2' ? ['address', 'name'] : ['address'];
}

/** The steps of a run that nobody disturbs, in the order in which they end. */
async function stepsOf(dialect: Dialect, named = false): Promise<readonly string[]> {
  const play = await openPlay(dialect, { named });
  const process = await play.open();
  good(await play.until(startSwap(play, process)));
  const events = await eventsOf(play, process.runner, runId);
  return events.flatMap(({ event }) => (event.kind === 'done' ? [event.step] : []));
}

async function untilStarted(play: Play, runner: Runner, step: string): Promise<void> {
  await play.until(
    (async () => {
      for await (const { event } of runner.events(runId)) {
        if (event.kind === 'started' && event.step === step) return;
      }
      throw new Error(`${step} never started.`);
    })(),
  );
}

describe.each(dialects)('a swap at %s', (dialect) => {
  test('40: the disk goes from one server to the other, is found there by its serial, and within a minute', async () => {
    const play = await openPlay(dialect);
    const { sim, shop } = play;
    const process = await play.open();
    const outcome = good(await play.until(startSwap(play, process)));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(targetServes(play)).toEqual(swapped);

    const { target, attachment } = outcome.output;
    const volume = good(await play.until(sim.cloud.volumes.get(shop.dataVolumeId)));
    expect(volume.attachments.map(({ disk }) => disk.serial)).toEqual([attachment.disk.serial]);
    const mounts = good(await play.until(sim.hosts.get({ ...shop.at, id: target.id }).mounts.list()));
    expect(mounts.find(({ mountPoint }) => mountPoint === shop.mountPoint)).toMatchObject({
      diskSerial: attachment.disk.serial,
      filesystemUuid: shop.filesystemUuid,
    });

    const events = await eventsOf(play, process.runner, runId);
    const at = (kind: 'started' | 'done', step: string): number =>
      events.find(({ event }) => event.kind === kind && event.step === step)?.atMs ?? Number.NaN;
    const tookMs = at('done', 'mount') - at('started', 'detach-volume');
    expect(tookMs).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(60_000);
  });

  test('41: whatever write of its journal a process dies at, the next one comes to the same end', async () => {
    const clean = await openPlay(dialect);
    const undisturbed = await clean.open();
    good(await clean.until(startSwap(clean, undisturbed)));
    expect(undisturbed.points.length).toBeGreaterThan(15);
    const deaths = undisturbed.points.flatMap(({ at }): Death[] => [
      { at, when: 'before' },
      { at, when: 'after' },
    ]);
    const ends: string[] = [];
    for (const death of deaths) {
      const play = await openPlay(dialect);
      const process = await play.open(death);
      const started = startSwap(play, process);
      expect(await play.until(Promise.race([process.died, started])), JSON.stringify(death)).toBe('died');
      const { runner } = await play.open();
      good(await play.until(runner.recover()));
      // One that died before its run was durable never had one: it is started, as it would be by whoever asked for it.
      const outcome = good(await play.until(startSwap(play, { runner })));
      const end = { state: outcome.state, ...targetServes(play) };
      if (JSON.stringify(end) !== JSON.stringify({ state: 'success', ...swapped }))
        ends.push(`${JSON.stringify(death)}: ${JSON.stringify(end)}`);
      await runner.close();
    }
    expect(ends).toEqual([]);
  });

  test.each(changes)(
    '41: a process that dies while %s is on its way is followed by one that adopts it',
    async (inCall) => {
      const play = await openPlay(dialect);
      const { sim, shop } = play;
      // Or there would be nothing to turn.
      const dies = sim.cloud.instances.keepVolume(shop.instanceId, shop.dataVolumeId, false, {
        key: 'launch',
      });
      good(await play.until(dies));
      const process = await play.open({ inCall });
      const started = startSwap(play, process, { mayKeepVolume: true });
      expect(await play.until(Promise.race([process.died, started]))).toBe('died');
      expect(await carriedOn(play)).toBe('success');
      expect(targetServes(play)).toEqual(swapped);
    },
  );

  test.each(routesOf(dialect))(
    '42: called off in any step, the disk is on the source again and the %s leads there',
    async (route) => {
      const named = route === 'name';
      const wrong: string[] = [];
      for (const step of await stepsOf(dialect, named)) {
        const play = await openPlay(dialect, { named });
        const record = (): unknown => play.sim.cloud.dns.get(play.shop.recordName, 'A');
        const before = { ...sourceAsBefore(play), record: await play.until(Promise.resolve(record())) };
        const process = await play.open();
        const running = startSwap(play, process);
        await untilStarted(play, process.runner, step);
        const word = { by: 'ada', reason: `seen enough of ${step}` };
        const called = await play.until(process.runner.cancel(runId, word));
        const { state } = good(await play.until(running));
        // Where the last step was already through, a run that succeeded is taken back.
        const end =
          state === 'success' ? good(await play.until(process.runner.revert(runId, word))).state : state;
        const after = { ...sourceAsBefore(play), record: await play.until(Promise.resolve(record())) };
        if (end !== 'reverted' || JSON.stringify(after) !== JSON.stringify(before)) {
          wrong.push(`${step}: ${end} (${called.isOk()}): ${JSON.stringify(after)}`);
        }
        await process.runner.close();
      }
      expect(wrong).toEqual([]);
    },
  );

  test('43: the way back can be broken off anywhere and be gone again, and nothing is undone twice', async () => {
    /** Swaps, and then goes back with a process that dies at that write, or that does not. */
    const goBack = async (death?: Death) => {
      const play = await openPlay(dialect);
      const before = sourceAsBefore(play);
      const first = await play.open();
      good(await play.until(startSwap(play, first)));
      await first.runner.close();
      const second = await play.open(death);
      const back = second.runner.revert(runId, { by: 'ada', reason: 'the old one was better' });
      const end = await play.until(Promise.race([second.died, back]));
      expect(end === 'died', JSON.stringify(death)).toBe(death !== undefined);
      return { play, before, second };
    };
    const { second: undisturbed } = await goBack();
    expect(undisturbed.points.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const { at } of undisturbed.points) {
      for (const when of ['before', 'after'] as const) {
        const { play, before } = await goBack({ at, when });
        const { runner } = await play.open();
        good(await play.until(runner.recover()));
        // Where the word was durable it is the same way back that goes on, and else it is gone now.
        const word = { by: 'ada', reason: 'the old one was better' };
        const said = await play.until(runner.revert(runId, word));
        const { state } = said.isOk() ? said.value : good(await play.until(runner.wait(runId)));
        const after = sourceAsBefore(play);
        const calls = changes.map((change) => play.sim.world.calls(change));
        const again = await play.until(runner.revert(runId, word));
        const isStill = changes.every((change, i) => play.sim.world.calls(change) === calls[i]);
        if (state !== 'reverted' || JSON.stringify(after) !== JSON.stringify(before) || !isStill) {
          wrong.push(`${at} ${when}: ${state}, ${again.isOk()}, ${isStill}: ${JSON.stringify(after)}`);
        }
        await runner.close();
      }
    }
    expect(wrong).toEqual([]);
  });

  test('44: the data outlives the server that it came from, and the one that it went to', async () => {
    const play = await openPlay(dialect);
    const { sim, shop } = play;
    const { instances } = sim.cloud;
    const keep = (id: string, value: boolean) =>
      instances.keepVolume(id, shop.dataVolumeId, value, { key: `keep-${value}` });
    const dies = async (id: string): Promise<boolean | undefined> =>
      good(await play.until(instances.get(id))).volumes.find(({ volumeId }) => volumeId === shop.dataVolumeId)
        ?.deleteOnTermination;
    // As a disk that was attached at launch would be.
    good(await play.until(keep(shop.instanceId, false)));
    expect(await dies(shop.instanceId)).toBe(true);
    const process = await play.open();
    const outcome = good(await play.until(startSwap(play, process, { mayKeepVolume: true })));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const { target } = outcome.output;
    expect(await dies(target.id)).toBe(false);

    for (const id of [shop.instanceId, target.id]) {
      good(await play.until(instances.delete(id, { key: `delete-${id}` })));
      expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toBe(orders);
    }
    const { state, attachments } = good(await play.until(sim.cloud.volumes.get(shop.dataVolumeId)));
    expect([state, attachments]).toEqual(['available', []]);
  });

  test.each([
    ['that is on no disk there', undefined],
    ['of another disk', '00000000-aaaa-4bbb-8ccc-dddddddddddd'],
    ['of a copy of the disk', 'the same'],
  ] as const)(
    '45: an attach that names the serial %s mounts nothing, and the source serves again',
    async (_, filesystem) => {
      const play = await openPlay(dialect, { between: (cloud) => misled(cloud, play, filesystem) });
      const before = sourceAsBefore(play);
      const process = await play.open();
      const outcome = good(await play.until(startSwap(play, process)));
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(outcome.cause.kind).toBe(filesystem === undefined ? 'not-found' : 'wrong-disk');
      const { volumes, ...after } = sourceAsBefore(play);
      expect({ ...after, volumes: Number(volumes) - (filesystem === undefined ? 0 : 1) }).toEqual(before);
      expect(play.sim.world.readFile(play.shop.dataVolumeId, 'db/orders')).toBe(orders);
    },
  );
});

/** A link that is left over from before leads to another disk, which carries this filesystem; or to none. */
function misled(cloud: Cloud, play: Play, filesystem: string | undefined): Cloud {
  const { sim, shop } = play;
  const decoy = async (instanceId: string): Promise<string> => {
    if (filesystem === undefined) return 'vol0deadbeef';
    const uuid = filesystem === 'the same' ? shop.filesystemUuid : filesystem;
    const { zone, diskType } = shop;
    const volumeId = sim.world.seed.volume({
      name: 'decoy',
      zone,
      sizeGiB: 1,
      diskType,
      filesystem: { uuid, type: 'ext4', files: { 'db/orders': 'not yours' } },
    });
    const attached = await cloud.volumes.attach({ volumeId, instanceId }, { key: 'decoy' });
    return good(attached).disk.serial;
  };
  const { volumes } = cloud;
  return {
    ...cloud,
    volumes: {
      ...volumes,
      attach: (pairing, call) =>
        pairing.volumeId !== shop.dataVolumeId || pairing.instanceId === shop.instanceId
          ? volumes.attach(pairing, call)
          : volumes.attach(pairing, call).andThen((attachment) =>
              ResultAsync.fromSafePromise(decoy(pairing.instanceId)).map((serial) => ({
                ...attachment,
                disk: { serial, byId: [] },
              })),
            ),
    },
  };
}
