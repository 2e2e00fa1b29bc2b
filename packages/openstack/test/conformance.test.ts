// The port's cases against the small OpenStack of this folder, in virtual time. The real services are asked the same by
// `npm run test:openstack` and `npm run conformance`.

import type { Cloud } from '@belay/cloud';
import { cloudCases, runConformance, type Subject } from '@belay/cloud/conformance';
import { describe, expect, it } from 'vitest';
import { callOf } from '../src/calls.ts';
import { dnsZone } from './fake-designate.ts';
import { imageId, type Json } from './fake-openstack.ts';
import { openFake } from './open-fake.ts';
import { callNames } from './roles.ts';
import { type processOf, wireFaults } from './wire-faults.ts';

/** `POST nova.test /servers`: all that the adapter has asked for. */
const sent = new Set<string>();

async function subject(): Promise<Subject> {
  let faults: ReturnType<typeof wireFaults> | undefined;
  const main: { send?: ReturnType<typeof processOf> } = {};
  const opened = await openFake({
    dns: true,
    pageSize: 5,
    visibilityMs: 600,
    settleMs: 2_000,
    way(network) {
      faults = wireFaults((url, init) => {
        const { host, pathname } = new URL(url);
        sent.add(`${init.method} ${host} ${pathname.replace(/^\/v[\d.]+(?:\/[0-9a-f]{32})?(?=\/|$)/, '')}`);
        return network(url, init);
      });
      main.send = faults.process();
      return main.send.fetch;
    },
  });
  const { stack, clock, cloud } = opened;
  const first = main.send;
  if (faults === undefined || first === undefined) throw new Error('There is no way to the services.');
  const wire = faults;
  const others: Cloud[] = [];
  for (let i = 0; i < 4; i++) others.push(await opened.open(wire.process().fetch));
  const volumeOf = (id: string): Json => stack.volumes.get(id) ?? {};
  return {
    name: 'fake OpenStack',
    cloud,
    traits: new Set(['detach-while-running', 'floating-ips', 'snapshots', 'sessions']),
    levers: {
      ...wire.levers,
      anotherProcess() {
        const other = others.pop();
        if (other === undefined) throw new Error('There are no more processes.');
        return other;
      },
      sessions: first.sessions,
      endSession: () => void stack.tokens.delete(first.token() ?? ''),
      async twin(volumeId) {
        const id = stack.id();
        stack.volumes.set(id, { ...volumeOf(volumeId), id });
        return id;
      },
      async tagBehind(instanceId, tags) {
        const server = stack.servers.get(instanceId) ?? {};
        server['metadata'] = { ...(server['metadata'] as Json), ...tags };
      },
      async populate(metadata) {
        const ids = Array.from({ length: 1_001 }, () => stack.id());
        for (const id of ids) {
          stack.volumes.set(id, {
            id,
            name: 'many',
            size: 1,
            status: 'available',
            attachments: [],
            metadata,
          });
        }
        return {
          volumeIds: ids,
          async remove() {
            for (const id of ids) stack.volumes.delete(id);
          },
        };
      },
      async protect(instanceId, on) {
        Object.assign(stack.servers.get(instanceId) ?? {}, { locked: on });
      },
      async userDataOf(instanceId) {
        return Buffer.from(String(stack.servers.get(instanceId)?.['userData']), 'base64').toString();
      },
      reachedAtMs: (volumeId) => Number(volumeOf(volumeId)['reachedAtMs']),
    },
    runName: 'run',
    zones: ['nova'],
    instanceType: 'm1.tiny',
    otherInstanceType: 'm1.small',
    imageId,
    diskType: 'lab',
    otherDiskType: 'other',
    dnsZone,
    missing: {
      volumeId: '00000000-0000-4000-8000-00000000dead',
      instanceId: '00000000-0000-4000-8000-00000000dead',
      snapshotId: '00000000-0000-4000-8000-00000000dead',
      floatingIpId: '00000000-0000-4000-8000-00000000dead',
      imageId: '00000000-0000-4000-8000-00000000dead',
    },
    clock,
    patienceMs: 300_000,
    drive: (work) => clock.run(work),
  };
}

describe('the port over OpenStack', () => {
  for (const one of cloudCases) {
    it(`${one.id}: ${one.title}`, async () => {
      const { results } = await runConformance([one], await subject());
      const notApplicable = ['20', '22'].includes(one.id);
      expect(results[0]).toMatchObject({
        id: one.id,
        verdict: notApplicable ? 'not-applicable' : 'passed',
      });
    });
  }

  it('is asked for nothing that the roles in the README do not name', () => {
    const hosts = {
      compute: 'nova',
      volume: 'cinder',
      network: 'neutron',
      image: 'glance',
      dns: 'designate',
    };
    const named = callNames().map((name) => {
      const { service, method, path } = callOf(name);
      const host = hosts[service];
      return new RegExp(`^${method} ${host}\\.test ${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    });
    // Signing in and asking for versions needs no role.
    const open = [/^(?:POST|DELETE) keystone\.test \/auth\/tokens$/, /^GET (?:nova|cinder)\.test \/$/];
    expect(sent.size).toBeGreaterThan(30);
    expect([...sent].filter((call) => ![...named, ...open].some((one) => one.test(call)))).toEqual([]);
  });
});
