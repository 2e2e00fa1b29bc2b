// A server that is stopped comes back with another public address: names of ours follow it, there and back.

import {
  explain,
  observe,
  type PlanOptions,
  plan,
  planner,
  type ResizeInput,
  type Workload,
} from '@belay/planner';
import { check, memoryJournal, openRunner, type Runner } from '@belay/runner';
import { okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';
import { good, openScene } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const risk = { guard: 'capacity-kept', ...word };
const hour = 3600;

/** A shop at a cloud where a stop gives the address back, found by a name that is believed for an hour. */
async function namedScene(about: Partial<Workload> = {}) {
  const scene = await openScene({ traits: 'ec2', named: true });
  const { sim, shop, until } = scene;
  const record = async () => good(await until(sim.cloud.dns.get(shop.recordName, 'A')));
  const from = await record();
  if (from === undefined) throw new Error('the shop has no name');
  const to = { ...from, values: [...from.values, '192.0.2.99'], ttlSeconds: hour };
  good(await until(sim.cloud.dns.change({ from, to }, { key: 'more' })));
  const wanted = { ...scene.target, carries: { instanceTypes: ['eagle-2xl', 'eagle-4xl'] } };
  const planned = async (more: Partial<PlanOptions> = {}) => {
    const asked = observe({ ...scene.workload, ...about }, wanted, sim, { clock: sim.clock });
    const facts = good(await until(asked));
    const accept = [risk];
    return plan(facts, wanted, { now: scene.now(), strategy: 'resize-in-place', accept, ...more });
  };
  const list = { read: () => okAsync({ addresses: from.values }), change: () => okAsync({ addresses: [] }) };
  const services = {
    clouds: sim.clouds,
    hosts: sim.hosts,
    clock: sim.clock,
    frontEnds: { get: () => list },
  };
  const graphs = planner.graphs;
  const runner: Runner = await openRunner({ graphs, services, journal: memoryJournal(), clock: sim.clock });
  const resize = async (input: ResizeInput, id = 'resize') =>
    good(await until(runner.run(planner.resizeInPlace, input, { id, keys: ['node/web12'] })));
  const own = async () => good(await until(sim.cloud.instances.get(shop.instanceId))).publicAddresses;
  const type = () => sim.world.state().instances[shop.instanceId]?.instanceType;
  return { scene, record, planned, resize, own, type, runner };
}

async function inputOf({ planned }: Awaited<ReturnType<typeof namedScene>>): Promise<ResizeInput> {
  const made = await planned();
  if (made.run?.graph !== 'resize-in-place') throw new Error(explain(made));
  return made.run.input;
}

describe('a server whose address changes when it is stopped', () => {
  test('is followed by its names, which were made quick first; what else they say stays', async () => {
    const at = await namedScene();
    const [old] = await at.own();
    const outcome = await at.resize(await inputOf(at));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const [now] = await at.own();
    expect(now).not.toBe(old);
    expect(at.type()).toBe('eagle-4xl');
    expect(await at.record()).toMatchObject({ values: [now, '192.0.2.99'], ttlSeconds: 60 });
    const { sim, shop } = at.scene;
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId, order: 4 });
  });

  test('is followed again where the run is taken back, to the third address that it gets', async () => {
    const at = await namedScene();
    const first = await at.own();
    expect((await at.resize(await inputOf(at))).state).toBe('success');
    const second = await at.own();
    expect(good(await at.scene.until(at.runner.revert('resize', word))).state).toBe('reverted');
    const third = await at.own();
    expect(new Set([...first, ...second, ...third]).size).toBe(3);
    expect(at.type()).toBe('eagle-2xl');
    expect(await at.record()).toMatchObject({ values: [third[0], '192.0.2.99'], ttlSeconds: hour });
    expect(at.scene.sim.world.visit(at.scene.shop.name)).toMatchObject({ order: 4 });
  });

  for (const operation of ['instances.start', 'instances.resize', 'dns.change', 'host.check'] as const) {
    test(`is followed where ${operation} fails for good and everything goes back`, async () => {
      const at = await namedScene();
      const input = await inputOf(at);
      // The names have been made quick already, and the source has been looked at.
      const after = operation === 'dns.change' ? 1 : operation === 'host.check' ? 2 : 0;
      const fault = { kind: 'failed', message: 'broken for good', at: 'port', after } as const;
      at.scene.sim.faults.next(operation, fault);
      const outcome = await at.resize(input);
      expect(outcome.state).toBe('reverted');
      expect(JSON.stringify(outcome)).toContain('broken for good');
      expect(await at.record()).toMatchObject({
        values: [(await at.own())[0], '192.0.2.99'],
        ttlSeconds: hour,
      });
      expect(at.scene.sim.world.visit(at.scene.shop.name)).toMatchObject({ order: 4 });
    });
  }

  test('stays as it is where something leads to it that cannot follow', async () => {
    const at = await namedScene();
    const input = await inputOf(at);
    const seen: (string | undefined)[] = [];
    const { sim, shop } = at.scene;
    sim.world.onServing(shop.name, ({ instanceId }) => seen.push(instanceId));
    const outcome = await at.resize({ ...input, frontEnds: ['cdn'] });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'address-survives' } });
    expect(JSON.stringify(outcome)).toContain('cdn cannot follow');
    expect(seen).toEqual([shop.instanceId]);
    expect(at.type()).toBe('eagle-2xl');
  });

  test('is told so in the plan: the step, its time, what clients notice; and refused by it otherwise', async () => {
    const at = await namedScene();
    const made = await at.planned();
    expect(made.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['lower-ttl', 'ttl-runs-out', 'follow-when-back', 'follow-address']),
    );
    expect(made.steps.find(({ step }) => step === 'follow-address')?.estimateSeconds?.[1]).toBeGreaterThan(0);
    expect(made.downtime).toMatchObject({ clientTailSeconds: 60 });
    expect(check(planner.resizeInPlace, await inputOf(at))).toEqual([]);
    const other = await namedScene({ frontEnds: ['cdn'] });
    const refused = await other.planned();
    const resize = refused.candidates.find(({ strategy }) => strategy === 'resize-in-place');
    expect(resize?.findings.find(({ name }) => name === 'address-stays')).toMatchObject({
      verdict: 'fails',
      evidence: expect.stringContaining('cdn cannot follow'),
    });
  });

  test('cannot be followed by names of a zone that nobody can write to', () => {
    const record = { name: 'shop.example.', type: 'A', values: ['192.0.2.5'], ttlSeconds: 60 } as const;
    const about = { floatingIps: [], names: [{ name: 'shop.example.', type: 'A' as const }] };
    const found = (dns: boolean) => {
      const facts = factsWith({ records: [record], addresses: [], traits: { dns } }, about);
      return plan(facts, target, options())
        .candidates.find(({ strategy }) => strategy === 'resize-in-place')
        ?.findings.find(({ name }) => name === 'address-stays')?.verdict;
    };
    expect(found(true)).toBe('holds');
    expect(found(false)).toBe('fails');
  });
});
