import type { Clouds, Hosts } from '@belay/cloud';
import {
  createPlanner,
  plannedSteps,
  type SlotInput,
  type Slots,
  slotNames,
  volumeSwap,
  volumeSwapWith,
} from '@belay/planner';
import {
  check,
  type GraphBuilder,
  memoryJournal,
  openRunner,
  shapeOf,
  stepGraph,
  toMermaid,
} from '@belay/runner';
import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { eventsOf, good, openScene, type Scene, sourceAsBefore, swapOf, untilHeld } from './shop.ts';

/** Monitoring as a house has it: it keeps a list of what it was told. */
interface Monitoring {
  readonly monitoring: { readonly told: string[]; broken: string | undefined };
}
type Everything = Clouds & Hosts & Monitoring;

const swapSlots = slotNames.filter((name) => name !== 'afterSoak');

/** One step in every slot, each of which can be told to fail. */
function houseSlots(): Slots<Everything> {
  const tell =
    (what: string): NonNullable<Slots<Everything>['beforeStop']> =>
    (s, { target, source }) => {
      s.step('tell', {
        title: `monitoring hears of ${what} for ${source.name}`,
        needs: { target },
        idempotent: true,
        run: (needs, { services }) => {
          if (services.monitoring.broken === what)
            return errAsync({ kind: 'failed', message: `${what} is broken`, applied: 'no' as const });
          services.monitoring.told.push(`${what} ${needs.target.id}`);
          return okAsync({ what });
        },
        probe: (_, { services }) =>
          okAsync(
            services.monitoring.told.some((line) => line.startsWith(`${what} `))
              ? { happened: 'yes', output: { what } }
              : { happened: 'no' },
          ),
        revert: (_, { services }) => {
          const { told } = services.monitoring;
          const at = told.findLastIndex((line) => line.startsWith(`${what} `));
          if (at !== -1) told.splice(at, 1);
          return okAsync(undefined);
        },
      });
    };
  return { name: 'house', ...Object.fromEntries(slotNames.map((name) => [name, tell(name)])) };
}

async function swapped(scene: Scene, broken?: string) {
  const planner = createPlanner({ slots: [houseSlots()] });
  const monitoring: Monitoring['monitoring'] = { told: [], broken };
  const { clouds, hosts, clock } = scene.sim;
  const services = { clouds, hosts, monitoring };
  const runner = await openRunner({ graphs: planner.graphs, services, journal: memoryJournal(), clock });
  const { input, keys } = swapOf(scene, { slots: 'house' });
  const outcome = good(await scene.until(runner.run(planner.volumeSwap, input, { id: 'swap', keys })));
  return { outcome, runner, monitoring };
}

describe('steps of one’s own', () => {
  test('take part at their places, in order, while the swap goes its way', async () => {
    const scene = await openScene();
    const { outcome, runner, monitoring } = await swapped(scene);
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(monitoring.told).toEqual(swapSlots.map((slot) => `${slot} ${outcome.output.target.id}`));
    const done = (await eventsOf(scene, runner, 'swap')).flatMap(({ event }) =>
      event.kind === 'done' ? [event.step.replaceAll(/#\d+/g, '')] : [],
    );
    const inOrder = [
      'place/target-ready',
      'place/configure-target/tell',
      'place/check-target',
      'look-at-source',
      'before-stop/tell',
      'stop-services',
      'detach-volume',
      'after-detach/tell',
      'attach-volume',
      'probe-target',
      'before-switch/tell',
      'switch-address',
      'confirm-route',
      'after-switch/tell',
      'rename-source',
    ];
    expect(done.filter((step) => inOrder.includes(step))).toEqual(inOrder);
  });

  for (const slot of swapSlots) {
    test(`that fail in ${slot} take everything back: what was told is untold and the source serves`, async () => {
      const scene = await openScene();
      const before = sourceAsBefore(scene);
      const { outcome, monitoring } = await swapped(scene, slot);
      expect(outcome).toMatchObject({ state: 'reverted' });
      expect(JSON.stringify(outcome)).toContain(`${slot} is broken`);
      expect(monitoring.told).toEqual([]);
      expect(sourceAsBefore(scene)).toEqual(before);
    });
  }

  test('are undone with the run after its success', async () => {
    const scene = await openScene();
    const { runner, monitoring } = await swapped(scene);
    const back = good(await scene.until(runner.revert('swap', { by: 'ada', reason: 'too dear' })));
    expect(back.state).toBe('reverted');
    expect(monitoring.told).toEqual([]);
  });

  test('are shown in the plan’s steps and in the picture, with who serves meanwhile', async () => {
    const scene = await openScene();
    const graph = volumeSwapWith([houseSlots()]);
    const { input } = swapOf(scene, { slots: 'house' });
    expect(check(graph, input)).toEqual([]);
    const own = (plannedSteps(graph, input) ?? []).filter(({ step }) => step.endsWith('/tell'));
    expect(own.map(({ step, serving, undo }) => `${step} ${serving} ${undo}`)).toEqual([
      'place/configure-target/tell source reverted',
      'before-stop/tell source reverted',
      'after-detach/tell nobody reverted',
      'before-switch/tell nobody reverted',
      'after-switch/tell target reverted',
    ]);
    expect(toMermaid(shapeOf(graph, input)._unsafeUnwrap())).toContain(
      'monitoring hears of afterDetach for web12',
    );
  });

  test('may be a whole graph, which is told what the run is about', async () => {
    const scene = await openScene();
    const told: string[] = [];
    const own = stepGraph(
      'warm-cache',
      (g: GraphBuilder<Clouds & Hosts>, { slot, source, at }: SlotInput) => {
        const asked = g.step('ask', { run: () => okAsync({ slot }) });
        g.step('warm', {
          needs: { asked },
          run: (needs) => {
            told.push(`${needs.asked.slot} ${source.name} ${at.provider}`);
            return okAsync(undefined);
          },
        });
      },
    );
    const planner = createPlanner({ slots: [{ name: 'warm', beforeSwitch: own }] });
    const { sim } = scene;
    const runner = await openRunner({
      graphs: planner.graphs,
      services: sim,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const { input, keys } = swapOf(scene, { slots: 'warm' });
    const outcome = good(await scene.until(runner.run(planner.volumeSwap, input, { id: 'swap', keys })));
    expect(outcome.state).toBe('success');
    expect(told).toEqual(['beforeSwitch web12 sim']);
  });

  test('take no part where the input names no set, and one that nobody knows is refused', async () => {
    const scene = await openScene();
    const graph = volumeSwapWith([houseSlots()]);
    const { input } = swapOf(scene);
    const paths = (shape: typeof graph) =>
      shapeOf(shape, input)
        ._unsafeUnwrap()
        .nodes.map(({ path }) => path);
    expect(paths(graph)).toEqual(
      shapeOf(volumeSwap, input)
        ._unsafeUnwrap()
        .nodes.map(({ path }) => path),
    );
    expect(shapeOf(graph, { ...input, slots: 'hous' })._unsafeUnwrapErr().message).toContain(
      'the slots hous, which this planner was not given',
    );
    expect(() => createPlanner({ slots: [houseSlots(), houseSlots()] })).toThrow('same name');
  });
});

describe('a hold before the cut-over', () => {
  test('waits while the source serves, and moves when somebody says so', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const runner = await scene.runner();
    const { input, keys } = swapOf(scene, { hold: true });
    const running = runner.run(volumeSwap, input, { id: 'swap', keys });
    await untilHeld(scene, runner, 'swap');
    await sim.clock.advance(3_600_000);
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId });
    const { row, holds } = good(await scene.until(runner.get('swap')));
    expect([row.state, holds]).toEqual([
      'waiting',
      [{ hold: 'cut-over', ask: 'eagle-4xl is ready and web12 still serves. Stop it now and move?' }],
    ]);
    good(await scene.until(runner.release('swap', 'cut-over', { by: 'ada', reason: 'the shop is quiet' })));
    const outcome = good(await scene.until(running));
    expect(outcome.state).toBe('success');
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
  });

  test('that is not released but cancelled leaves the source as it was and no server behind', async () => {
    const scene = await openScene();
    const before = sourceAsBefore(scene);
    const runner = await scene.runner();
    const { input, keys } = swapOf(scene, { hold: true });
    const running = runner.run(volumeSwap, input, { id: 'swap', keys });
    await untilHeld(scene, runner, 'swap');
    good(await scene.until(runner.cancel('swap', { by: 'ada', reason: 'not this week' })));
    expect(good(await scene.until(running)).state).toBe('reverted');
    expect(sourceAsBefore(scene)).toEqual(before);
  });

  test('looks at the target once more afterwards: one that hangs by then ends the run before anything stops', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const before = sourceAsBefore(scene);
    const runner = await scene.runner();
    const { input, keys } = swapOf(scene, { hold: true });
    const running = runner.run(volumeSwap, input, { id: 'swap', keys });
    await untilHeld(scene, runner, 'swap');
    const target = Object.values(sim.world.state().instances).find(({ id }) => id !== shop.instanceId);
    sim.world.hang(target?.id ?? '');
    good(await scene.until(runner.release('swap', 'cut-over', { by: 'ada', reason: 'go' })));
    expect(good(await scene.until(running)).state).toBe('reverted');
    expect(sourceAsBefore(scene)).toEqual(before);
  });
});
