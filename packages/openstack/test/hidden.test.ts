// What a change was accepted for is hidden by reads that lag behind for a moment: it is waited for, and not called gone.

import { expect, it } from 'vitest';
import type { Fetch, FetchAnswer } from '../src/http.ts';
import { imageId } from './fake-openstack.ts';
import { type Opened, openFake } from './open-fake.ts';

const server = { name: 'web', zone: 'nova', instanceType: 'm1.tiny', imageId };
const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };

const missing = { itemNotFound: { code: 404, message: 'It could not be found.' } };

/** From the first request that matches on, reads hide things of this kind for so long. */
async function openHiding(
  items: 'floatingips' | 'servers' | 'volumes',
  matches: (method: string, path: string) => boolean,
  hiddenMs: number,
): Promise<Opened> {
  let untilMs: number | undefined;
  const way =
    (network: Fetch): Fetch =>
    async (url, init) => {
      const { pathname } = new URL(url);
      const isHidden = untilMs !== undefined && opened.clock.now() < untilMs && init.method === 'GET';
      if (isHidden && new RegExp(`/${items}(/detail)?$`).test(pathname)) return json(200, { [items]: [] });
      if (isHidden && new RegExp(`/${items}/[^/]+$`).test(pathname)) return json(404, missing);
      const answer = await network(url, init);
      if (matches(init.method, pathname)) untilMs ??= opened.clock.now() + hiddenMs;
      return answer;
    };
  const opened = await openFake({ way });
  return opened;
}

function json(status: number, body: unknown): FetchAnswer {
  return { status, headers: { get: () => 'application/json' }, text: async () => JSON.stringify(body) };
}

it('an address is not called gone while a read hides it after its move', async () => {
  const { cloud, clock } = await openHiding(
    'floatingips',
    (method, path) => method === 'PUT' && /\/floatingips\/[^/]+$/.test(path),
    1_000,
  );
  const { id: to } = (await clock.run(cloud.instances.create(server, { key: 'web' })))._unsafeUnwrap();
  const { id } = (await clock.run(cloud.floatingIps.create({}, { key: 'www' })))._unsafeUnwrap();
  const moved = await clock.run(cloud.floatingIps.move(id, { from: undefined, to }, { key: 'move' }));
  expect(moved.map(({ instanceId }) => instanceId)._unsafeUnwrap()).toBe(to);
});

it('a server is not called gone while a read hides it on its way down', async () => {
  const { cloud, clock } = await openHiding('servers', (_, path) => path.endsWith('/action'), 1_000);
  const { id } = (await clock.run(cloud.instances.create(server, { key: 'web' })))._unsafeUnwrap();
  const stopped = await clock.run(cloud.instances.stop(id, { key: 'stop' }));
  expect(stopped.map(({ state }) => state)._unsafeUnwrap()).toBe('stopped');
});

it('a volume is called gone only where it stays hidden, and then nobody claims to know what became of its detach', async () => {
  for (const hiddenMs of [1_000, 60_000]) {
    const { cloud, clock } = await openHiding('volumes', (method) => method === 'DELETE', hiddenMs);
    const { id: instanceId } = (
      await clock.run(cloud.instances.create(server, { key: 'web' }))
    )._unsafeUnwrap();
    const { id: volumeId } = (await clock.run(cloud.volumes.create(volume, { key: 'data' })))._unsafeUnwrap();
    const pairing = { volumeId, instanceId };
    (await clock.run(cloud.volumes.attach(pairing, { key: 'on' })))._unsafeUnwrap();
    const off = await clock.run(cloud.volumes.detach(pairing, { key: 'off' }));
    if (hiddenMs === 1_000) expect(off._unsafeUnwrap().state).toBe('available');
    else expect(off._unsafeUnwrapErr()).toMatchObject({ kind: 'not-found', applied: 'unknown' });
  }
});
