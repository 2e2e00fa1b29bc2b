// The shop of the simulation with a planner and a runner beside it, in virtual time.

import type { CloudError } from '@belay/cloud';
import { type Facts, observe, planner, type SwapInput, type Target, type Workload } from '@belay/planner';
import { type Journal, memoryJournal, openRunner, type Runner, type StoredEvent } from '@belay/runner';
import {
  createSim,
  type Shop,
  type Sim,
  type SimOptions,
  shopScenario,
  type VirtualClock,
  virtualClock,
} from '@belay/sim';
import type { Result } from 'neverthrow';

export interface Scene {
  readonly sim: Sim<VirtualClock>;
  readonly shop: Shop;
  readonly workload: Workload;
  readonly target: Target;
  /** Lets simulated time pass until the promise settles. */
  until<T>(promise: PromiseLike<T>): Promise<T>;
  now(): string;
  facts(): Promise<Facts>;
  runner(): Promise<Runner>;
}

export interface SceneOptions extends Omit<SimOptions, 'clock'> {
  /** One of its own where absent. */
  readonly clock?: VirtualClock;
  /** The name leads to the server itself, without a floating address. */
  readonly named?: boolean;
  /** One for each runner; all in memory, and each its own, where absent. */
  readonly journal?: () => Journal;
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { named = false, journal = memoryJournal, clock = virtualClock(), ...world } = options;
  const sim = createSim({ latencies: { 'snapshots.create': [1000, 1000, 1000] }, clock, ...world });
  const shop = shopScenario(sim);
  const until = <T>(promise: PromiseLike<T>) => clock.until(promise);
  const workload = workloadOf(
    shop,
    named ? { floatingIps: [], names: [{ name: shop.recordName, type: 'A' }] } : {},
  );
  if (named) await nameServer(sim, shop, until);
  const backup = sim.cloud.snapshots.create(
    { name: 'nightly', volumeId: shop.dataVolumeId },
    { key: 'nightly' },
  );
  good(await until(backup.andThen(({ id }) => sim.cloud.snapshots.untilReady(id))));
  return {
    sim,
    shop,
    workload,
    target: targetOf(shop),
    until,
    now: () => new Date(clock.now()).toISOString(),
    async facts() {
      return good(await until(observe(workload, targetOf(shop), sim, { clock })));
    },
    runner: () => openRunner({ graphs: planner.graphs, services: sim, journal: journal(), clock }),
  };
}

function workloadOf(shop: Shop, about: Partial<Workload> = {}): Workload {
  return {
    name: shop.instanceName,
    instance: { ...shop.at, id: shop.instanceId },
    volumeId: shop.dataVolumeId,
    mountPoint: shop.mountPoint,
    filesystemUuid: shop.filesystemUuid,
    floatingIps: [shop.floatingIpId],
    names: [],
    services: shop.services,
    probe: { name: shop.name },
    rootDisk: 'can-be-made-again',
    ...about,
  };
}

function targetOf(shop: Shop, about: Partial<Target> = {}): Target {
  return {
    at: shop.at,
    name: shop.instanceName,
    zones: [shop.zone],
    instanceType: 'eagle-4xl',
    imageId: shop.imageId,
    diskType: shop.diskType,
    sizeGiB: shop.dataSizeGiB,
    carries: { filesystems: ['ext4'], databases: { mysql: '8.0.44' } },
    ...about,
  };
}

/** What to run for a swap of the shop: the same as a plan of it gives, some of it other than usual. */
export function swapOf({ shop, workload, target }: Scene, about: Partial<SwapInput> = {}): SwapRun {
  const { at, name, zones, instanceType, imageId } = target;
  const { mountPoint, filesystemUuid, services, probe, floatingIps, names } = workload;
  const input: SwapInput = {
    at,
    source: { id: shop.instanceId, name: shop.instanceName },
    volume: { id: shop.dataVolumeId, mountPoint, filesystemUuid },
    services,
    probe,
    floatingIps,
    names,
    zones,
    target: { name, instanceType, imageId },
    mayKeepVolume: false,
    ...about,
  };
  return { graph: 'volume-swap', input, keys: [`node/${workload.name}`] };
}

export interface SwapRun {
  readonly graph: 'volume-swap';
  readonly input: SwapInput;
  readonly keys: readonly string[];
}

export async function eventsOf(scene: Scene, runner: Runner, id: string): Promise<readonly StoredEvent[]> {
  const all: StoredEvent[] = [];
  await scene.until(
    (async () => {
      for await (const event of runner.events(id)) all.push(event);
    })(),
  );
  return all;
}

/** Lets time pass until the run waits for a person. */
export async function untilHeld(scene: Scene, runner: Runner, id: string, hours = 1): Promise<void> {
  for (let second = 0; second < hours * 3600; second += hours) {
    const info = await scene.until(runner.get(id));
    if (info.isOk() && info.value.row.state === 'waiting') return;
    await scene.sim.clock.advance(hours * 1000);
  }
  throw new Error(`${id} came to no hold within ${hours} h`);
}

/** What must be true when the source serves again as if nothing had been. */
export function sourceAsBefore({ sim, shop }: Scene): Record<string, unknown> {
  const state = sim.world.state();
  const volume = state.volumes[shop.dataVolumeId];
  const guest = state.guests[shop.instanceId];
  return {
    served: sim.world.whoServes(shop.name).instanceId === shop.instanceId,
    attachedTo: volume?.attachments.map(({ instanceId, state: how }) => `${instanceId} ${how}`),
    mounts: guest?.mounts.map(({ mountPoint }) => mountPoint),
    services: guest?.services.map(
      ({ name, state: how, masked }) => `${name} ${how}${masked ? ' masked' : ''}`,
    ),
    name: state.instances[shop.instanceId]?.name,
    address: state.floatingIps[shop.floatingIpId]?.instanceId,
    servers: Object.values(state.instances)
      .filter(({ state: how }) => how !== 'gone')
      .map(({ id }) => id),
    volumes: Object.values(state.volumes).filter(({ state: how }) => how !== 'gone').length,
  };
}

/** The address of the server itself is what the name says: no floating one in between. */
async function nameServer(
  sim: Sim,
  shop: Shop,
  until: <T>(promise: PromiseLike<T>) => Promise<T>,
): Promise<void> {
  const { floatingIps, instances, dns } = sim.cloud;
  good(
    await until(
      floatingIps.move(shop.floatingIpId, { from: shop.instanceId, to: undefined }, { key: 'unbind' }),
    ),
  );
  const server = good(await until(instances.get(shop.instanceId)));
  const from = good(await until(dns.get(shop.recordName, 'A')));
  if (from === undefined) throw new Error('the shop has no name');
  const values = server.publicAddresses.slice(0, 1);
  good(await until(dns.change({ from, to: { ...from, values } }, { key: 'rename' })));
}

export function good<T>(result: Result<T, Pick<CloudError, 'message'>>): T {
  if (result.isErr()) throw new Error(JSON.stringify(result.error));
  return result.value;
}
