// Secrets are planted where OpenStack's clients find them, where a launch carries them and where Keystone hands them
// out; a program uses everything with all of Node's network log switched on, and what it leaves behind is searched: its
// output, its log, its journal.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@belay/cloud';
import { expect, it, onTestFinished } from 'vitest';
import { type FakeOpenstack, fakeOpenstack, imageId } from '../../packages/openstack/test/fake-openstack.ts';
import { environmentOf } from '../../packages/openstack/test/open-fake.ts';
import { leaksIn, leaksInFolder } from './leak.ts';

const execute = promisify(execFile);

const planted = {
  password: 'planted-password-9f',
  // What follows is another for each token.
  token: 'planted-token-',
  'password of the guest': 'planted-guest-password-4711',
};

it('credentials of OpenStack are in no output, no log, no event and no journal, whatever goes wrong', async () => {
  const stack = fakeOpenstack(systemClock, { dns: true, takesMs: () => 200, wayMs: () => 1 });
  const server = createServer((request, response) => void answer(stack, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'belay-credentials-'));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  const script = join(import.meta.dirname, 'openstack-process.ts');
  const args = [`http://127.0.0.1:${port}`, folder, 'nova', imageId, 'm1.tiny', 'lab'];
  const { stdout, stderr } = await execute(
    process.execPath,
    ['--conditions=@belay/source', script, ...args],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ...environmentOf(stack),
        GUEST_PASSWORD: planted['password of the guest'],
        NODE_DEBUG: 'http,https,net,tls,stream,fetch,undici,dns,url',
      },
      maxBuffer: 512 * 1024 * 1024,
      timeout: 120_000,
    },
  );

  const lines = stdout.trimEnd().split('\n');
  const kinds = (kind: string): number => lines.filter((line) => line.includes(`"kind":"${kind}"`)).length;
  // All of it has truly been through what it was to go through.
  expect(stdout).toContain('"state":"running"');
  for (const kind of ['unauthenticated', 'forbidden', 'transient', 'invalid']) {
    expect([kind, kinds(kind) > 0]).toEqual([kind, true]);
  }
  expect(stdout).toContain('"state":"reverted"');
  expect(stdout).toContain('[redacted]');
  expect(stderr.length).toBeGreaterThan(10_000);
  const sent = JSON.stringify(stack.calls);
  expect(sent).toContain(planted.password);
  expect(sent).toContain(planted.token);
  expect(sent).toContain(
    Buffer.from(`#cloud-config\npassword: ${planted['password of the guest']}\n`).toString('base64'),
  );

  expect([
    ...lines.flatMap((line) => leaksIn(line.slice(0, 80), line, planted)),
    ...leaksIn('the log', stderr, planted),
    ...leaksInFolder(folder, planted),
  ]).toEqual([]);
}, 180_000);

/** The path is the way and the address: `/well/http%3A%2F%2Fnova.test%2Fv2.1%2F`. */
async function answer(
  stack: FakeOpenstack,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const [, way = '', address = ''] = (request.url ?? '').split('/');
  const url = decodeURIComponent(address);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const isSignIn = url.includes('keystone') || /\/(?:v2\.1|v3)\/$/.test(url);
  // What the graph stumbles over.
  const isBarred = way === 'well-then-no-snapshots' && url.includes('/snapshots');
  const asked = isBarred ? 'forbidden' : way.replace('well-then-', '');
  const fault = isSignIn ? undefined : faults[asked];
  if (way === 'refused' || fault !== undefined) {
    (fault ?? refuse)(request, response, body);
    return;
  }
  const init = { method: request.method ?? '', headers, signal: new AbortController().signal };
  const said = await stack.fetch(url, { ...init, ...(body === '' ? {} : { body }), redirect: 'manual' });
  for (const name of ['content-type', 'x-subject-token', 'x-openstack-request-id']) {
    const value = said.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  response.writeHead(said.status);
  response.end(await said.text());
}

type Fault = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const json = { 'content-type': 'application/json' };

const refuse: Fault = (_, response) => {
  response.writeHead(401, json);
  response.end('{"error":{"code":401,"title":"Unauthorized","message":"Authentication is required."}}');
};

const forbid: Fault = (_, response) => {
  response.writeHead(403, json);
  response.end('{"forbidden":{"code":403,"message":"Policy does not allow it."}}');
};

/** How a call ends that is not signing in; `undefined` where the service answers it. */
const faults: Readonly<Record<string, Fault>> = {
  refused: refuse,
  forbidden: forbid,
  gateway: (_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
  },
  /** What leaks most easily: a fault that repeats what it was sent. */
  echo: ({ headers }, response, body) => {
    response.writeHead(400, json);
    const message = `not ${headers['x-auth-token']} with ${body}`;
    response.end(JSON.stringify({ badRequest: { code: 400, message } }));
  },
  cut: (_, response) => void response.destroy(),
};
