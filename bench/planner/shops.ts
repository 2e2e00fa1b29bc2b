/**
 * Questions for a planner: one shop, observed once in the simulated cloud, and made into many that differ in what
 * decides: how many files there are and how fast they change, where the target is and how big.
 */

import { type Facts, observe, type Target, type Workload } from '@belay/planner';
import { createSim, shopScenario } from '@belay/sim';

/** What one plan is made of. */
export interface Question {
  readonly facts: Facts;
  readonly target: Target;
}

/** The questions, and the time for which they are asked. */
export interface Shops {
  readonly questions: readonly Question[];
  readonly now: string;
}

/** So many questions, no two of them the same. */
export async function observedShops(count: number): Promise<Shops> {
  const sim = createSim();
  const shop = shopScenario(sim);
  const workload: Workload = {
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
  };
  const target: Target = {
    at: shop.at,
    name: shop.instanceName,
    zones: [shop.zone],
    instanceType: 'eagle-4xl',
    imageId: shop.imageId,
    diskType: shop.diskType,
    sizeGiB: shop.dataSizeGiB,
    carries: { filesystems: ['ext4'], databases: { mysql: '8.0.44' }, instanceTypes: ['eagle-4xl'] },
  };
  const observed = await sim.clock.until(observe(workload, target, sim, { clock: sim.clock }));
  if (observed.isErr()) throw new Error(observed.error.message);
  const facts = observed.value;
  const questions = Array.from({ length: count }, (_, index) => ({
    facts: withFiles(facts, 1_000 + index * 7_919, 1e5 + index * 1_013),
    target: targets(target)[index % targets(target).length] ?? target,
  }));
  return { questions, now: new Date(sim.clock.now()).toISOString() };
}

/** Each leads to another strategy. */
function targets(target: Target): readonly Target[] {
  return [
    target,
    { ...target, instanceType: 'eagle-2xl' },
    { ...target, instanceType: 'eagle-2xl', sizeGiB: target.sizeGiB * 2 },
    { ...target, diskType: 'io2' },
    { ...target, zones: ['elsewhere'] },
    { ...target, at: { ...target.at, region: 'elsewhere' } },
  ];
}

function withFiles(facts: Facts, usedInodes: number, writeBytesPerSecond: number): Facts {
  const { host } = facts;
  if (!host.known) throw new Error('the shop was observed whole');
  const mounts = host.value.mounts.map((mount) => ({ ...mount, usedInodes }));
  return { ...facts, host: { ...host, value: { ...host.value, mounts, writeBytesPerSecond } } };
}
