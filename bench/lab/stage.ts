// The scene of a move: a shop that serves in a lab, how its clients find it, and where it may go next.

import { randomUUID } from 'node:crypto';
import { type Cloud, type CloudRegistry, cloudRegistry, type Ref, refAt, systemClock } from '@belay/cloud';
import type { SshHosts } from '@belay/host';
import type { Lab } from '@belay/lab';
import {
  observe,
  type Parameters,
  type Plan,
  type PlanOptions,
  plan,
  type StrategyName,
  type Target,
  type Workload,
} from '@belay/planner';
import type { Finder } from './clients.ts';
import { expectOk } from './expect.ts';
import { type Guest, guestOf } from './guest.ts';
import { digestOfFiles, settle } from './orders.ts';
import { acceptances, firstServer, hostsOf, openShopLab, shop, shopOn, targetIn } from './shop-server.ts';

export interface Stage {
  /** Where journals lie: it goes away with the stage. */
  readonly folder: string;
  readonly services: { readonly clouds: CloudRegistry; readonly hosts: SshHosts };
  readonly clouds: readonly Cloud[];
  /** How many small files the shop has. */
  readonly files: number;
  /** One digest of the small files, as they were made. */
  readonly digest: string;
  /** The shop as it stands now: where it serves, and from which disk. */
  current(): Workload;
  /** Where it goes next. */
  target(): Promise<Target>;
  readonly finder: () => Finder;
  /** The server that clients are led to now, whether it serves or not. */
  ledTo(): Promise<Ref | undefined>;
  guest(server: Ref): Guest;
  /** The shop has moved there: the server before it is given up, and what is new has its backup. */
  hasMovedTo(server: Ref): Promise<void>;
  /** A plan from fresh facts. */
  makePlan(wish?: PlanWish): Promise<Plan>;
  close(): Promise<void>;
}

/** Which strategy is wanted, and the figures that own runs have taught. */
export interface PlanWish {
  readonly strategy?: StrategyName | undefined;
  readonly parameters?: Partial<Parameters> | undefined;
  readonly limits?: PlanOptions['limits'] | undefined;
}

/** A stage in one lab, whose shop has a floating address. */
export interface LabStage extends Stage {
  readonly lab: Lab;
}

/** Makes lab, server, disk, files and address, and starts the shop. Takes some seconds, and more for many files. */
export async function openStage(
  folder: string,
  files: number,
  filesystemType?: 'ext4' | 'xfs',
): Promise<LabStage> {
  const lab = await openShopLab(folder, 'lab');
  const { cloud } = lab;
  const hosts = hostsOf([lab]);
  const first = await firstServer(lab, hosts, files, filesystemType);
  const ip = expectOk(await cloud.floatingIps.create({}, { key: 'stage/address' }));
  const toFirst = { from: undefined, to: first.instance.id };
  expectOk(await cloud.floatingIps.move(ip.id, toFirst, { key: 'stage/bind' }));
  const guest = (server: Ref): Guest => guestOf(folder, server.id);
  const digest = await digestOfFiles(guest(first.instance));
  await settle(guest(first.instance));
  await backUp(cloud, first.volumeId);
  const services = { clouds: cloudRegistry([cloud]), hosts };
  let workload: Workload = { ...shop, ...first, floatingIps: [ip.id], names: [] };
  const target = async (): Promise<Target> => {
    const type = await cloud.instances.get(workload.instance.id);
    // A server that is lost was of the one type or the other.
    return targetIn(lab, type.isOk() ? type.value.instanceType : 'lab.small', files);
  };
  return {
    lab,
    folder,
    services,
    clouds: [cloud],
    files,
    digest,
    current: () => workload,
    target,
    finder: () => async () => ip.address,
    async ledTo() {
      const { instanceId } = expectOk(await cloud.floatingIps.get(ip.id));
      return instanceId === undefined ? undefined : refAt(cloud.at, instanceId);
    },
    guest,
    async hasMovedTo(server) {
      const before = workload;
      workload = { ...before, ...(await shopOn(lab, hosts, server)) };
      await giveUp(cloud, before, workload);
      await settle(guest(server));
      if (workload.volumeId !== before.volumeId) await backUp(cloud, workload.volumeId);
    },
    makePlan: async (wish) => planFor(services, workload, await target(), wish),
    async close() {
      await hosts.close();
      expectOk(await lab.destroy());
    },
  };
}

/** A plan from facts that are learned now. */
export async function planFor(
  services: Stage['services'],
  workload: Workload,
  target: Target,
  { strategy, parameters, limits }: PlanWish = {},
): Promise<Plan> {
  const looked = await observe(workload, target, services, {
    clock: systemClock,
    probe: { sampleMs: 500 },
  });
  return plan(expectOk(looked), target, {
    now: new Date().toISOString(),
    accept: acceptances,
    ...(strategy !== undefined && { strategy }),
    ...(parameters !== undefined && { parameters }),
    ...(limits !== undefined && { limits }),
  });
}

/** The server that served before goes, and its disk and pictures with it, where the shop has another disk now. */
export async function giveUp(cloud: Cloud, before: Workload, now: Workload): Promise<void> {
  const call = (): { readonly key: string } => ({ key: `stage/${randomUUID()}` });
  if (before.instance.id !== now.instance.id) {
    expectOk(await cloud.instances.delete(before.instance.id, call()));
  }
  if (before.volumeId === now.volumeId) return;
  expectOk(await cloud.volumes.delete(before.volumeId, call()));
  for await (const listed of cloud.snapshots.list()) {
    expectOk(await cloud.snapshots.delete(expectOk(listed).id, call()));
  }
}

/** The newest picture is the backup that plans ask for. */
export async function backUp(cloud: Cloud, volumeId: string): Promise<void> {
  const call = { key: `stage/${randomUUID()}` };
  expectOk(await cloud.snapshots.create({ name: 'nightly', volumeId }, call));
}
