// The scene across two clouds: the shop of one lab, found by a name in that lab's zone and by nothing else, may move to
// a second lab and back. The zone stays where it is.

import { type Cloud, cloudRegistry, type DnsRecord, type Ref, refAt } from '@belay/cloud';
import type { Lab } from '@belay/lab';
import type { Target, Workload } from '@belay/planner';
import { expectOk, pause } from './expect.ts';
import { type Guest, guestOf } from './guest.ts';
import { digestOfFiles, settle } from './orders.ts';
import { byName } from './resolver.ts';
import { firstServer, hostsOf, openShopLab, shop, shopOn, targetIn } from './shop-server.ts';
import { backUp, giveUp, planFor, type Stage } from './stage.ts';

export interface TwoStage extends Stage {
  /** What its clients may remember of the name, and for how long. */
  readonly ttlSeconds: { readonly before: number; readonly lowered: number };
  /** Lowers the time to live of the name, and waits until nobody remembers the one before. */
  lowerTtl(): Promise<void>;
}

const name = 'shop.one.example.';
const ttlSeconds = { before: 20, lowered: 2 } as const;

/** Makes two labs that reach one another, and the shop in the first of them. */
export async function openTwoStage(folder: string, files: number): Promise<TwoStage> {
  const open = (region: string): Promise<Lab> => openShopLab(`${folder}-${region}`, region, 'two-labs');
  const labs = [await open('one'), await open('two')] as const;
  const [one] = labs;
  const hosts = hostsOf(labs);
  const first = await firstServer(one, hosts, files);
  const guest = (server: Ref): Guest => guestOf(labOf(labs, server).folder, server.id);
  const digest = await digestOfFiles(guest(first.instance));
  await settle(guest(first.instance));
  await backUp(one.cloud, first.volumeId);
  const server = expectOk(await one.cloud.instances.get(first.instance.id));
  const record = (ttl: number): DnsRecord => ({
    name,
    type: 'A',
    values: server.privateAddresses.filter((address) => !address.includes(':')),
    ttlSeconds: ttl,
  });
  const named = { from: undefined, to: record(ttlSeconds.before) };
  expectOk(await one.cloud.dns.change(named, { key: 'stage/name' }));
  // The zone does not move along: whoever works in the second lab changes names in the first.
  const clouds = labs.map(({ cloud }): Cloud => ({ ...cloud, dns: one.cloud.dns }));
  const services = { clouds: cloudRegistry(clouds), hosts };
  let workload: Workload = { ...shop, ...first, floatingIps: [], names: [{ name, type: 'A' }] };
  const target = async (): Promise<Target> => {
    const there = labs.find(({ cloud }) => cloud.at.region !== workload.instance.region) ?? one;
    return targetIn(there, 'lab.large', files);
  };
  return {
    folder: one.folder,
    services,
    clouds,
    files,
    digest,
    ttlSeconds,
    async lowerTtl() {
      const change = { from: record(ttlSeconds.before), to: record(ttlSeconds.lowered) };
      expectOk(await one.cloud.dns.change(change, { key: 'stage/ttl' }));
      await pause(ttlSeconds.before * 1_000);
    },
    current: () => workload,
    target,
    finder: byName(one.gateway, name),
    async ledTo() {
      const now = expectOk(await one.cloud.dns.get(name, 'A'));
      for (const { cloud } of labs) {
        for await (const listed of cloud.instances.list()) {
          const { id, privateAddresses } = expectOk(listed);
          if (now?.values.some((value) => privateAddresses.includes(value))) return refAt(cloud.at, id);
        }
      }
      return undefined;
    },
    guest,
    async hasMovedTo(to) {
      const before = workload;
      workload = { ...before, ...(await shopOn(labOf(labs, to), hosts, to)) };
      await giveUp(labOf(labs, before.instance).cloud, before, workload);
      await settle(guest(to));
      await backUp(labOf(labs, to).cloud, workload.volumeId);
    },
    makePlan: async (wish) => planFor(services, workload, await target(), wish),
    async close() {
      await hosts.close();
      for (const lab of labs) expectOk(await lab.destroy());
    },
  };
}

function labOf(labs: readonly Lab[], { region }: Ref): Lab {
  const found = labs.find(({ cloud }) => cloud.at.region === region);
  if (found === undefined) throw new Error(`There is no lab ${region}.`);
  return found;
}
