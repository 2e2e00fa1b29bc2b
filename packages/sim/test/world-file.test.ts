// A world in a file outlives the process that made it, whenever that ends.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSim, scaledClock, shopScenario, virtualClock } from '../src/index.ts';
import { call } from './scene.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-sim-'));
  file = join(folder, 'world.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a world that is opened again is the same world, and goes on from where it was', async () => {
  const first = createSim({ file });
  const shop = shopScenario(first);
  const stopping = first.cloud.instances.stop(shop.instanceId, call());
  await first.clock.advance(2_000);
  const left = first.world.state();
  expect(left.instances[shop.instanceId]?.state).toBe('stopping');
  first.close();
  void stopping;

  const second = createSim({ file });
  expect(second.world.state()).toEqual(left);
  expect(second.clock.now()).toBeGreaterThanOrEqual(left.nowMs);
  expect(shopScenario(second)).toEqual(shop);
  await second.clock.run();
  expect(second.world.state().instances[shop.instanceId]?.state).toBe('stopped');
});

test('ids and latencies go on where they stopped, and nothing is drawn twice', async () => {
  const make = async (name: string) => {
    const { cloud, clock, close } = createSim({ file });
    const spec = { name, zone: 'a', sizeGiB: 1, diskType: 'gp3' };
    const made = (await clock.until(cloud.volumes.create(spec, { key: name })))._unsafeUnwrap();
    close();
    return made.id;
  };
  expect(await make('one')).not.toBe(await make('two'));
  const { cloud, clock } = createSim({ file });
  expect((await clock.until(cloud.volumes.find('one')))._unsafeUnwrap()?.name).toBe('one');
});

test('what is under way ends at its time while no process runs, by wall time made faster', () => {
  const base = virtualClock();
  const first = createSim({ file, clock: scaledClock(60, base) });
  const shop = shopScenario(first);
  const beganMs = first.clock.now();
  void first.cloud.instances.stop(shop.instanceId, call());
  base.rebase(base.now() + 1_000);
  first.close();
  base.rebase(base.now() + 10_000);

  const second = createSim({ file, clock: scaledClock(60, base) });
  expect(second.clock.now() - beganMs).toBe(660_000);
  expect(second.world.state().nowMs).toBe(second.clock.now());
});

test('another process may let time go at another speed from where it has come to', () => {
  const base = virtualClock();
  const first = createSim({ file, clock: scaledClock(60, base) });
  const beganMs = first.clock.now();
  first.close();
  base.rebase(base.now() + 10_000);
  const second = createSim({ file, clock: scaledClock(2, base) });
  expect(second.clock.now() - beganMs).toBe(600_000);
  base.rebase(base.now() + 10_000);
  expect(second.clock.now() - beganMs).toBe(620_000);
});

test('a process that is killed half-way leaves a whole world, and another one carries on in it', async () => {
  const child = spawn(
    process.execPath,
    ['--conditions=@belay/source', fileURLToPath(new URL('./world-file/detach.ts', import.meta.url)), file],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  const ids = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data))),
  );
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');

  const { cloud, clock, world, close } = createSim({ file, clock: scaledClock(1_000) });
  const { volumeId, instanceId } = JSON.parse(ids) as { volumeId: string; instanceId: string };
  expect(world.events().some(({ what }) => what === 'api volumes.detach')).toBe(false);
  const patient = { ...call(), timeoutMs: 3_600_000 };
  const volume = (await cloud.volumes.detach({ volumeId, instanceId }, patient))._unsafeUnwrap();
  expect(volume).toMatchObject({ state: 'available', attachments: [] });
  expect(world.calls('volumes.detach')).toBe(0);
  expect(world.readFile(volumeId, 'db/orders')).toContain('order 3');
  expect(clock.factor).toBe(1_000);
  close();
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual(['world.json']);
});

test('a file that is no world is left alone', () => {
  writeFileSync(file, '{"some":"thing else"}');
  expect(() => createSim({ file })).toThrow('is not a world');
});
