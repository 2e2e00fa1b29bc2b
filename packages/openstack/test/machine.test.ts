// The way over the machine's own network, with certificates, as `connectOpenstack` takes it by itself. The key in
// `fixtures` is nobody's: it was made for these tests and opens nothing.

import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { connectOpenstack } from '../src/connect.ts';

const path = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const [certFile, keyFile] = [path('loopback-cert.pem'), path('loopback-key.pem')];

const open: Server[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return (server.address() as AddressInfo).port;
}

/** A Keystone that knows nobody. */
const keystone: RequestListener = (_, response) => {
  const error = { code: 401, title: 'Unauthorized', message: 'Nobody knows you.' };
  response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
};

async function errorAt(authUrl: string, more: Readonly<Record<string, string>> = {}) {
  const environment = {
    ...{ OS_AUTH_URL: authUrl, OS_USERNAME: 'u', OS_PASSWORD: 'planted-password' },
    ...{ OS_USER_DOMAIN_ID: 'default', OS_PROJECT_ID: 'p', ...more },
  };
  const source = { environment, folder: '/nowhere', home: '/nowhere', readText: async () => undefined };
  const error = (await connectOpenstack({ source }))._unsafeUnwrapErr();
  expect(JSON.stringify(error)).not.toContain('planted-password');
  return error;
}

describe('over the network', () => {
  it('what Keystone says comes back', async () => {
    const port = await listen(createPlain(keystone));
    expect(await errorAt(`http://127.0.0.1:${port}`)).toMatchObject({
      kind: 'unauthenticated',
      operation: 'authenticate',
    });
  });

  it('nobody there is a transient error that says why', async () => {
    const port = await listen(createPlain(keystone));
    await new Promise((closed) => open.splice(0)[0]?.close(closed));
    const error = await errorAt(`http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ kind: 'transient', applied: 'no' });
    const said = `Keystone was asked at http://127.0.0.1:${port}/v3: connect ECONNREFUSED 127.0.0.1:${port}`;
    expect(error.message).toContain(said);
  });
});

describe('with certificates', () => {
  const secure = (): Promise<number> =>
    listen(createSecure({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, keystone));

  it('a cloud whose certificate nobody vouches for is not spoken to', async () => {
    const error = await errorAt(`https://127.0.0.1:${await secure()}`);
    expect(error.kind).toBe('transient');
    expect(error.message).toContain('certificate');
  });

  it('OS_CACERT vouches for it, and OS_INSECURE asks for nothing', async () => {
    const port = await secure();
    for (const more of [{ OS_CACERT: certFile }, { OS_INSECURE: 'true' }]) {
      expect((await errorAt(`https://127.0.0.1:${port}`, more)).kind).toBe('unauthenticated');
    }
  });

  it('a certificate that cannot be read is named as what is wrong', async () => {
    const error = await errorAt('https://127.0.0.1:1', { OS_CACERT: '/nowhere/ca.pem' });
    expect(error).toMatchObject({ kind: 'invalid', operation: 'connect' });
    expect(JSON.stringify(error.cause)).toContain('ENOENT');
  });
});
