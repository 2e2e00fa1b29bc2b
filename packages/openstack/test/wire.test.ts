// Requests that hang, are redirected, limited, cut off or answered by something in between.

import { describe, expect, it } from 'vitest';
import { endpointOf, regionsOf } from '../src/catalogue.ts';
import type { Fetch, FetchAnswer } from '../src/http.ts';
import { imageId } from './fake-openstack.ts';
import { openFake } from './open-fake.ts';

const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };

function reply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): FetchAnswer {
  return { status, headers: { get: (name) => headers[name.toLowerCase()] ?? null }, text: async () => text };
}

/** Answers these calls so many times in the place of the services. */
function instead(matches: (method: string, url: string) => boolean, answers: readonly FetchAnswer[]) {
  const left = [...answers];
  return (network: Fetch): Fetch =>
    (url, init) => {
      const next = matches(init.method, url) ? left.shift() : undefined;
      return next === undefined ? network(url, init) : Promise.resolve(next);
    };
}

const isImage = (_: string, url: string): boolean => url.includes('/images/');
const isCreate = (method: string, url: string): boolean => method === 'POST' && url.endsWith('/volumes');

describe('a read', () => {
  it('waits for as long as the service asks, and is then made again', async () => {
    const { cloud, clock } = await openFake({
      way: instead(isImage, [reply(429, '', { 'retry-after': '7' })]),
    });
    const beganMs = clock.now();
    expect((await clock.run(cloud.images.get(imageId))).isOk()).toBe(true);
    expect(clock.now() - beganMs).toBeGreaterThanOrEqual(7_000);
  });

  it('that hangs is given up and made again, within the time of the call', async () => {
    let hangs = 1;
    const way =
      (network: Fetch): Fetch =>
      (url, init) => {
        if (!isImage('', url) || hangs === 0) return network(url, init);
        hangs -= 1;
        return new Promise(() => undefined);
      };
    const { cloud, clock } = await openFake({ way, readTimeoutMs: 3_000 });
    expect((await clock.run(cloud.images.get(imageId))).isOk()).toBe(true);
    expect(clock.now()).toBeLessThan(10_000);
  });

  it('that always hangs ends by the deadline of the call', async () => {
    const way =
      (network: Fetch): Fetch =>
      (url, init) =>
        isImage('', url) ? new Promise(() => undefined) : network(url, init);
    const { cloud, clock } = await openFake({ way });
    const beganMs = clock.now();
    const error = (await clock.run(cloud.images.get(imageId, { timeoutMs: 2_000 })))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'timeout', applied: 'no', operation: 'images.get' });
    expect(clock.now() - beganMs).toBe(2_000);
    expect(clock.pending()).toBe(0);
  });

  it('that is cut off is made again', async () => {
    const json = { 'content-type': 'application/json' };
    const { cloud, clock } = await openFake({ way: instead(isImage, [reply(200, '{"id": "95', json)]) });
    const image = await clock.run(cloud.images.get(imageId));
    expect(image._unsafeUnwrap().id).toBe(imageId);
  });
});

describe('a redirect', () => {
  it('is not followed, for the token would go wherever it leads', async () => {
    const redirects: string[] = [];
    const way =
      (network: Fetch): Fetch =>
      (url, init) => {
        redirects.push(init.redirect);
        if (!isImage('', url)) return network(url, init);
        return Promise.resolve(reply(302, '', { location: 'http://elsewhere.test' }));
      };
    const { cloud, clock } = await openFake({ way });
    expect((await clock.run(cloud.images.get(imageId)))._unsafeUnwrapErr()).toMatchObject({
      kind: 'failed',
      code: '302',
    });
    expect(new Set(redirects)).toEqual(new Set(['manual']));
  });
});

describe('a create', () => {
  it('that was limited is sent again, for nothing was done', async () => {
    const { stack, cloud, clock } = await openFake({
      way: instead(isCreate, [reply(429, ''), reply(429, '')]),
    });
    const made = await clock.run(cloud.volumes.create(volume, { key: 'k' }));
    expect(made.isOk()).toBe(true);
    expect(stack.volumes.size).toBe(1);
  });

  it('whose success is a page of something in between is not believed, and is looked for', async () => {
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const answer = await network(url, init);
        return isCreate(init.method, url) ? reply(200, '<html>welcome</html>') : answer;
      };
    const { stack, cloud, clock } = await openFake({ way });
    const made = await clock.run(cloud.volumes.create(volume, { key: 'k' }));
    expect(made._unsafeUnwrap().state).toBe('available');
    expect(stack.volumes.size).toBe(1);
  });
});

describe('the catalogue', () => {
  const entry = (type: string, region: string, url: string, face = 'public') => ({
    type,
    region,
    url,
    interface: face,
  });
  const catalogue = [
    entry('compute', 'r1', 'https://nova/v2.1/'),
    entry('compute', 'r2', 'https://nova2/v2.1'),
    entry('block-storage', 'r1', 'https://cinder/v3/p'),
    entry('volumev3', 'r1', 'https://old-cinder/v3/p'),
    entry('network', 'r1', 'https://neutron'),
    entry('image', 'r1', 'https://glance/v2', 'internal'),
  ];
  const choice = { region: 'r1', interface: 'public' } as const;

  it('is read by any of the names that a service has, and versions are put where they are left out', () => {
    expect(endpointOf(catalogue, 'compute', choice)._unsafeUnwrap()).toBe('https://nova/v2.1');
    expect(endpointOf(catalogue, 'volume', choice)._unsafeUnwrap()).toBe('https://cinder/v3/p');
    expect(endpointOf(catalogue.slice(3), 'volume', choice)._unsafeUnwrap()).toBe('https://old-cinder/v3/p');
    expect(endpointOf(catalogue, 'network', choice)._unsafeUnwrap()).toBe('https://neutron/v2.0');
    const overrides = { dns: 'https://dns/v2' };
    expect(endpointOf(catalogue, 'dns', { ...choice, overrides })._unsafeUnwrap()).toBe('https://dns/v2');
    expect(regionsOf(catalogue)).toEqual(['r1', 'r2']);
  });

  it.each([
    ['dns', 'r1', 'the catalogue has none'],
    ['volume', 'r2', 'the catalogue has it in r1'],
    ['image', 'r1', 'the catalogue has it as internal'],
  ] as const)('that has no %s in %s says what it has', (service, region, says) => {
    const error = endpointOf(catalogue, service, { ...choice, region })._unsafeUnwrapErr();
    expect(error.kind).toBe('unsupported');
    expect(error.message).toContain(says);
  });
});
