// Planted secrets are looked for in everything that comes out of the adapter, whatever goes wrong.

import { inspect } from 'node:util';
import { Secret } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../cloud/test/virtual-clock.ts';
import { configOf } from '../src/cloud-config.ts';
import type { Fetch } from '../src/http.ts';
import { openstackCloud } from '../src/openstack-cloud.ts';
import { authUrl, fakeOpenstack, imageId } from './fake-openstack.ts';
import { openFake } from './open-fake.ts';

const planted = /planted-/;
const call = { key: 'k', timeoutMs: 5_000 };

function shown(value: unknown): string {
  return `${JSON.stringify(value)} ${inspect(value, { depth: 20, showHidden: true })}`;
}

describe('no password, secret or token', () => {
  it('is in an error, whatever the services do', async () => {
    // What leaks most easily: a fault that repeats the request.
    const echo =
      (status: number) =>
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (url.includes('keystone') || /\/(?:v2\.1|v3)\/$/.test(url)) return network(url, init);
        if (status === 0) throw new Error('socket hang up', { cause: new Error('ECONNRESET') });
        return { status, headers: { get: () => 'text/html' }, text: async () => `<p>${status}</p>` };
      };
    for (const status of [0, 401, 403, 404, 409, 429, 500, 502]) {
      const { stack, cloud, clock } = await openFake({ way: echo(status), settleMs: 500 });
      const spec = { name: 'n', zone: 'nova', sizeGiB: 1, diskType: 'lab' };
      const server = { name: 'n', zone: 'nova', instanceType: 'm1.tiny', imageId };
      const pairing = { volumeId: 'v', instanceId: 'i' };
      const answers = await clock.run(
        Promise.all([
          cloud.volumes.create(spec, call),
          cloud.instances.create(server, call),
          cloud.volumes.attach(pairing, call),
          cloud.volumes.detach(pairing, call),
          cloud.images.get('i'),
          cloud.floatingIps.create({}, call),
        ]),
      );
      for (const answer of answers) {
        expect(shown(answer._unsafeUnwrapErr())).not.toMatch(planted);
        expect(answer._unsafeUnwrapErr().provider).toBe('openstack');
      }
      expect(shown(cloud)).not.toMatch(planted);
      // They were on the wire: the test looks for what was truly there.
      expect(shown(stack.calls)).toMatch(planted);
    }
  });

  it('is in an error of a service or a gateway that repeats the request', async () => {
    const userData = '#cloud-config\npassword: planted-for-the-guest\n';
    const parrot =
      (json: boolean) =>
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (init.method !== 'POST' || url.includes('keystone')) return network(url, init);
        const said = `${'x'.repeat(340)} ${init.headers['x-auth-token']} ${init.body} planted-password-9f`;
        const body = json
          ? JSON.stringify({ badRequest: { code: 400, message: said } })
          : `<pre>${said}</pre>`;
        const type = json ? 'application/json' : 'text/html';
        return {
          status: 400,
          headers: { get: (name) => (name === 'content-type' ? type : null) },
          text: async () => body,
        };
      };
    for (const json of [true, false]) {
      const { cloud, clock } = await openFake({ way: parrot(json) });
      const server = { name: 'n', zone: 'nova', instanceType: 'm1.tiny', imageId, userData };
      const error = (await clock.run(cloud.instances.create(server, call)))._unsafeUnwrapErr();
      expect(error.kind).toBe('invalid');
      expect(error.message).toContain('[redacted]');
      expect(shown(error)).not.toMatch(/planted-/);
      const data = Buffer.from(userData).toString('base64');
      expect(shown(error)).not.toContain(data.slice(0, 12));
    }
  });

  it('is in what a Keystone says that repeats the request', async () => {
    const clock = virtualClock();
    const parrot: Fetch = async (_, init) => {
      const body = JSON.stringify({
        error: { code: 400, title: 'Bad Request', message: `not ${init.body}` },
      });
      return { status: 400, headers: { get: () => 'application/json' }, text: async () => body };
    };
    const credentials = {
      method: 'password',
      user: { id: 'u' },
      password: new Secret('planted-password'),
    } as const;
    const access = { authUrl, credentials, project: { id: 'p' } };
    const endpoints = { interface: 'public' } as const;
    const opened = openstackCloud({ access, endpoints, fetch: parrot, clock, chance: () => 0.5 });
    const error = (await clock.run(opened))._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
    expect(shown(error)).not.toMatch(planted);
  });

  it('is in what comes of a refused sign-in', async () => {
    const clock = virtualClock();
    const stack = fakeOpenstack(clock);
    const domain = { name: 'Default' };
    const credentials = [
      { method: 'password', user: { name: 'u', domain }, password: new Secret('planted-wrong') },
      { method: 'application-credential', id: 'a', secret: new Secret('planted-wrong') },
      { method: 'token', token: new Secret('planted-wrong') },
    ] as const;
    for (const one of credentials) {
      const access = { authUrl, credentials: one, project: { id: 'p' } };
      const endpoints = { interface: 'public' } as const;
      const opened = await clock.run(
        openstackCloud({ access, endpoints, fetch: stack.fetch, clock, chance: () => 0.5 }),
      );
      const error = opened._unsafeUnwrapErr();
      expect(error.kind).toBe('unauthenticated');
      expect(shown(error)).not.toMatch(planted);
    }
  });

  it('is in what comes of an address that has one in it', async () => {
    const clock = virtualClock();
    const credentials = { method: 'token', token: new Secret('planted-token') } as const;
    const access = { authUrl: 'https://me:planted-password@keystone.test/v3', credentials };
    const endpoints = { interface: 'public' } as const;
    const { fetch } = fakeOpenstack(clock);
    const opened = openstackCloud({ access, endpoints, fetch, clock, chance: () => 0.5 });
    const error = (await clock.run(opened))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'invalid', operation: 'authenticate' });
    expect(shown(error)).not.toMatch(planted);
  });

  it('is in a configuration that somebody prints', () => {
    const entry = { auth_url: 'https://k', project_id: 'p', user_id: 'u', password: 'planted-password' };
    expect(shown(configOf(entry)._unsafeUnwrap())).not.toMatch(planted);
    const wrong = { ...entry, password: { nested: 'planted-password' } };
    expect(shown(configOf(wrong)._unsafeUnwrapErr())).not.toMatch(planted);
  });
});
