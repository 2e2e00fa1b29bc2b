// Names that lead to the server itself are made quick to follow before anything stops, A and AAAA alike.

import type { DnsRecord } from '@belay/cloud';
import {
  explain,
  firstRunsOf,
  observe,
  type PlanOptions,
  plan,
  planner,
  releaseOf,
  type Workload,
} from '@belay/planner';
import { memoryJournal, openRunner, type Runner } from '@belay/runner';
import { describe, expect, test } from 'vitest';
import { withIpv6 } from './dual-stack.ts';
import { eventsOf, good, openScene, type Scene, sourceAsBefore } from './shop.ts';

const hour = 3600;
const ipv6Name = 'shop6.example.';
const word = { by: 'ada', reason: 'a test' };

/** A shop that is found by two names: the A record is believed for an hour, the AAAA record for so long as is said. */
async function namedScene(ttl6 = 2 * hour) {
  const scene = await openScene({ named: true });
  const { sim, shop, until } = scene;
  const clouds = withIpv6(sim.clouds);
  const server = good(await until(clouds.get(shop.at).instances.get(shop.instanceId)));
  const ipv6 = server.publicAddresses.filter((each) => each.includes(':'));
  sim.world.seed.record({ name: ipv6Name, type: 'AAAA', values: ipv6, ttlSeconds: ttl6 });
  await ttlOf(scene, shop.recordName, 'A', hour);
  const workload: Workload = {
    ...scene.workload,
    names: [
      { name: shop.recordName, type: 'A' },
      { name: ipv6Name, type: 'AAAA' },
    ],
  };
  const planned = async (about: Partial<PlanOptions> = {}) => {
    const facts = await until(observe(workload, scene.target, sim, { clock: sim.clock }));
    return plan(good(facts), scene.target, { now: scene.now(), ...about });
  };
  const services = {
    clouds,
    hosts: sim.hosts,
    clock: sim.clock,
    releases: firstRunsOf(() => runner),
  };
  const runner: Runner = await openRunner({
    graphs: planner.graphs,
    services,
    journal: memoryJournal(),
    clock: sim.clock,
  });
  return { scene, planned, runner };
}

async function recordOf({ sim, until }: Scene, name: string, type: DnsRecord['type']): Promise<DnsRecord> {
  const record = good(await until(sim.cloud.dns.get(name, type)));
  if (record === undefined) throw new Error(`there is no ${name} ${type}`);
  return record;
}

async function ttlOf(scene: Scene, name: string, type: 'A' | 'AAAA', ttlSeconds: number): Promise<void> {
  const from = await recordOf(scene, name, type);
  const change = { from, to: { ...from, ttlSeconds } };
  good(await scene.until(scene.sim.cloud.dns.change(change, { key: `ttl/${name}/${ttlSeconds}` })));
}

describe('names with a long TTL', () => {
  for (const strategy of ['volume-swap', 'rsync'] as const) {
    test(`are lowered first by a ${strategy}, and nothing stops before the old TTL has run out`, async () => {
      const { scene, planned, runner } = await namedScene();
      const made = await planned({ strategy });
      const run = planner.runOf(made, { now: scene.now() })._unsafeUnwrap();
      const outcome = good(await scene.until(planner.start(runner, run, { id: 'move' })));
      if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
      const events = await eventsOf(scene, runner, 'move');
      const at = (kind: 'started' | 'done', step: string) =>
        events.find(({ event }) => event.kind === kind && event.step === step)?.atMs ?? Number.NaN;
      const waitedMs = at('started', 'stop-services') - at('done', 'lower-ttl-2');
      expect(waitedMs).toBeGreaterThanOrEqual(2 * hour * 1000);
      expect(at('done', 'ttl-runs-out')).toBeLessThan(at('started', 'gate-window'));
      const { values, ttlSeconds } = await recordOf(scene, scene.shop.recordName, 'A');
      expect(ttlSeconds).toBe(60);
      expect(scene.sim.world.whoServes(scene.shop.name).instanceId).not.toBe(scene.shop.instanceId);
      expect(values).toHaveLength(1);
    });
  }

  test('are in the plan: its guard, its steps and its estimate, outside of the time in which nobody serves', async () => {
    const { planned } = await namedScene();
    const made = await planned();
    const route = made.guards.find(({ name }) => name === 'route');
    expect(route).toMatchObject({ decision: 'GO', evidence: expect.stringContaining('waits 7200 s') });
    const wait = made.steps.find(({ step }) => step === 'ttl-runs-out');
    expect(wait).toMatchObject({ serving: 'source', estimateSeconds: [7200, 7200, 7200] });
    expect(made.steps.filter(({ step }) => step.startsWith('lower-ttl')).map(({ undo }) => undo)).toEqual([
      'reverted',
      'reverted',
    ]);
    expect(made.downtime?.p90Seconds).toBeLessThan(400);
    expect(made.downtime?.totalP50Seconds).toBeGreaterThan(7200);
    expect(made.downtime).toMatchObject({ clientTailSeconds: 60 });
    expect(explain(made).replace(/\s+/g, ' ')).toContain('DNS TTL, lowered beforehand');
    expect(planner.leftBehind(made).join(' ')).toContain('stays at 60 s until the source is released');
  });

  test('that are low already are left alone', async () => {
    const { planned, scene } = await namedScene(120);
    await ttlOf(scene, scene.shop.recordName, 'A', 300);
    const made = await planned();
    expect(made.steps.filter(({ step }) => /\bttl\b/.test(step))).toEqual([]);
    expect(made.downtime?.totalP50Seconds).toBeLessThan(1000);
    expect(made.run?.input).not.toHaveProperty('ttl');
  });

  test('get their TTL back where the run goes back, also after it has succeeded', async () => {
    const { scene, planned, runner } = await namedScene();
    const { sim, shop } = scene;
    const before = sourceAsBefore(scene);
    const records = async () => [
      await recordOf(scene, shop.recordName, 'A'),
      await recordOf(scene, ipv6Name, 'AAAA'),
    ];
    const were = await records();
    const run = planner.runOf(await planned(), { now: scene.now() })._unsafeUnwrap();
    sim.faults.next('volumes.attach', { kind: 'failed', message: 'broken for good', at: 'port' });
    const failed = good(await scene.until(planner.start(runner, run, { id: 'fails' })));
    expect(failed).toMatchObject({ state: 'reverted' });
    expect(JSON.stringify(failed)).toContain('broken for good');
    expect(await records()).toEqual(were);

    const again = planner.runOf(await planned(), { now: scene.now() })._unsafeUnwrap();
    expect(good(await scene.until(planner.start(runner, again, { id: 'works' }))).state).toBe('success');
    expect(await records()).not.toEqual(were);
    expect(good(await scene.until(runner.revert('works', word))).state).toBe('reverted');
    expect(await records()).toEqual(were);
    expect(sourceAsBefore(scene)).toEqual(before);
  });

  test('get it back with the release of the source', async () => {
    const { scene, planned, runner } = await namedScene();
    const { run } = await planned({ strategy: 'volume-swap' });
    if (run?.graph !== 'volume-swap') throw new Error('no swap was planned');
    const { input, keys } = run;
    const outcome = good(await scene.until(runner.run(planner.volumeSwap, input, { id: 'swap', keys })));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const succeededAt = scene.now();
    const target = outcome.output.target;
    const soak = { succeededAt, soakSeconds: 0, accept: [{ guard: 'soak-watched', ...word }] };
    const request = { firstRunId: 'swap', move: input, target, ...soak, ...word };
    const release = releaseOf({ ...request, now: scene.now() })._unsafeUnwrap();
    const released = good(await scene.until(runner.run(planner.releaseSource, release, { id: 'release' })));
    expect(released).toMatchObject({ state: 'success' });
    expect((await recordOf(scene, scene.shop.recordName, 'A')).ttlSeconds).toBe(hour);
    expect((await recordOf(scene, ipv6Name, 'AAAA')).ttlSeconds).toBe(2 * hour);
  });

  test('route: a TTL that somebody raises again keeps the window shut', async () => {
    const { scene, planned, runner } = await namedScene();
    const { shop } = scene;
    const before = sourceAsBefore(scene);
    const run = planner.runOf(await planned(), { now: scene.now() })._unsafeUnwrap();
    const running = planner.start(runner, run, { id: 'move' });
    await scene.sim.clock.advance(hour * 1000);
    expect((await recordOf(scene, shop.recordName, 'A')).ttlSeconds).toBe(60);
    await ttlOf(scene, shop.recordName, 'A', 7 * hour);
    const outcome = good(await scene.until(running));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'refused' } });
    expect(JSON.stringify(outcome)).toMatch(/NO-GO: route \(G15\): TTL of shop\.example\. is above 300 s/);
    // What somebody else has set since is theirs.
    expect((await recordOf(scene, shop.recordName, 'A')).ttlSeconds).toBe(7 * hour);
    expect((await recordOf(scene, ipv6Name, 'AAAA')).ttlSeconds).toBe(2 * hour);
    expect(sourceAsBefore(scene)).toEqual(before);
  });

  test('are a risk by name where nobody wants to wait', async () => {
    const { planned } = await namedScene();
    const made = await planned({ lowerTtl: false, strategy: 'volume-swap' });
    expect(made.missing).toEqual(['route']);
    const accept = [{ guard: 'route', ...word }];
    const taken = await planned({ lowerTtl: false, strategy: 'volume-swap', accept });
    expect(taken.missing).toEqual([]);
    expect(taken.downtime?.clientTailSeconds).toBe(7200);
  });
});
