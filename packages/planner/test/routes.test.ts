import type { DnsRecord, Failure, HostRegistry } from '@belay/cloud';
import {
  type FrontEndRegistry,
  plan,
  type RouteWitness,
  readWorkload,
  type SwapInput,
  volumeSwap,
} from '@belay/planner';
import { check, memoryJournal, openRunner } from '@belay/runner';
import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, reverseNameOf } from '../src/route/address.ts';
import { withIpv6 } from './dual-stack.ts';
import { factsWith, options, target, workload } from './example.ts';
import { good, openScene, type Scene, sourceAsBefore, swapOf } from './shop.ts';

/** Front ends in memory, which keep what they were told; each can be told to refuse. */
function frontEndsOf(entries: Record<string, readonly string[]>) {
  const state = new Map(Object.entries(entries));
  const broken = new Set<string>();
  const refused: Failure = { kind: 'failed', message: 'the front end is broken for good', applied: 'no' };
  const registry: FrontEndRegistry = {
    get: (name) =>
      state.has(name)
        ? {
            read: () => okAsync({ addresses: state.get(name) ?? [] }),
            change({ add, remove }) {
              if (broken.has(name)) return errAsync(refused);
              const kept = (state.get(name) ?? []).filter((each) => !remove.includes(each));
              const addresses = [...kept, ...add.filter((each) => !kept.includes(each))];
              state.set(name, addresses);
              return okAsync({ addresses });
            },
          }
        : undefined,
  };
  return { registry, broken, state };
}

const ownName = 'web12.shop.example.';

async function routedScene() {
  const scene = await openScene({ named: true });
  const { sim, shop } = scene;
  const clouds = withIpv6(sim.clouds);
  const cloud = clouds.get(shop.at);
  const source = good(await scene.until(cloud.instances.get(shop.instanceId)));
  const [ipv4 = '', ipv6 = ''] = source.publicAddresses;
  sim.world.seed.record({ name: ownName, type: 'AAAA', values: ['2001:db8::1'], ttlSeconds: 60 });
  const fronts = frontEndsOf({ cdn: [ipv4, '192.0.2.200'], partner: [ipv4, ipv6, '192.0.2.9'] });
  const services = { clouds, hosts: sim.hosts, frontEnds: fronts.registry };
  const runner = await openRunner({
    graphs: [volumeSwap],
    services,
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const about: Partial<SwapInput> = {
    names: [
      { name: shop.recordName, type: 'A' },
      { name: ownName, type: 'AAAA' },
    ],
    reverse: [
      { type: 'A', name: ownName, ttlSeconds: 300 },
      { type: 'AAAA', name: ownName, ttlSeconds: 300 },
    ],
    frontEnds: ['cdn'],
    allowLists: ['partner'],
  };
  const swap = async (more: Partial<SwapInput> = {}, id = 'swap') => {
    const { input, keys } = swapOf(scene, { ...about, ...more });
    return good(await scene.until(runner.run(volumeSwap, input, { id, keys })));
  };
  return { scene, runner, swap, fronts, ipv4, ipv6, about };
}

async function recordOf({ sim, until }: Scene, name: string, type: DnsRecord['type']) {
  return good(await until(sim.cloud.dns.get(name, type)))?.values;
}

describe('routes', () => {
  test('lead to the target: A, AAAA, reverse records, front ends, allow-lists, each read back', async () => {
    const { scene, swap, fronts, ipv4, ipv6 } = await routedScene();
    const { shop } = scene;
    const outcome = await swap();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const [target4 = '', target6 = ''] = outcome.output.target.publicAddresses;
    expect(await recordOf(scene, shop.recordName, 'A')).toEqual([target4]);
    expect(await recordOf(scene, ownName, 'AAAA')).toEqual([target6]);
    expect(await recordOf(scene, reverseNameOf(target4), 'PTR')).toEqual([ownName]);
    expect(await recordOf(scene, reverseNameOf(target6), 'PTR')).toEqual([ownName]);
    expect(fronts.state.get('cdn')).toEqual(['192.0.2.200', target4]);
    // The source may have to serve again: it stays on the list until it is released.
    expect(fronts.state.get('partner')).toEqual([ipv4, ipv6, '192.0.2.9', target4, target6]);
  });

  describe('of a floating address, where somebody asks at it', () => {
    /** A cloud that says that the address has moved, whoever answers there. */
    async function witnessedSwap(instanceOf: (scene: Scene) => string | undefined) {
      const scene = await openScene();
      const { sim, shop } = scene;
      const asked: string[] = [];
      const routeWitness: RouteWitness = {
        whoServes: ({ address }) => {
          asked.push(address);
          return okAsync({ instanceId: instanceOf(scene), detail: 'X-Served-By' });
        },
      };
      const services = { clouds: sim.clouds, hosts: sim.hosts, routeWitness };
      const runner = await openRunner({
        graphs: [volumeSwap],
        services,
        journal: memoryJournal(),
        clock: sim.clock,
      });
      const { input, keys } = swapOf(scene);
      const outcome = good(await scene.until(runner.run(volumeSwap, input, { id: 'swap', keys })));
      const { address } = good(
        await scene.until(sim.clouds.get(shop.at).floatingIps.get(input.floatingIps[0] ?? '')),
      );
      return { scene, outcome, asked, address };
    }

    test('the run ends well when the target answers there', async () => {
      const { outcome, asked, address } = await witnessedSwap(
        ({ sim, shop }) => sim.world.whoServes(shop.name).instanceId,
      );
      expect(outcome.state).toBe('success');
      expect(asked).toEqual([address]);
    });

    const astray: readonly (readonly [string, (scene: Scene) => string | undefined])[] = [
      ['the source still answers there, whatever its cloud says', ({ shop }) => shop.instanceId],
      ['nobody says who answers there', () => undefined],
    ];
    for (const [what, instanceOf] of astray) {
      test(`the run goes back to the source when ${what}`, async () => {
        const { scene, outcome, address } = await witnessedSwap(instanceOf);
        expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'route-serves' } });
        expect(JSON.stringify(outcome)).toContain(`by its cloud ${address} leads to`);
        expect(scene.sim.world.whoServes(scene.shop.name).instanceId).toBe(scene.shop.instanceId);
      });
    }
  });

  test('are put back as they were when the run is reverted, what others wrote meanwhile kept', async () => {
    const { scene, runner, swap, fronts, ipv4, ipv6 } = await routedScene();
    const outcome = await swap();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    fronts.state.set('cdn', [...(fronts.state.get('cdn') ?? []), '192.0.2.77']);
    const back = good(await scene.until(runner.revert('swap', { by: 'ada', reason: 'too dear' })));
    expect(back.state).toBe('reverted');
    expect(await recordOf(scene, ownName, 'AAAA')).toEqual(['2001:db8::1']);
    expect(await recordOf(scene, scene.shop.recordName, 'A')).toEqual([ipv4]);
    const [target4 = ''] = outcome.output.target.publicAddresses;
    expect(await recordOf(scene, reverseNameOf(target4), 'PTR')).toBeUndefined();
    expect(fronts.state.get('cdn')).toEqual(['192.0.2.200', '192.0.2.77', ipv4]);
    expect(fronts.state.get('partner')).toEqual([ipv4, ipv6, '192.0.2.9']);
  });

  for (const name of ['cdn', 'partner']) {
    test(`go back with everything else where ${name} refuses the change`, async () => {
      const { scene, swap, fronts, ipv4, ipv6 } = await routedScene();
      const before = sourceAsBefore(scene);
      fronts.broken.add(name);
      expect(await swap()).toMatchObject({
        state: 'reverted',
        cause: { message: expect.stringContaining('broken') },
      });
      expect(sourceAsBefore(scene)).toEqual(before);
      expect(fronts.state.get('cdn')?.toSorted()).toEqual(['192.0.2.200', ipv4].toSorted());
      expect(fronts.state.get('partner')).toEqual([ipv4, ipv6, '192.0.2.9']);
    });
  }

  const strays: readonly (readonly [string, Partial<SwapInput>, string])[] = [
    ['a front end that nobody registered', { frontEnds: ['fastly'] }, 'front-end-known'],
    [
      'a name that leads elsewhere',
      { names: [{ name: 'other.example.', type: 'A' }] },
      'name-leads-to-source',
    ],
    ['a name that there is not', { names: [{ name: 'no.example.', type: 'A' }] }, 'name-exists'],
  ];
  for (const [what, about, guard] of strays) {
    test(`with ${what} are refused while the source serves`, async () => {
      const { scene, swap } = await routedScene();
      const { sim, shop } = scene;
      sim.world.seed.record({ name: 'other.example.', type: 'A', values: ['192.0.2.1'], ttlSeconds: 60 });
      const seen: (string | undefined)[] = [];
      sim.world.onServing(shop.name, ({ instanceId }) => seen.push(instanceId));
      expect(await swap(about)).toMatchObject({ state: 'reverted', cause: { guard } });
      expect(seen).toEqual([shop.instanceId]);
    });
  }

  test('have a sound graph, however many there are', async () => {
    const { scene, about } = await routedScene();
    const { input } = swapOf(scene, { ...about, frontEnds: ['cdn', 'waf'], allowLists: ['partner', 'bank'] });
    expect(check(volumeSwap, input)).toEqual([]);
  });
});

describe('addresses inside servers', () => {
  const address = { address: '2001:db8:7::80', prefixLength: 64, device: 'eth0' };

  async function addressed() {
    const scene = await openScene();
    const { sim, shop, until } = scene;
    const source = sim.hosts.get({ ...shop.at, id: shop.instanceId });
    good(await until(source.addresses.set(address, { key: 'as it was' })));
    const runner = await scene.runner();
    const { input, keys } = swapOf(scene, { guestAddresses: [address] });
    const held = async (id: string) =>
      good(await until(sim.hosts.get({ ...shop.at, id }).addresses.list())).map((each) => each.address);
    const swap = async () => good(await until(runner.run(volumeSwap, input, { id: 'swap', keys })));
    return { scene, runner, swap, held, input };
  }

  test('go from the source to the target, and back with the run', async () => {
    const { scene, runner, swap, held, input } = await addressed();
    const { shop } = scene;
    expect(check(volumeSwap, input)).toEqual([]);
    const outcome = await swap();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const targetId = outcome.output.target.id;
    expect(await held(targetId)).toContain(address.address);
    expect(await held(shop.instanceId)).not.toContain(address.address);
    good(await scene.until(runner.revert('swap', { by: 'ada', reason: 'too dear' })));
    expect(await held(shop.instanceId)).toContain(address.address);
  });

  test('are learned by the services that must know: on both servers, and again where the run goes back', async () => {
    const { scene, held, input } = await addressed();
    const { sim, shop, until } = scene;
    const learned: string[] = [];
    const hosts: HostRegistry = {
      ...sim.hosts,
      get(at) {
        const host = sim.hosts.get(at);
        const restart: typeof host.services.restart = (names) =>
          host.addresses.list().map((all) => {
            const has = all.some((each) => each.address === address.address) ? 'has it' : 'has it not';
            const where = at.id === shop.instanceId ? 'source' : 'target';
            learned.push(`${names.join(' ')} on the ${where}, which ${has}`);
            return [];
          });
        return { ...host, services: { ...host.services, restart } };
      },
    };
    const services = { clouds: sim.clouds, hosts };
    const runner = await openRunner({
      graphs: [volumeSwap],
      services,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const more = { ...input, addressServices: ['unbound', 'postfix'] };
    expect(check(volumeSwap, more)).toEqual([]);
    const outcome = good(await until(runner.run(volumeSwap, more, { id: 'swap' })));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(learned).toEqual([
      'unbound postfix on the source, which has it not',
      'unbound postfix on the target, which has it',
    ]);
    learned.length = 0;
    const back = good(await until(runner.revert('swap', { by: 'ada', reason: 'too dear' })));
    expect(back.state).toBe('reverted');
    expect(await held(shop.instanceId)).toContain(address.address);
    expect(learned).toEqual(['unbound postfix on the source, which has it']);
  });

  test('are told in the workload, and every plan takes them along', () => {
    const about = { guestAddresses: [address], addressServices: ['unbound'] };
    const made = plan(factsWith({}, about), target, options({ strategy: 'volume-swap' }));
    expect(made.run?.input).toMatchObject(about);
    const names = made.steps.map(({ step }) => step);
    expect(names).toEqual(expect.arrayContaining(['give-address-up', 'take-address', 'restart-on-target']));
    expect(readWorkload({ ...workload, ...about }).isOk()).toBe(true);
    const wrong = { ...workload, guestAddresses: [{ ...address, prefixLength: 129 }] };
    expect(readWorkload(wrong)._unsafeUnwrapErr().field).toBe('workload.guestAddresses.0.prefixLength');
  });

  for (const operation of ['addresses.remove', 'addresses.set'] as const) {
    test(`stay with the source where ${operation} fails for good`, async () => {
      const { scene, swap, held } = await addressed();
      const before = sourceAsBefore(scene);
      scene.sim.faults.next(operation, { kind: 'failed', at: 'port', message: 'broken for good' });
      expect((await swap()).state).toBe('reverted');
      expect(await held(scene.shop.instanceId)).toContain(address.address);
      expect(sourceAsBefore(scene)).toEqual(before);
    });
  }
});

describe('addresses', () => {
  test('are the same however they are written', () => {
    expect(canonicalAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
    expect(canonicalAddress('::ffff:192.0.2.1')).toBe(canonicalAddress('::FFFF:c000:201'));
    expect(canonicalAddress('198.51.100.7')).toBe('198.51.100.7');
    expect(canonicalAddress('not:an:address')).toBe('not:an:address');
  });

  test('have their name in the reverse tree', () => {
    expect(reverseNameOf('198.51.100.7')).toBe('7.100.51.198.in-addr.arpa.');
    // The example of RFC 3596, section 2.5.
    expect(reverseNameOf('4321:0:1:2:3:4:567:89ab')).toBe(
      'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa.',
    );
    expect(reverseNameOf('2001:db8::1')).toBe(`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa.`);
  });
});
