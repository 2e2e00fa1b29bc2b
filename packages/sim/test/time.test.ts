// Time and chance: nothing happens by itself, and what happens, happens the same way again.

import { describe, expect, test } from 'vitest';
import { createSim, scaledClock, virtualClock } from '../src/index.ts';
import { sampleMs } from '../src/latency.ts';
import { seededRandom } from '../src/random.ts';
import { call, openScene } from './scene.ts';

describe('a virtual clock', () => {
  test('fires in the order of times, then of calls, and only as far as it is told', async () => {
    const clock = virtualClock({ startMs: 0 });
    const fired: string[] = [];
    clock.after(20, () => fired.push(`late at ${clock.now()}`));
    clock.after(10, () => fired.push(`first at ${clock.now()}`));
    clock.after(10, () => fired.push(`second at ${clock.now()}`));
    await clock.advance(15);
    expect(fired).toEqual(['first at 10', 'second at 10']);
    expect(clock.now()).toBe(15);
    await clock.run();
    expect(fired.at(-1)).toBe('late at 20');
    expect(clock.waiting).toBe(0);
  });

  test('fires nothing that was taken back', async () => {
    const clock = virtualClock();
    let fired = 0;
    const takeBack = clock.after(10, () => {
      fired += 1;
    });
    takeBack();
    await clock.run();
    expect(fired).toBe(0);
  });

  test('says so when a promise waits for nothing that could happen', async () => {
    const clock = virtualClock({ turns: 1000 });
    await expect(clock.until(new Promise(() => undefined))).rejects.toThrow('nothing is left');
  });

  test('stops at a limit', async () => {
    const clock = virtualClock({ startMs: 0 });
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.after(10, tick);
    };
    tick();
    await clock.run(35);
    expect(ticks).toBe(4);
  });
});

describe('a scaled clock', () => {
  test('runs as many times as fast as its base', () => {
    const base = virtualClock({ startMs: 1_000 });
    const waits: number[] = [];
    const clock = scaledClock(60, {
      now: base.now,
      after(delayMs, callback) {
        waits.push(delayMs);
        return base.after(delayMs, callback);
      },
    });
    const beganMs = clock.now();
    clock.after(120_000, () => undefined);
    expect(waits).toEqual([2_000]);
    base.rebase(2_000);
    expect(clock.now() - beganMs).toBe(60_000);
  });

  test('is not made with a factor that stops time', () => {
    expect(() => scaledClock(0)).toThrow('above 0');
  });
});

describe('chance', () => {
  test('is the same for the same seed, and each stream its own', () => {
    const draw = (seed: string, stream: string) => {
      const random = seededRandom(seed);
      random.next('other');
      return [1, 2, 3].map(() => random.next(stream));
    };
    expect(draw('a', 'x')).toEqual(draw('a', 'x'));
    expect(draw('a', 'x')).not.toEqual(draw('b', 'x'));
    expect(draw('a', 'x')).not.toEqual(draw('a', 'y'));
  });

  test('draws durations as clouds behave: mostly near the usual, now and then many times as long', () => {
    const random = seededRandom('spread');
    const draws = Array.from({ length: 4_000 }, () => sampleMs([1_000, 3_000, 30_000], random, 'attach'));
    const sorted = draws.toSorted((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThanOrEqual(1_000);
    expect(sorted.at(-1)).toBeLessThanOrEqual(30_000);
    expect(sorted[2_000]).toBeGreaterThan(2_700);
    expect(sorted[2_000]).toBeLessThan(3_300);
    expect(draws.filter((ms) => ms > 15_000).length).toBeGreaterThan(60);
    expect(draws.filter((ms) => ms > 15_000).length).toBeLessThan(300);
  });
});

describe('a simulated cloud', () => {
  const history = async (seed: string) => {
    const scene = openScene({ seed });
    scene.faults.random({ seed: 'storm', rate: 0.2 });
    const targetId = await scene.target();
    await scene.free();
    const pairing = { volumeId: scene.shop.dataVolumeId, instanceId: targetId };
    const attached = await scene.clock.until(scene.cloud.volumes.attach(pairing, call()));
    expect(attached.isOk()).toBe(true);
    await scene.clock.run();
    return scene.world.events();
  };

  test('has the same history for the same seed, to the millisecond, faults and all', async () => {
    const first = await history('same');
    expect(first.length).toBeGreaterThan(10);
    expect(await history('same')).toEqual(first);
  });

  test('has another history for another seed', async () => {
    expect(await history('other')).not.toEqual(await history('same'));
  });

  test('takes the latencies that it is given', async () => {
    const { cloud, clock, world } = createSim({ latencies: { 'volumes.create': [7_000, 7_000, 7_000] } });
    const spec = { name: 'v', zone: 'a', sizeGiB: 1, diskType: 'gp3' };
    expect((await clock.until(cloud.volumes.create(spec, call()))).isOk()).toBe(true);
    const times = (what: string) => world.events().find((event) => event.what === what)?.atMs ?? 0;
    expect(times('volume.available') - times('api volumes.create')).toBe(7_000);
  });

  test('does nothing while nobody lets time pass', async () => {
    const { cloud, clock, world, shop } = openScene();
    const stopping = cloud.instances.stop(shop.instanceId, call());
    expect(world.state().instances[shop.instanceId]?.state).toBe('running');
    await clock.advance(1_000);
    expect(world.state().instances[shop.instanceId]?.state).toBe('stopping');
    await clock.run();
    expect((await stopping).isOk()).toBe(true);
  });
});
