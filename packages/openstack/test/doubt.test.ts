// What the adapter does where it cannot know what became of a call, and where others change things at the same time.

import { describe, expect, it } from 'vitest';
import type { Fetch, FetchAnswer } from '../src/http.ts';
import { imageId, type Json } from './fake-openstack.ts';
import { type Opened, openFake } from './open-fake.ts';

const server = { name: 'web', zone: 'nova', instanceType: 'm1.tiny', imageId };
const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };
const call = (key: string, timeoutMs = 120_000) => ({ key, timeoutMs });

const gateway = '<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>';

/** The services do as they are asked, and a gateway answers in their place so many times. */
function gatewayOn(matches: (method: string, path: string) => boolean, times: number, status = 504) {
  let left = times;
  return (network: Fetch): Fetch =>
    async (url, init): Promise<FetchAnswer> => {
      const answer = await network(url, init);
      if (left === 0 || !matches(init.method, new URL(url).pathname)) return answer;
      left -= 1;
      return { status, headers: { get: () => 'text/html' }, text: async () => gateway };
    };
}

function posts({ stack }: Opened, path: string): number {
  return stack.calls.filter((one) => one.method === 'POST' && one.path === path).length;
}

describe('a create whose answer is lost', () => {
  it('is looked for before it is sent again, however often a gateway says 503 of what was done', async () => {
    const way = gatewayOn((method, path) => method === 'POST' && path.endsWith('/servers'), 3, 503);
    const opened = await openFake({ way });
    const made = await opened.clock.run(opened.cloud.instances.create(server, call('k')));
    expect(made._unsafeUnwrap().state).toBe('running');
    expect(opened.stack.servers.size).toBe(1);
    expect(posts(opened, '/servers')).toBe(1);
  });

  it('waits for what is still on its way to a slow service', async () => {
    let held: (() => Promise<FetchAnswer>) | undefined;
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (init.method !== 'POST' || !url.endsWith('/volumes') || held !== undefined)
          return network(url, init);
        const { signal } = new AbortController();
        held = () => network(url, { ...init, signal });
        return { status: 504, headers: { get: () => 'text/html' }, text: async () => gateway };
      };
    const opened = await openFake({ way });
    const { clock, cloud, stack } = opened;
    clock.after(6_000, () => void held?.());
    const made = await clock.run(cloud.volumes.create(volume, call('k')));
    expect(made.isOk()).toBe(true);
    expect(stack.volumes.size).toBe(1);
  });

  it('is found by its key also where it arrives some seconds after its process has died', async () => {
    let arrive: (() => Promise<FetchAnswer>) | undefined;
    const way =
      (network: Fetch): Fetch =>
      (url, init) => {
        if (init.method !== 'POST' || !url.endsWith('/volumes')) return network(url, init);
        const { signal } = new AbortController();
        arrive = () => network(url, { ...init, signal });
        return new Promise(() => {});
      };
    const { clock, cloud, open } = await openFake({ way });
    const dying = new AbortController();
    const lost = cloud.volumes.create(volume, { ...call('k'), signal: dying.signal });
    clock.after(4_000, () => dying.abort());
    expect((await clock.run(lost))._unsafeUnwrapErr().applied).toBe('unknown');
    clock.after(6_000, () => void arrive?.());
    const found = await clock.run((await open()).volumes.find('k'));
    expect(found._unsafeUnwrap()).toMatchObject({ name: 'data' });
    const none = await clock.run((await open()).volumes.find('another'));
    expect(none._unsafeUnwrap()).toBeUndefined();
  });

  it('that nothing answers for ends in doubt, and never denies what may have happened', async () => {
    const way =
      (network: Fetch): Fetch =>
      (url, init) =>
        init.method === 'POST' && url.endsWith('/volumes')
          ? Promise.reject(new Error('ECONNRESET'))
          : network(url, init);
    const opened = await openFake({ way, settleMs: 1_000 });
    const made = await opened.clock.run(opened.cloud.volumes.create(volume, call('k')));
    expect(made._unsafeUnwrapErr()).toMatchObject({ kind: 'transient', applied: 'unknown' });
  });
});

describe('a server in a part of Nova that cannot be read', () => {
  it('keeps a key from being called unused, for a list with a filter leaves it out', async () => {
    const { stack, cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap();
    const real = { ...stack.servers.get(id) };
    stack.servers.set(id, { id, status: 'UNKNOWN', tags: real['tags'] });
    const [found, again] = [
      await clock.run(cloud.instances.find('k')),
      await clock.run(cloud.instances.create(server, call('k', 5_000))),
    ];
    expect(found._unsafeUnwrapErr().kind).toBe('transient');
    expect(again._unsafeUnwrapErr()).toMatchObject({ kind: 'transient', applied: 'no' });
    expect(stack.servers.size).toBe(1);
    stack.servers.set(id, real);
    expect((await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap().id).toBe(id);
  });
});

describe('a server that fails', () => {
  it('before it ever ran is deleted, also by the call that finds it after a crash', async () => {
    const opened = await openFake();
    const { stack, cloud, clock } = opened;
    // An earlier process died between the failure and the clearing away.
    const first = (await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap();
    Object.assign(stack.servers.get(first.id) ?? {}, {
      status: 'ERROR',
      'OS-SRV-USG:launched_at': null,
      fault: { message: 'No valid host was found. ' },
    });
    const second = (await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap();
    expect(second.id).not.toBe(first.id);
    expect([...stack.servers.keys()]).toEqual([second.id]);
  });

  it('after it ran is never deleted by a create under its key', async () => {
    const { stack, cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap();
    Object.assign(stack.servers.get(id) ?? {}, { status: 'ERROR', fault: { message: 'the host died' } });
    const again = await clock.run(cloud.instances.create(server, call('k')));
    expect(again._unsafeUnwrapErr()).toMatchObject({ kind: 'failed', resourceId: id });
    expect(stack.servers.has(id)).toBe(true);
  });
});

describe('a volume that is found in error under its key', () => {
  it('may hold data, and is left for a person to look at', async () => {
    const { stack, cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.volumes.create(volume, call('k'))))._unsafeUnwrap();
    Object.assign(stack.volumes.get(id) ?? {}, { status: 'error' });
    const again = await clock.run(cloud.volumes.create(volume, call('k')));
    expect(again._unsafeUnwrapErr()).toMatchObject({ kind: 'failed', lastState: 'error' });
    expect(stack.volumes.has(id)).toBe(true);
  });
});

describe('a detach', () => {
  it('whose answer is lost is not sent a second time while the volume comes off', async () => {
    const way = gatewayOn((method) => method === 'DELETE', 1);
    const { stack, cloud, clock } = await openFake({ way });
    const instanceId = (await clock.run(cloud.instances.create(server, call('s'))))._unsafeUnwrap().id;
    const volumeId = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap().id;
    const pairing = { volumeId, instanceId };
    expect((await clock.run(cloud.volumes.attach(pairing, call('a')))).isOk()).toBe(true);
    expect((await clock.run(cloud.volumes.detach(pairing, call('d'))))._unsafeUnwrap().state).toBe(
      'available',
    );
    expect(stack.calls.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  it('of a root disk is refused, and nothing is asked of Nova', async () => {
    const { stack, cloud, clock } = await openFake();
    const spec = { ...server, instanceType: 'm1.diskless' };
    const made = (await clock.run(cloud.instances.create(spec, call('s'))))._unsafeUnwrap();
    const root = made.volumes.find(({ isRoot }) => isRoot);
    expect(root).toBeDefined();
    const pairing = { volumeId: root?.volumeId ?? '', instanceId: made.id };
    const error = (await clock.run(cloud.volumes.detach(pairing, call('d'))))._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
    expect(stack.calls.filter(({ method }) => method === 'DELETE')).toHaveLength(0);
  });
});

describe('an address', () => {
  const bound = async (more: Parameters<typeof openFake>[0] = {}) => {
    const opened = await openFake(more);
    const { cloud, clock } = opened;
    const ids: string[] = [];
    for (const key of ['a', 'b', 'c']) {
      ids.push((await clock.run(cloud.instances.create(server, call(key))))._unsafeUnwrap().id);
    }
    const [a = '', b = '', c = ''] = ids;
    const { id } = (await clock.run(cloud.floatingIps.create({}, call('ip'))))._unsafeUnwrap();
    (await clock.run(cloud.floatingIps.move(id, { from: undefined, to: a }, call('m1'))))._unsafeUnwrap();
    return { ...opened, a, b, c, id };
  };

  it('that somebody moves between the look and the change stays where he put it', async () => {
    let meddle = (): void => undefined;
    const way =
      (network: Fetch): Fetch =>
      (url, init) => {
        if (init.method === 'PUT' && url.includes('/floatingips/')) meddle();
        return network(url, init);
      };
    const { clock, cloud, stack, a, b, c, id } = await bound({ way });
    meddle = () => {
      meddle = () => undefined;
      const port = [...stack.ports.values()].find(({ device_id }) => device_id === c);
      const address = stack.floatingIps.get(id) ?? {};
      Object.assign(address, {
        port_id: port?.['id'],
        port_details: { device_owner: 'compute:nova', device_id: c, status: 'ACTIVE' },
        revision_number: Number(address['revision_number']) + 1,
      });
    };
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m2')));
    expect(moved._unsafeUnwrapErr().kind).toBe('attached-elsewhere');
    expect(stack.floatingIps.get(id)).toMatchObject({ port_details: { device_id: c } });
  });

  it('is found on its server also where the cloud does not say whose port it is', async () => {
    const silent =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const answer = await network(url, init);
        const text = (await answer.text()).replace(/"port_details":(?:null|\{[^}]*\}),?/g, '');
        return { status: answer.status, headers: answer.headers, text: async () => text };
      };
    const { clock, cloud, a, b, id } = await bound({ way: silent });
    expect((await clock.run(cloud.floatingIps.get(id)))._unsafeUnwrap().instanceId).toBe(a);
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m2')));
    expect(moved._unsafeUnwrap().instanceId).toBe(b);
    const listed = await clock.run(cloud.floatingIps.list()[Symbol.asyncIterator]().next());
    expect(listed.value._unsafeUnwrap().instanceId).toBe(b);
  });

  it('moves in one call, or by way of nothing where the cloud refuses that', async () => {
    const changes = async (floatingIpMove: 'direct' | 'unbind-first') => {
      const { clock, cloud, stack, a, b, id } = await bound({ floatingIpMove });
      expect(cloud.traits.floatingIpMoveAtomic).toBe(floatingIpMove === 'direct');
      stack.calls.length = 0;
      const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m2')));
      expect(moved._unsafeUnwrap().instanceId).toBe(b);
      return stack.calls
        .filter(({ method }) => method === 'PUT')
        .map(({ body }) => (body['floatingip'] as Json)['port_id'] !== null);
    };
    expect(await changes('direct')).toEqual([true]);
    expect(await changes('unbind-first')).toEqual([false, true]);
  });

  it('stays where it serves when its target cannot take it, also where it would be unbound first', async () => {
    const { clock, cloud, stack, a, b, id } = await bound({ floatingIpMove: 'unbind-first' });
    const other = (await clock.run(cloud.floatingIps.create({}, call('ip2'))))._unsafeUnwrap();
    const way = { from: undefined, to: b };
    (await clock.run(cloud.floatingIps.move(other.id, way, call('m2'))))._unsafeUnwrap();
    stack.calls.length = 0;
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m3')));
    expect(moved._unsafeUnwrapErr()).toMatchObject({ kind: 'busy', applied: 'no' });
    expect(stack.calls.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect((await clock.run(cloud.floatingIps.get(id)))._unsafeUnwrap().instanceId).toBe(a);
  });

  it('that was unbound and then refused has been changed, and the error does not deny it', async () => {
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const binds = init.method === 'PUT' && !(init.body ?? '').includes('null');
        if (!binds || !isRefusing) return network(url, init);
        const body = JSON.stringify({ NeutronError: { type: 'PolicyNotAuthorized', message: 'no' } });
        return { status: 403, headers: { get: () => 'application/json' }, text: async () => body };
      };
    let isRefusing = false;
    const { clock, cloud, a, b, id } = await bound({ floatingIpMove: 'unbind-first', way });
    isRefusing = true;
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m2')));
    expect(moved._unsafeUnwrapErr()).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
  });

  it('goes to another port where the first has no way out', async () => {
    const noWayOut = new Set<string>();
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const refused = [...noWayOut].find((id) => init.method === 'PUT' && (init.body ?? '').includes(id));
        if (refused === undefined) return network(url, init);
        const fault = { type: 'ExternalGatewayForFloatingIPNotFound', message: 'not reachable', detail: '' };
        const body = JSON.stringify({ NeutronError: fault });
        return { status: 404, headers: { get: () => 'application/json' }, text: async () => body };
      };
    const { clock, cloud, stack, a, b, id } = await bound({ way });
    const first = [...stack.ports.values()].find(({ device_id }) => device_id === b);
    noWayOut.add(String(first?.['id']));
    const second = stack.id();
    stack.ports.set(second, { ...first, id: second });
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, call('m2')));
    expect(moved._unsafeUnwrap().instanceId).toBe(b);
    expect(stack.floatingIps.get(id)).toMatchObject({ port_id: second });
  });

  it('is not taken for gone where Neutron answers page by page', async () => {
    let most = 1_000;
    const way =
      (network: Fetch): Fetch =>
      (url, init) => {
        const limited = new URL(url);
        if (limited.pathname.endsWith('/floatingips')) limited.searchParams.set('limit', String(most));
        return network(String(limited), init);
      };
    const { cloud, clock } = await openFake({ way });
    const ids: string[] = [];
    for (const key of ['a', 'b', 'c']) {
      ids.push((await clock.run(cloud.floatingIps.create({}, call(key))))._unsafeUnwrap().id);
    }
    most = 2;
    const reads = await clock.run(Promise.all(ids.map((id) => cloud.floatingIps.get(id))));
    expect(reads.map((read) => read._unsafeUnwrap().id)).toEqual(ids);
  });

  it('does not push out the one that its target has already', async () => {
    const { clock, cloud, b, id } = await bound();
    const other = (await clock.run(cloud.floatingIps.create({}, call('ip2'))))._unsafeUnwrap();
    (
      await clock.run(cloud.floatingIps.move(other.id, { from: undefined, to: b }, call('m2')))
    )._unsafeUnwrap();
    const { instanceId } = (await clock.run(cloud.floatingIps.get(id)))._unsafeUnwrap();
    const moved = await clock.run(cloud.floatingIps.move(id, { from: instanceId, to: b }, call('m3')));
    expect(moved._unsafeUnwrapErr()).toMatchObject({ kind: 'busy', applied: 'no' });
  });
});

describe('a resize', () => {
  it('that finds no host is out of stock, and the server serves on in its old type', async () => {
    const { cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.instances.create(server, call('s'))))._unsafeUnwrap();
    const resized = await clock.run(cloud.instances.resize(id, 'm1.huge', call('r')));
    expect(resized._unsafeUnwrapErr()).toMatchObject({ kind: 'out-of-stock', applied: 'no' });
    const after = (await clock.run(cloud.instances.get(id)))._unsafeUnwrap();
    expect(after).toMatchObject({ state: 'running', instanceType: 'm1.tiny' });
  });
});

describe('a change of type', () => {
  it('that Cinder accepts and takes back is an error, and never waits for its deadline', async () => {
    const { cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap();
    const changed = await clock.run(cloud.volumes.modify(id, { diskType: 'fast' }, call('m', 600_000)));
    expect(changed._unsafeUnwrapErr()).toMatchObject({ kind: 'failed', applied: 'no' });
    expect(clock.now()).toBeLessThan(60_000);
  });

  it('that comes to nothing after the volume has grown does not deny that', async () => {
    const { cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap();
    const wanted = { sizeGiB: 2, diskType: 'fast' };
    const changed = await clock.run(cloud.volumes.modify(id, wanted, call('m', 600_000)));
    expect(changed._unsafeUnwrapErr()).toMatchObject({ kind: 'failed', applied: 'unknown' });
    expect((await clock.run(cloud.volumes.get(id)))._unsafeUnwrap().sizeGiB).toBe(2);
  });

  it('whose request never arrived is in doubt, and nobody says that Cinder accepted it', async () => {
    const way =
      (network: Fetch): Fetch =>
      (url, init) =>
        (init.body ?? '').includes('os-retype')
          ? Promise.reject(new Error('ECONNRESET'))
          : network(url, init);
    const { cloud, clock } = await openFake({ way });
    const { id } = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap();
    const changed = await clock.run(cloud.volumes.modify(id, { diskType: 'fast' }, call('m', 600_000)));
    expect(changed._unsafeUnwrapErr()).toMatchObject({ kind: 'transient', applied: 'unknown' });
  });
});

describe('a second call under a key', () => {
  it('that is cancelled while the first is under way ends at once, with nothing sent', async () => {
    const way =
      (network: Fetch): Fetch =>
      (url, init) =>
        init.method === 'POST' && url.endsWith('/volumes') ? new Promise(() => {}) : network(url, init);
    const { cloud, clock } = await openFake({ way });
    const stop = new AbortController();
    clock.after(5_000, () => stop.abort());
    const [first, second, third] = [
      cloud.volumes.create(volume, call('v', 90_000)),
      cloud.volumes.create(volume, { ...call('v', 90_000), signal: stop.signal }),
      cloud.volumes.create(volume, call('v', 8_000)),
    ];
    expect((await clock.run(second))._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'no' });
    expect(clock.now()).toBeLessThan(7_000);
    expect((await clock.run(third))._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', applied: 'no' });
    expect(clock.now()).toBeLessThan(10_000);
    expect((await clock.run(first))._unsafeUnwrapErr().applied).toBe('unknown');
  });
});
