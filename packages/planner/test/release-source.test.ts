import {
  firstRunsOf,
  type ReleaseInput,
  releaseOf,
  releaseSource,
  releaseSourceWith,
  type Slots,
  type SwapInput,
  servingDuring,
  volumeSwap,
  type World,
} from '@belay/planner';
import { check, memoryJournal, openRunner, type Runner, shapeOf } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { eventsOf, good, openScene, type Scene, swapOf, untilHeld } from './shop.ts';

const word = { by: 'ada', reason: 'a week has passed without a complaint' };

/** The shop after a swap, and a runner that can release what the swap left behind. */
async function swappedScene(about: Partial<SwapInput> = {}) {
  const scene = await openScene();
  const { clouds, hosts, clock } = scene.sim;
  const services = { clouds, hosts, releases: firstRunsOf(() => runner) };
  const graphs = [volumeSwap, releaseSource] as const;
  const runner: Runner = await openRunner({ graphs, services, journal: memoryJournal(), clock });
  const { input: move, keys } = swapOf(scene, about);
  const outcome = good(await scene.until(runner.run(volumeSwap, move, { id: 'swap', keys })));
  if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
  const input: ReleaseInput = {
    firstRunId: 'swap',
    move,
    target: outcome.output.target,
    volumes: [],
    ...word,
  };
  const release = async (more: Partial<ReleaseInput> = {}, id = 'release') =>
    good(await scene.until(runner.run(releaseSource, { ...input, ...more }, { id, keys })));
  return { scene, runner, input, keys, release };
}

function sourceOf({ sim, shop }: Scene): string | undefined {
  return sim.world.state().instances[shop.instanceId]?.state;
}

describe('the release of a source', () => {
  test('deletes it when the soak is over, after the first run was sealed, and the shop serves on', async () => {
    const { scene, runner, release } = await swappedScene();
    const { sim, shop } = scene;
    expect((await release()).state).toBe('success');
    expect(sourceOf(scene)).toBe('gone');
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');

    const done = (await eventsOf(scene, runner, 'release')).flatMap(({ event }) =>
      event.kind === 'done' ? [event.step] : [],
    );
    expect(done).toEqual(['check-release', 'find-target', 'seal-first-run', 'delete-source']);
    const back = await scene.until(runner.revert('swap', word));
    expect(back._unsafeUnwrapErr().message).toContain('sealed');
  });

  test('is not even begun before the soak is over', async () => {
    const { input } = await swappedScene();
    const asked = { ...input, succeededAt: '2026-11-22T11:00:00.000Z', soakSeconds: 86_400 };
    const early = releaseOf({ ...asked, now: '2026-11-23T10:59:59.000Z' });
    expect(early._unsafeUnwrapErr()).toMatchObject({
      kind: 'still-soaking',
      until: '2026-11-23T11:00:00.000Z',
    });
    expect(releaseOf({ ...asked, now: '2026-11-23T11:00:00.000Z' })._unsafeUnwrap()).toEqual({
      ...input,
      soak: { endsAt: '2026-11-23T11:00:00.000Z', beganAt: '2026-11-22T11:00:00.000Z' },
    });
    expect(releaseOf({ ...asked, now: 'tomorrow' }).isErr()).toBe(true);
  });

  test('waits for a person where that is wished, and looks again when the word has come', async () => {
    const { scene, runner, input, keys } = await swappedScene();
    const running = runner.run(releaseSource, { ...input, hold: true }, { id: 'release', keys });
    await untilHeld(scene, runner, 'release');
    expect(sourceOf(scene)).toBe('running');
    // Meanwhile somebody calls the source by another name: it is needed for something.
    const { sim, shop } = scene;
    good(await scene.until(sim.cloud.instances.rename(shop.instanceId, 'web12-forensics', { key: 'x' })));
    good(await scene.until(runner.release('release', 'release', word)));
    const outcome = good(await scene.until(running));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'source-superseded' } });
    expect(sourceOf(scene)).toBe('running');
    expect(good(await scene.until(runner.revert('swap', word))).state).toBe('reverted');
  });

  const obstacles: readonly (readonly [string, string, (scene: Scene, targetId: string) => Promise<void>])[] =
    [
      [
        'the target does not serve',
        'not-serving',
        async ({ sim, until, shop }, id) => {
          const host = sim.hosts.get({ ...shop.at, id });
          good(await until(host.services.stop(['nginx'], { key: 'down' })));
        },
      ],
      [
        'an address leads elsewhere',
        'read-back',
        async ({ sim, until, shop }, id) => {
          const way = { from: id, to: shop.instanceId };
          good(await until(sim.cloud.floatingIps.move(shop.floatingIpId, way, { key: 'away' })));
        },
      ],
    ];
  for (const [what, guard, harm] of obstacles) {
    test(`is refused where ${what}, and nothing is sealed or deleted`, async () => {
      const { scene, runner, input, release } = await swappedScene();
      await harm(scene, input.target.id);
      const outcome = await release();
      expect(outcome.state).toBe('reverted');
      expect(JSON.stringify(outcome)).toContain(guard);
      expect(sourceOf(scene)).toBe('running');
      expect(good(await scene.until(firstRunsOf(() => runner).get('swap')))).toEqual({
        state: 'success',
        sealed: false,
      });
    });
  }

  test('is refused where the source does not answer: what cannot be seen is no rest', async () => {
    const { scene, release } = await swappedScene();
    scene.sim.world.hang(scene.shop.instanceId);
    expect((await release()).state).toBe('reverted');
    expect(sourceOf(scene)).toBe('running');
  });

  test('is refused where a disk would die with the source that nobody named', async () => {
    const { scene, release } = await swappedScene();
    const { sim, shop, until } = scene;
    const spec = { name: 'forgotten', zone: shop.zone, sizeGiB: 10, diskType: shop.diskType };
    const { id } = good(await until(sim.cloud.volumes.create(spec, { key: 'extra' })));
    const pairing = { volumeId: id, instanceId: shop.instanceId };
    good(await until(sim.cloud.volumes.attach(pairing, { key: 'extra' })));
    good(await until(sim.cloud.instances.keepVolume(shop.instanceId, id, false, { key: 'extra' })));
    expect(await release()).toMatchObject({
      state: 'reverted',
      cause: { guard: 'volume-outlives-instance' },
    });
    expect((await release({ volumes: [id] }, 'again')).state).toBe('success');
    expect(sim.world.state().volumes[id]?.state).toBe('gone');
  });

  test('never takes the disk that the target works on', async () => {
    const { scene, release } = await swappedScene();
    const { shop } = scene;
    expect(await release({ volumes: [shop.dataVolumeId] })).toMatchObject({
      state: 'reverted',
      cause: { guard: 'volume-unused' },
    });
    expect(scene.sim.world.visit(shop.name)).toMatchObject({ order: 4 });
  });

  test('without a way to the first run is refused before anything', async () => {
    const { scene, input, keys } = await swappedScene();
    const runner = await scene.runner();
    const outcome = good(await scene.until(runner.run(releaseSource, input, { id: 'other', keys })));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'first-run-known' } });
  });

  test('has a slot before anything is given up: what fails there keeps the source', async () => {
    const { scene, input } = await swappedScene();
    const { clouds, hosts, clock } = scene.sim;
    const told: string[] = [];
    const house: Slots<World> = {
      name: 'house',
      afterSoak: (s, { target, slot }) => {
        s.step('check-bills', {
          needs: { target },
          idempotent: true,
          run: (needs) => {
            told.push(`${slot} ${needs.target.id}`);
            return errAsync({ kind: 'failed', message: 'the bills do not agree', applied: 'no' as const });
          },
        });
      },
    };
    const graph = releaseSourceWith([house]);
    const releases = {
      get: () => okAsync({ state: 'success', sealed: false } as const),
      seal: () => okAsync(),
    };
    const services = { clouds, hosts, releases };
    const runner = await openRunner({ graphs: [graph], services, journal: memoryJournal(), clock });
    const run = runner.run(graph, { ...input, slots: 'house' }, { id: 'with-slot', keys: ['node/web12'] });
    const outcome = good(await scene.until(run));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { message: 'the bills do not agree' } });
    expect(told).toEqual([`afterSoak ${input.target.id}`]);
    expect(sourceOf(scene)).toBe('running');
  });

  test('after the seal goes forward only: what fails waits for a person, and the target serves', async () => {
    const { scene, runner, release } = await swappedScene();
    const { sim, shop } = scene;
    sim.faults.next('instances.delete', { kind: 'forbidden', at: 'port' });
    const outcome = await release();
    if (outcome.state !== 'stuck') throw new Error(JSON.stringify(outcome));
    expect(outcome.stuck.map(({ step, why }) => `${step} ${why}`)).toEqual([
      'delete-source failed-after-pivot',
    ]);
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
    good(await scene.until(runner.resolve('release', 'delete-source', 'retry', word)));
    expect(good(await scene.until(runner.wait('release'))).state).toBe('success');
    expect(sourceOf(scene)).toBe('gone');
  });

  const reads: readonly Operation[] = ['host.check', 'floatingIps.get', 'services.list', 'instances.get'];
  for (const operation of reads) {
    test(`that cannot read by ${operation} changes nothing`, async () => {
      const { scene, release } = await swappedScene();
      scene.sim.faults.next(operation, { kind: 'failed', at: 'port', message: 'broken for good' });
      expect((await release()).state).toBe('reverted');
      expect(sourceOf(scene)).toBe('running');
    });
  }

  test('has a sound graph, whose every step belongs to the target', async () => {
    const { input } = await swappedScene();
    for (const hold of [false, true]) {
      for (const volumes of [[], ['vol-1'], ['vol-1', 'vol-2']]) {
        const some = { ...input, hold, volumes };
        expect(check(releaseSource, some)).toEqual([]);
        const { nodes } = shapeOf(releaseSource, some)._unsafeUnwrap();
        expect(nodes.map(({ path }) => servingDuring(path)).every((who) => who === 'target')).toBe(true);
      }
    }
  });
});
