import { describe, expect, it } from 'vitest';
import type { Fetch } from '../src/http.ts';
import { imageId } from './fake-openstack.ts';
import { openFake } from './open-fake.ts';

const server = { name: 'web', zone: 'nova', instanceType: 'm1.tiny', imageId };
const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };

describe('a hundred creates at once', () => {
  it('look for their keys together, and read each kind of resource less than twice a second', async () => {
    const { stack, cloud, clock } = await openFake();
    const call = (key: string) => ({ key, timeoutMs: 600_000 });
    const beganMs = clock.now();
    const made = await clock.run(
      Promise.all(
        Array.from({ length: 100 }, (_, i) => [
          cloud.instances.create(server, call(`s${i}`)),
          cloud.volumes.create(volume, call(`v${i}`)),
        ]).flat(),
      ),
    );
    expect(made.every((one) => one.isOk())).toBe(true);
    expect([stack.servers.size, stack.volumes.size]).toEqual([100, 100]);
    const seconds = (clock.now() - beganMs) / 1_000;
    for (const kind of ['/volumes', '/servers']) {
      const reads = stack.calls.filter(({ method, path }) => method === 'GET' && path.startsWith(kind));
      expect(reads.length).toBeGreaterThan(3);
      // The first looks are made at once.
      expect((reads.length - 2) / seconds).toBeLessThan(2);
    }
  });

  it('find what another process has made under each of the keys', async () => {
    const { stack, cloud, clock, open } = await openFake();
    const call = (key: string) => ({ key, timeoutMs: 600_000 });
    const create = (by: typeof cloud) =>
      clock.run(
        Promise.all(
          Array.from({ length: 70 }, (_, i) => [
            by.instances.create(server, call(`s${i}`)),
            by.volumes.create(volume, call(`v${i}`)),
          ]).flat(),
        ),
      );
    const idsOf = (made: Awaited<ReturnType<typeof create>>) => made.map((one) => one._unsafeUnwrap().id);
    expect(idsOf(await create(await open()))).toEqual(idsOf(await create(cloud)));
    expect([stack.servers.size, stack.volumes.size]).toEqual([70, 70]);
  });
});

describe('a hundred swaps at once', () => {
  it('read each kind of resource less than twice a second while they wait', async () => {
    const { stack, cloud, clock } = await openFake();
    const call = (key: string) => ({ key, timeoutMs: 600_000 });
    const pairs = await clock.run(
      Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const made = await Promise.all([
            cloud.instances.create(server, call(`s${i}`)),
            cloud.volumes.create(volume, call(`v${i}`)),
          ]);
          return { instanceId: made[0]._unsafeUnwrap().id, volumeId: made[1]._unsafeUnwrap().id };
        }),
      ),
    );
    stack.calls.length = 0;
    const beganMs = clock.now();
    await clock.run(
      Promise.all(
        pairs.map(async (pairing, i) => {
          (await cloud.volumes.attach(pairing, call(`a${i}`)))._unsafeUnwrap();
          (await cloud.volumes.detach(pairing, call(`d${i}`)))._unsafeUnwrap();
        }),
      ),
    );
    const seconds = (clock.now() - beganMs) / 1_000;
    for (const kind of ['/volumes', '/servers']) {
      const reads = stack.calls.filter(({ method, path }) => method === 'GET' && path.startsWith(kind));
      // The first look is made at once, before any second has passed.
      expect((reads.length - 1) / seconds).toBeLessThan(2);
    }
  });

  it('one that does not exist never keeps the others from their answer', async () => {
    const { cloud, clock } = await openFake();
    const call = (key: string) => ({ key, timeoutMs: 60_000 });
    const { id } = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap();
    const [there, missing] = await clock.run(
      Promise.all([cloud.volumes.get(id), cloud.volumes.get('00000000-0000-4000-8000-00000000dead')]),
    );
    expect(there.isOk()).toBe(true);
    expect(missing._unsafeUnwrapErr().kind).toBe('not-found');
  });
});

describe('a cloud that can spare more reads', () => {
  it('is read as often as it is said to bear, and a create under a new key is the sooner done', async () => {
    const tookMs = async (readsPerSecond?: number): Promise<number> => {
      const { cloud, clock } = await openFake({ readsPerSecond, visibilityMs: 500 });
      const beganMs = clock.now();
      (await clock.run(cloud.volumes.create(volume, { key: 'v', timeoutMs: 60_000 })))._unsafeUnwrap();
      return clock.now() - beganMs;
    };
    expect(await tookMs(8)).toBeLessThan((await tookMs()) * 0.75);
  });
});

describe('a list', () => {
  it('is read on by the query of the link alone, wherever the link itself leads', async () => {
    const { stack, cloud, clock } = await openFake({ pageSize: 3 });
    for (let i = 0; i < 10; i++) {
      const id = stack.id();
      stack.volumes.set(id, {
        id,
        name: `v${i}`,
        size: 1,
        status: 'available',
        attachments: [],
        metadata: {},
      });
    }
    const names: string[] = [];
    const all = async (): Promise<void> => {
      for await (const one of cloud.volumes.list()) names.push(one._unsafeUnwrap().name);
    };
    await clock.run(all());
    expect(names).toEqual(Array.from({ length: 10 }, (_, i) => `v${i}`));
  });

  it('that leads round in circles ends in an error', async () => {
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (!url.includes('/volumes/detail')) return network(url, init);
        const links = [{ rel: 'next', href: 'http://x/volumes/detail?marker=a' }];
        const body = JSON.stringify({ volumes: [{ id: 'a', status: 'available' }], volumes_links: links });
        return { status: 200, headers: { get: () => 'application/json' }, text: async () => body };
      };
    const { cloud, clock } = await openFake({ way });
    const found: string[] = [];
    const all = async (): Promise<void> => {
      for await (const one of cloud.volumes.list()) found.push(one.isOk() ? one.value.id : one.error.kind);
    };
    await clock.run(all());
    expect(found).toEqual(['a', 'failed']);
  });
});

describe('an operator who forbids the filter by metadata', () => {
  it('makes a create read the whole list, and nothing is made twice', async () => {
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (!new URL(url).searchParams.has('metadata')) return network(url, init);
        const body = JSON.stringify({
          badRequest: { code: 400, message: 'Invalid filters metadata are found.' },
        });
        return { status: 400, headers: { get: () => 'application/json' }, text: async () => body };
      };
    const { stack, cloud, clock } = await openFake({ way });
    const create = () => clock.run(cloud.volumes.create(volume, { key: 'k', timeoutMs: 60_000 }));
    const [first, second] = [await create(), await create()];
    expect(second._unsafeUnwrap().id).toBe(first._unsafeUnwrap().id);
    expect(stack.volumes.size).toBe(1);
  });
});
