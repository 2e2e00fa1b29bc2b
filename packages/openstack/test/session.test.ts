import { Secret } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../cloud/test/virtual-clock.ts';
import { connectOpenstack } from '../src/connect.ts';
import type { Fetch } from '../src/http.ts';
import { openstackCloud } from '../src/openstack-cloud.ts';
import { authUrl, type FakeOpenstack, fakeOpenstack } from './fake-openstack.ts';
import { environmentOf, openFake } from './open-fake.ts';

const id = '00000000-0000-4000-8000-00000000dead';

function sentTo(stack: FakeOpenstack, path: RegExp): number {
  return stack.calls.filter((call) => path.test(call.path)).length;
}

describe('the token that all calls share', () => {
  it('is asked for once, however many find at once that it has ended', async () => {
    const { stack, cloud, clock } = await openFake();
    stack.tokens.clear();
    const reads = Array.from({ length: 30 }, (_, i) => cloud.images.get(`no-image-${i}`));
    const answers = await clock.run(Promise.all(reads));
    expect(answers.map((one) => one._unsafeUnwrapErr().kind)).toEqual(reads.map(() => 'not-found'));
    expect(stack.tokensGiven).toBe(2);
  });

  it('is renewed a quarter of an hour before its end, with no call refused', async () => {
    const { stack, cloud, clock } = await openFake();
    await clock.advance(44 * 60_000);
    expect((await clock.run(cloud.images.get(id)))._unsafeUnwrapErr().kind).toBe('not-found');
    expect(stack.tokensGiven).toBe(1);
    await clock.advance(2 * 60_000);
    expect((await clock.run(cloud.images.get(id)))._unsafeUnwrapErr().kind).toBe('not-found');
    expect(stack.tokensGiven).toBe(2);
  });

  it('serves on to its end where Keystone cannot be reached for a new one', async () => {
    let keystoneIsUp = true;
    const way =
      (network: Fetch): Fetch =>
      (url, init) =>
        keystoneIsUp || !url.startsWith(authUrl)
          ? network(url, init)
          : Promise.reject(new Error('ECONNREFUSED'));
    const { cloud, clock } = await openFake({ way });
    keystoneIsUp = false;
    await clock.advance(50 * 60_000);
    const answer = await clock.run(cloud.images.list()[Symbol.asyncIterator]().next());
    expect(answer.value.isOk()).toBe(true);
  });

  it('is not asked for again and again where the services refuse every one', async () => {
    const { stack, cloud, clock } = await openFake();
    stack.tokenMs = 0;
    stack.tokens.clear();
    const answer = await clock.run(cloud.images.get(id));
    expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'unauthenticated', applied: 'no' });
    expect(sentTo(stack, /^\/images/)).toBe(2);
    expect(stack.tokensGiven).toBe(2);
  });

  it('needs a project: an unscoped one is refused with what is missing', async () => {
    const clock = virtualClock();
    const stack = fakeOpenstack(clock);
    const { OS_PROJECT_NAME: _, ...environment } = environmentOf(stack);
    const source = { environment, folder: '/n', home: '/n', readText: async () => undefined };
    const connected = await connectOpenstack({ source, fetch: stack.fetch, clock });
    const error = connected._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'invalid', operation: 'connect' });
    expect(error.message).toContain('project_id');
    expect(stack.calls).toEqual([]);
  });
});

describe('who asks', () => {
  const domain = { name: 'Default' };
  const password = 'planted-password-9f';
  const ways = [
    [
      'a password',
      { method: 'password', user: { name: 'demo', domain }, password: new Secret(password) },
      true,
    ],
    [
      'an application credential by id',
      { method: 'application-credential', id: 'ac1', secret: new Secret(password) },
      false,
    ],
    [
      'an application credential by name',
      { method: 'application-credential', name: 'ac', user: { id: 'u1' }, secret: new Secret(password) },
      false,
    ],
    ['a token', { method: 'token', token: new Secret(password) }, true],
  ] as const;

  it.each(ways)(
    'may show %s, and a scope only where Keystone takes one',
    async (_, credentials, isScoped) => {
      const clock = virtualClock();
      const stack = fakeOpenstack(clock);
      const opened = openstackCloud({
        access: { authUrl: 'http://keystone.test', credentials, project: { name: 'demo', domain } },
        endpoints: { interface: 'public' },
        fetch: stack.fetch,
        clock,
        chance: () => 0.5,
      });
      expect((await clock.run(opened)).isOk()).toBe(true);
      const { auth } = JSON.parse(JSON.stringify(stack.calls[0]?.body));
      expect(auth.identity.methods).toEqual([credentials.method.replace('-', '_')]);
      expect('scope' in auth).toBe(isScoped);
    },
  );
});

describe('what a cloud speaks', () => {
  const speaking =
    (compute: string) =>
    (network: Fetch): Fetch =>
    async (url, init) => {
      if (!/nova\.test\/v2\.1\/$/.test(url)) return network(url, init);
      const body = JSON.stringify({ version: { id: 'v2.1', version: compute, min_version: '2.1' } });
      return { status: 200, headers: { get: () => 'application/json' }, text: async () => body };
    };

  it.each([
    ['2.104', '2.93'],
    ['2.88', '2.88'],
  ])('is asked for once: of %s, %s is used', async (speaks, used) => {
    const { stack, cloud, clock } = await openFake({ way: speaking(speaks) });
    expect((await clock.run(cloud.instances.get(id)))._unsafeUnwrapErr().kind).toBe('not-found');
    const { headers } = stack.calls.find(({ path }) => path.startsWith('/servers/')) ?? { headers: {} };
    expect(headers).toMatchObject({
      'openstack-api-version': `compute ${used}`,
      'x-openstack-nova-api-version': used,
    });
    expect((await clock.run(cloud.volumes.get(id)))._unsafeUnwrapErr().kind).toBe('not-found');
    const cinder = stack.calls.find(({ path }) => path.startsWith('/volumes/'));
    expect(cinder?.headers['openstack-api-version']).toBe('volume 3.70');
  });

  it('is refused below the floor, with both versions named', async () => {
    const opening = openFake({ way: speaking('2.72') });
    await expect(opening).rejects.toThrow(/speaks 2\.72 at the most; belay needs 2\.79/);
  });
});
