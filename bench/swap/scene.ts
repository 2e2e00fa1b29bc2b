/**
 * So many shops on one simulated cloud, each a server with a data disk, services and an address, and for each a planned
 * swap, gates and all. What happens before the window is made short: it is not measured.
 */

import { explain, observe, plan, type SwapInput, type Target, type Workload } from '@belay/planner';
import { createSim, type ScaledClock, type Sim, scaledClock } from '@belay/sim';

interface Shop {
  readonly workload: Workload;
  readonly target: Target;
}

export interface Scene {
  readonly sim: Sim<ScaledClock>;
  readonly shops: readonly Shop[];
}

/** Way to the API and back for a read, always the same: how long the answer that brings good news is on its way. */
export const readMs = 60;

const mountPoint = '/data';
const services = ['nginx', 'php-fpm', 'mysql'];

export function openScene(count: number, { factor, seed }: { factor: number; seed: number }): Scene {
  const sim = createSim({
    seed,
    clock: scaledClock(factor),
    latencies: {
      read: [readMs, readMs, readMs],
      visibility: [0, 0, 0],
      'instances.create': [1_000, 1_000, 1_000],
      boot: [1_000, 1_000, 1_000],
    },
  });
  const { seed: put } = sim.world;
  put.instanceType('small', { vcpus: 2 });
  put.instanceType('large', { vcpus: 4 });
  const imageId = put.image({ name: 'web', guest: webServer });
  const shops = Array.from({ length: count }, (_, index) => shopOf(sim, index + 1, imageId));
  return { sim, shops };
}

function shopOf({ at, world }: Sim<ScaledClock>, number: number, imageId: string): Shop {
  const name = `web${number}`;
  const filesystemUuid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const files = { [`sites/${name}.example/index.html`]: 'welcome' };
  const volumeId = world.seed.volume({
    name: `${name}-data`,
    zone: 'a',
    sizeGiB: 100,
    diskType: 'gp3',
    filesystem: { uuid: filesystemUuid, type: 'ext4', files },
  });
  const instanceId = world.seed.server({
    name,
    zone: 'a',
    instanceType: 'small',
    imageId,
    volumes: [{ volumeId, mountPoint }],
  });
  const floatingIpId = world.seed.floatingIp({ boundTo: instanceId });
  const workload: Workload = {
    name,
    instance: { ...at, id: instanceId },
    volumeId,
    mountPoint,
    filesystemUuid,
    floatingIps: [floatingIpId],
    names: [],
    services,
    probe: { name: `${name}.example` },
    rootDisk: 'can-be-made-again',
  };
  const target: Target = {
    at,
    name,
    zones: ['a'],
    instanceType: 'large',
    imageId,
    diskType: 'gp3',
    sizeGiB: 100,
    carries: { filesystems: ['ext4'] },
  };
  return { workload, target };
}

/** The input of a shop's swap, as a plan gives it. */
export async function plannedSwap(sim: Sim<ScaledClock>, { workload, target }: Shop): Promise<SwapInput> {
  const { clock } = sim;
  const facts = await observe(workload, target, sim, { clock, probe: false });
  if (facts.isErr()) throw new Error(facts.error.message);
  const made = plan(facts.value, target, {
    now: new Date(clock.now()).toISOString(),
    strategy: 'volume-swap',
    accept: [{ guard: 'fresh-backup', by: 'bench', reason: 'a simulated shop has no backup' }],
  });
  if (made.run?.graph !== 'volume-swap') throw new Error(explain(made));
  return made.run.input;
}

const webServer = {
  os: 'debian 12',
  kernel: '6.1.0',
  services: [
    {
      name: 'mysql',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [2_000, 6_000, 20_000],
      startMs: [1_000, 3_000, 9_000],
    },
    {
      name: 'php-fpm',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [300, 1_000, 5_000],
      startMs: [200, 500, 2_000],
    },
    {
      name: 'nginx',
      startAtBoot: true,
      needsMount: mountPoint,
      stopMs: [200, 800, 3_000],
      startMs: [100, 300, 1_000],
    },
  ],
} as const;
