// Products as they are sold, and the servers behind them. The eight products are those of a hoster's announcement of
// 2020: four sizes on OpenStack, four on EC2, the disks the same within each cloud.

import {
  adopt,
  adopted,
  type Facts,
  type Plan,
  type ProductCatalogue,
  plan,
  readCatalogue,
  samePlacement,
  targetOfProduct,
  workloadsFrom,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, now, options, workload } from './example.ts';
import { good, openScene } from './shop.ts';

const sizes = ['2xl', '3xl', '4xl', '5xl'] as const;
const families = {
  professional: { provider: 'openstack', account: 'hoster', region: 'be-1' },
  excellence: { provider: 'aws', account: 'hoster', region: 'eu-central-1' },
} as const;

const eight = {
  products: Object.fromEntries(
    Object.entries(families).flatMap(([family, at]) =>
      sizes.map((size) => [
        `${family}-${size}`,
        {
          at,
          zones: [`${at.region}-a`],
          instanceType: `${family}.${size}`,
          imageId: `image-${at.provider}`,
          diskType: `disk-${at.provider}`,
          sizeGiB: 1000,
          carries: { filesystems: ['ext4'], databases: { mysql: '8.0' } },
        },
      ]),
    ),
  ),
};

const catalogue: ProductCatalogue = good(readCatalogue(eight));
const names = Object.keys(catalogue.products);

/** A shop that is sold as this product, all of it well. */
function shopOf(product: string): Facts {
  const { at, zones, instanceType, imageId, diskType } = catalogue.products[product]!;
  const [zone = ''] = zones;
  const facts = factsWith(
    {
      source: { instanceType, zone, imageId },
      volume: { diskType, zone },
      records: [{ name: 'shop.example.', type: 'A', values: ['192.0.2.5'], ttlSeconds: 300 }],
    },
    // An address does not leave its cloud: what leads to these shops is a name.
    {
      product,
      instance: { ...at, id: 'i-1' },
      floatingIps: [],
      names: [{ name: 'shop.example.', type: 'A' }],
    },
  );
  return facts;
}

/** What the target's cloud offers. */
function moved(from: string, to: string, facts: Facts = shopOf(from)): Plan {
  const target = good(targetOfProduct(catalogue, to, { name: 'web12', now }));
  const [zone = ''] = target.zones;
  const offers = [{ instanceType: target.instanceType, zone, lifecycle: 'current', creatable: 'yes' }];
  const fresh = { ...facts, offers: { ...facts.offers, value: offers } } as Facts;
  return plan(fresh, target, options());
}

describe('the eight products of 2020', () => {
  const pairs = names.flatMap((from) => names.map((to) => [from, to] as const));

  test('lead to each other in 64 ways: swap within a cloud, copy between clouds, nothing to itself', () => {
    expect(pairs).toHaveLength(64);
    for (const [from, to] of pairs) {
      const made = moved(from, to);
      const sameCloud = from.split('-')[0] === to.split('-')[0];
      const expected = from === to ? 'nothing' : sameCloud ? 'volume-swap' : 'rsync';
      expect([from, to, made.strategy, made.missing]).toEqual([from, to, expected, []]);
      expect(made.result).toBe(from === to ? 'noop' : 'change');
    }
  });

  test('never fall back to a copy silently: what keeps a swap from being taken is named', () => {
    for (const [from, to] of pairs.filter(([a, b]) => a.split('-')[0] !== b.split('-')[0])) {
      const swap = moved(from, to).candidates.find(({ strategy }) => strategy === 'volume-swap')!;
      const [first] = swap.findings.filter(({ verdict }) => verdict === 'fails');
      expect([swap.verdict, first?.name]).toEqual(['infeasible', 'same-cloud']);
    }
    const device = shopOf('excellence-2xl');
    if (!device.host.known) throw new Error('the example is whole');
    const mounts = device.host.value.mounts.map((mount) => ({ ...mount, bootEntry: 'device' as const }));
    const host = { ...device.host, value: { ...device.host.value, mounts } };
    const made = moved('excellence-2xl', 'excellence-4xl', { ...device, host });
    expect(made.strategy).toBe('rsync');
    expect(made.unlocks.map(({ strategy, changes }) => [strategy, changes])).toContainEqual([
      'volume-swap',
      ['write UUID= in fstab'],
    ]);
  });
});

describe('a product of the same placement', () => {
  const twin: ProductCatalogue = {
    products: { ...catalogue.products, 'excellence-2xl-2021': catalogue.products['excellence-2xl']! },
  };

  test('is another name and nothing else: the plan touches nothing', () => {
    const target = good(targetOfProduct(twin, 'excellence-2xl-2021', { name: 'web12', now }));
    const made = plan(shopOf('excellence-2xl'), target, options());
    expect(made).toMatchObject({
      result: 'noop',
      strategy: 'nothing',
      metadata: { product: { from: 'excellence-2xl', to: 'excellence-2xl-2021' } },
      steps: [],
    });
    expect(samePlacement(twin.products['excellence-2xl']!, twin.products['excellence-2xl-2021']!)).toBe(true);
    expect(samePlacement(twin.products['excellence-2xl']!, twin.products['excellence-3xl']!)).toBe(false);
  });
});

describe('a catalogue', () => {
  test('is refused by the name of the field that is wrong', () => {
    const wrong = (about: object) =>
      readCatalogue({ products: { small: { ...eight.products['excellence-2xl'], ...about } } }).match(
        () => 'fine',
        ({ field }) => field,
      );
    expect(wrong({})).toBe('fine');
    expect(wrong({ sizeGiB: '1000' })).toBe('catalogue.products.small.sizeGiB');
    expect(wrong({ zones: [] })).toBe('catalogue.products.small.zones');
    expect(wrong({ diskKind: 'ssd' })).toBe('catalogue.products.small.diskKind');
    expect(wrong({ endsAt: 'next spring' })).toBe('catalogue.products.small.endsAt');
    expect(readCatalogue([]).isErr()).toBe(true);
  });

  test('moves nobody to a product that is retired, has ended, or is not there', () => {
    const small = catalogue.products['excellence-2xl']!;
    const field = (about: object, name = 'small') =>
      targetOfProduct({ products: { small: { ...small, ...about } } }, name, { name: 'web12', now }).match(
        () => 'fine',
        (error) => error.field,
      );
    expect(field({})).toBe('fine');
    expect(field({ lifecycle: 'retired' })).toBe('catalogue.products.small.lifecycle');
    expect(field({ endsAt: '2026-01-01T00:00:00Z' })).toBe('catalogue.products.small.endsAt');
    expect(field({}, 'toString')).toBe('catalogue.products.toString');
  });
});

describe('workloads', () => {
  test('come from a list, by name, and a wrong one is named by its place and field', async () => {
    const source = good(workloadsFrom([workload, { ...workload, name: 'web13' }]));
    expect((await source.get('web13'))._unsafeUnwrap().name).toBe('web13');
    expect((await source.get('web14'))._unsafeUnwrapErr().kind).toBe('not-found');
    const all: string[] = [];
    for await (const each of source.list()) all.push(each._unsafeUnwrap().name);
    expect(all).toEqual(['web12', 'web13']);
    const field = (list: unknown) =>
      workloadsFrom(list).match(
        () => 'fine',
        (error) => error.field,
      );
    expect(field([workload, { ...workload, name: 'web13', mountPoint: 'data' }])).toBe(
      'workloads.1.mountPoint',
    );
    expect(field([workload, workload])).toBe('workloads.1.name');
    expect(field({})).toBe('workloads');
  });
});

describe('a server that belay did not create', () => {
  test('is described from what can be seen, and nothing of it is touched', async () => {
    const { sim, shop, workload: known, until } = await openScene();
    const before = JSON.stringify(sim.world.state());
    const adoption = good(await until(adopt({ ...shop.at, id: shop.instanceId }, sim)));
    const after = JSON.stringify(sim.world.state());
    expect(strip(after)).toBe(strip(before));
    expect(adoption.draft).toMatchObject({
      name: shop.instanceName,
      volumeId: known.volumeId,
      mountPoint: known.mountPoint,
      filesystemUuid: known.filesystemUuid,
      floatingIps: known.floatingIps,
    });
    expect([...adoption.draft.services!].sort()).toEqual([...known.services].sort());
    const needed = adoption.questions.filter(({ isNeeded }) => isNeeded).map(({ field }) => field);
    expect(needed).toEqual(['probe']);
  });

  test('becomes a workload with the answers of a person, and not without', async () => {
    const { sim, shop, workload: known, until } = await openScene();
    const adoption = good(await until(adopt({ ...shop.at, id: shop.instanceId }, sim)));
    expect(adopted(adoption, {})._unsafeUnwrapErr().field).toBe('workload.probe');
    const { probe, rootDisk, services } = known;
    const whole = good(adopted(adoption, { probe, rootDisk, services }));
    expect(whole).toEqual(known);
  });

  test('that nobody can see is an error, not a workload without disks', async () => {
    const { sim, shop, until } = await openScene();
    sim.faults.outage(true, 'hosts');
    const answer = await until(adopt({ ...shop.at, id: shop.instanceId }, sim, { timeoutMs: 5000 }));
    expect(answer.isErr()).toBe(true);
  });
});

/** Reads move the clock and the counters of the world; what is in it stays. */
function strip(state: string): string {
  const { instances, volumes, snapshots, floatingIps, guests } = JSON.parse(state) as Record<string, unknown>;
  return JSON.stringify({ instances, volumes, snapshots, floatingIps, guests });
}
