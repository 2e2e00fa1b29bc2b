import { hostRegistry } from '@belay/cloud';
import { asOf, factNames, observe, plan } from '@belay/planner';
import { okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { good, openScene } from './shop.ts';

describe('observing', () => {
  test('learns everything about a healthy shop, each fact with its time and source', async () => {
    const scene = await openScene();
    const facts = await scene.facts();
    // No port of a cloud tells how much room a server has.
    for (const name of factNames.filter((each) => each !== 'headroom')) {
      const fact = facts[name];
      expect(fact, name).toMatchObject({ known: true });
      expect(Date.parse(fact.at)).toBeGreaterThan(0);
      expect(fact.source).not.toBe('');
    }
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  test('changes nothing', async () => {
    const scene = await openScene();
    const before = scene.sim.world.state();
    await scene.facts();
    const { instances, volumes, floatingIps, dns, snapshots } = scene.sim.world.state();
    expect({ instances, volumes, floatingIps, dns, snapshots }).toEqual({
      instances: before.instances,
      volumes: before.volumes,
      floatingIps: before.floatingIps,
      dns: before.dns,
      snapshots: before.snapshots,
    });
  });

  test('a provider that does not answer makes facts unknown, with the reason, and the plan a refusal', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    sim.faults.outage(true);
    const facts = good(await until(observe(workload, target, sim, { clock: sim.clock, timeoutMs: 5000 })));
    expect(facts.volume).toMatchObject({ known: false });
    if (!facts.volume.known) expect(facts.volume.why).not.toBe('');
    // The inside of the server answers all the same.
    expect(facts.host.known).toBe(true);
    const made = plan(facts, target, { now: scene.now() });
    expect(made.result).toBe('refused');
    expect(made.run).toBeUndefined();
  });

  test('a server that nobody can reach is unknown inside, and known to the cloud', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    sim.faults.outage(true, 'hosts');
    const facts = good(await until(observe(workload, target, sim, { clock: sim.clock, timeoutMs: 5000 })));
    expect(facts.host.known).toBe(false);
    expect(facts.source.known).toBe(true);
  });

  test('how much room a server has is asked of whoever measures it, and unknown where nobody does', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    const asked: string[] = [];
    const headroom = {
      of: ({ name }: { readonly name: string }) => {
        asked.push(name);
        return okAsync({ burstPercent: 12 });
      },
    };
    const told = good(await until(observe(workload, target, sim, { clock: sim.clock, headroom })));
    expect(told.headroom).toMatchObject({ known: true, value: { burstPercent: 12 } });
    expect(asked).toEqual([workload.name]);
    const untold = good(await until(observe(workload, target, sim, { clock: sim.clock })));
    expect(untold.headroom).toMatchObject({ known: false, why: 'nobody tells' });
  });

  test('a cloud that is not registered is unknown, not empty', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    const services = { clouds: sim.clouds, hosts: hostRegistry(() => sim.hosts.get(workload.instance), []) };
    const far = { ...target, at: { ...target.at, region: 'there' } };
    const facts = good(await until(observe(workload, far, services, { clock: sim.clock })));
    expect([facts.offers.known, facts.image.known]).toEqual([false, false]);
    expect(facts.targetReach).toMatchObject({ known: true, value: false });
  });

  test('what the cloud says does not exist is against the plan, and not merely unknown', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    const wrong = { ...target, imageId: 'ami-0123456789abcdef0' };
    const facts = good(await until(observe(workload, wrong, sim, { clock: sim.clock })));
    expect(facts.image).toMatchObject({ known: false, absent: true });
    const made = plan(facts, wrong, { now: scene.now() });
    expect(made.guards.find(({ name }) => name === 'image-ready')).toMatchObject({
      verdict: 'fails',
      decision: 'NO-GO',
    });
    // And it, too, grows old: an image may be made meanwhile.
    expect(asOf(facts.image, '2099-01-01T00:00:00.000Z', 1000)).not.toHaveProperty('absent');
  });

  test('a workload or target that is written down wrongly is refused by the name of the field', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    const { probe: _, ...noProbe } = workload;
    const wrong: readonly (readonly [unknown, unknown, string])[] = [
      [noProbe, target, 'workload.probe'],
      [{ ...workload, probe: {} }, target, 'workload.probe.name'],
      [{ ...workload, names: [{ name: 'shop.example', type: 'A' }] }, target, 'workload.names.0.name'],
      [{ ...workload, mountPoint: 'srv' }, target, 'workload.mountPoint'],
      [{ ...workload, rootDrive: 'holds-data' }, target, 'workload.rootDrive'],
      [workload, { ...target, zones: [] }, 'target.zones'],
      [workload, { ...target, sizeGiB: '20' }, 'target.sizeGiB'],
      [workload, undefined, 'target'],
    ];
    for (const [one, other, field] of wrong) {
      // As a program without types would call it.
      const asked = observe(one as typeof workload, other as typeof target, sim, { clock: sim.clock });
      const answer = await until(asked);
      expect(answer.isErr() && answer.error).toMatchObject({ kind: 'invalid', field });
      expect(answer.isErr() && answer.error.message).toContain(field);
    }
  });

  test('ends when it is told to', async () => {
    const scene = await openScene();
    const { sim, workload, target, until } = scene;
    const stop = new AbortController();
    const observing = observe(workload, target, sim, { clock: sim.clock, signal: stop.signal });
    stop.abort();
    const answer = await until(observing);
    expect(answer.isErr() && answer.error.kind).toBe('cancelled');
  });
});
