// The scene across two clouds: the shop of one lab, found by a name in that lab's zone and by nothing else, may move to
// a second lab and back. The zone stays where it is.

import { type Cloud, cloudRegistry, type Ref, refAt } from '@belay/cloud';
import type { Lab } from '@belay/lab';
import type { Target, Workload } from '@belay/planner';
import { expectOk } from './expect.ts';
import { type Guest, guestOf } from './guest.ts';
import { digestOfFiles, settle } from './orders.ts';
import { byName } from './resolver.ts';
import { firstServer, hostsOf, openShopLab, shop, shopOn, targetIn } from './shop-server.ts';
import { backUp, giveUp, planFor, type Stage } from './stage.ts';

const name = 'shop.one.example.';
/** Above what the plan allows: its run lowers that, and waits for so long, before anything stops. */
const ttlSeconds = 20;

/** Makes two labs that reach one another, and the shop in the first of them. */
export async function openTwoStage(folder: string, files: number): Promise<Stage> {
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
  const values = server.privateAddresses.filter((address) => !address.includes(':'));
  const named = { from: undefined, to: { name, type: 'A' as const, values, ttlSeconds } };
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
