// What the proxy does to calls: what the client sees of it, and what the service did.

import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { ProxyFault } from '../src/proxy.ts';
import { ask, openProxy, openService, soon } from './proxy-scene.ts';

const json = { 'content-type': 'application/json' };

test('what no rule strikes passes as it is, both ways', async () => {
  const service = await openService((response) => {
    response.writeHead(201, 'Made', { 'X-Request-Id': 'req-1', 'Set-Cookie': ['a=1', 'b=2'], ...json });
    response.end('{"n": 1}');
  });
  const { url } = await openProxy(service);
  const answer = await ask(`${url}/v2/things?marker=a%20b`, {
    body: 'héllo',
    headers: { 'X-Auth-Token': 'secret', Host: 'cloud.example' },
  });
  expect(answer).toMatchObject({ status: 201, body: '{"n": 1}' });
  expect(answer.headers).toMatchObject({ 'x-request-id': 'req-1', 'set-cookie': ['a=1', 'b=2'], ...json });
  expect(service.heard).toMatchObject([
    { method: 'POST', url: '/v2/things?marker=a%20b', body: 'héllo', headers: { host: 'cloud.example' } },
  ]);
  expect(service.heard[0]?.headers['x-auth-token']).toBe('secret');
});

test('a reply that was dropped still took effect upstream, and only once', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ method: 'POST', path: '/servers', fault: { kind: 'drop-reply' } });
  const lost = await ask(`${proxy.url}/servers`, { body: '{}' });
  expect(lost).toMatchObject({ status: 0, broke: 'socket hang up' });
  expect(service.heard).toHaveLength(1);
  expect(await ask(`${proxy.url}/servers`, { body: '{}' })).toMatchObject({ status: 200, body: 'did 2' });
  expect(proxy.calls({ path: '/servers' })).toEqual({ asked: 2, forwarded: 2, struck: 1 });
});

test('a call that was refused never reached the service', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ fault: { kind: 'refuse' } });
  expect(await ask(proxy.url)).toMatchObject({ status: 0, broke: 'read ECONNRESET' });
  expect(service.heard).toEqual([]);
  expect(proxy.calls()).toEqual({ asked: 1, forwarded: 0, struck: 1 });
});

test('a gateway that gives up answers with a page of HTML, and the call happened or not as the rule says', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ fault: { kind: 'gateway-error' } });
  const unheard = await ask(proxy.url);
  expect(unheard).toMatchObject({ status: 503, headers: { 'content-type': 'text/html' } });
  expect(unheard.body).toContain('<h1>503 Service Temporarily Unavailable</h1>');
  expect(service.heard).toHaveLength(0);

  proxy.inject({ fault: { kind: 'gateway-error', forwarded: true } });
  const heard = await ask(proxy.url);
  expect(heard).toMatchObject({ status: 504 });
  expect(heard.body).not.toContain('did 1');
  expect(service.heard).toHaveLength(1);
});

test('a made-up answer to a call that was forwarded comes when the service has wholly answered', async () => {
  let finish = (): void => undefined;
  const service = await openService((response) => {
    response.write('begun');
    finish = () => response.end('done');
  });
  const proxy = await openProxy(service);
  proxy.inject({ fault: { kind: 'gateway-error', forwarded: true } });
  let answered = false;
  const asked = ask(proxy.url).then((answer) => {
    answered = true;
    return answer;
  });
  await soon(() => service.heard).toHaveLength(1);
  await ask(`${proxy.url}/_belay/calls`);
  expect(answered).toBe(false);
  finish();
  expect((await asked).status).toBe(504);
});

test.each<[string, ProxyFault, object]>([
  ['an ended token', { kind: 'unauthenticated' }, { status: 401, headers: json }],
  [
    'a conflict in the words of the rule',
    { kind: 'conflict', body: { conflictingRequest: { code: 409, message: 'task_state resize' } } },
    { status: 409, body: '{"conflictingRequest":{"code":409,"message":"task_state resize"}}' },
  ],
  [
    'too many requests, with the time to wait',
    { kind: 'throttle', retryAfterS: 7 },
    { status: 429, headers: { 'retry-after': '7' } },
  ],
  [
    'any answer at all',
    { kind: 'answer', status: 500, body: '<Error/>', contentType: 'text/xml', headers: { 'X-A': '1' } },
    { status: 500, body: '<Error/>', headers: { 'content-type': 'text/xml', 'x-a': '1' } },
  ],
])('%s is answered in the place of the service', async (_, fault, expected) => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ fault });
  expect(await ask(proxy.url, { body: 'x'.repeat(100_000) })).toMatchObject(expected);
  expect(service.heard).toEqual([]);
  expect(await ask(proxy.url)).toMatchObject({ status: 200 });
});

test('a body that drips comes whole, in pieces, with pauses between them', async () => {
  const service = await openService((response) => response.end('x'.repeat(40)));
  const waits: number[] = [];
  const clock = {
    now: () => 0,
    after(delayMs: number, callback: () => void) {
      waits.push(delayMs);
      const timer = setImmediate(callback);
      return () => clearImmediate(timer);
    },
  };
  const proxy = await openProxy(service, { clock });
  proxy.inject({ fault: { kind: 'drip', bytes: 10, everyMs: 250 } });
  expect(await ask(proxy.url)).toMatchObject({ status: 200, body: 'x'.repeat(40) });
  expect(waits).toEqual([250, 250, 250, 250]);
});

test('a body that is cut breaks off where the rule says, and is never taken for whole', async () => {
  const service = await openService((response, { url }) => {
    if (url === '/chunked') response.write('0123456789');
    response.end(url === '/empty' ? '' : '0123456789');
  });
  const proxy = await openProxy(service);
  const cut = async (path: string, afterBytes?: number) => {
    proxy.inject({ fault: { kind: 'cut', ...(afterBytes !== undefined && { afterBytes }) } });
    return await ask(`${proxy.url}${path}`);
  };
  expect(await cut('/')).toMatchObject({ status: 200, body: '01234', broke: 'aborted' });
  expect(await cut('/', 3)).toMatchObject({ body: '012', broke: 'aborted' });
  expect(await cut('/', 10)).toMatchObject({ body: '012345678', broke: 'aborted' });
  expect(await cut('/chunked')).toMatchObject({ status: 200, body: '', broke: 'aborted' });
  expect(await cut('/chunked', 12)).toMatchObject({ body: '012345678901', broke: 'aborted' });
  expect(await cut('/chunked', 100)).toMatchObject({ body: '01234567890123456789', broke: 'aborted' });
  expect(await cut('/empty')).toMatchObject({ status: 0, broke: 'socket hang up' });
});

test('an answer can be made to call itself something else', async () => {
  const service = await openService((response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end('{}');
  });
  const proxy = await openProxy(service);
  proxy.inject({ fault: { kind: 'content-type' } });
  expect(await ask(proxy.url)).toMatchObject({ body: '{}', headers: { 'content-type': 'text/html' } });
});

test('a call that is held up reaches the service only then; one whose client leaves meanwhile never does', async () => {
  const service = await openService();
  const due: (() => void)[] = [];
  const clock = {
    now: () => 0,
    after(_: number, callback: () => void) {
      due.push(callback);
      return () => undefined;
    },
  };
  const proxy = await openProxy(service, { clock });
  proxy.inject({ times: 2, fault: { kind: 'delay', delayMs: 60_000 } });
  const patient = ask(`${proxy.url}/patient`);
  await soon(() => due).toHaveLength(1);
  expect(service.heard).toHaveLength(0);
  due[0]?.();
  expect(await patient).toMatchObject({ status: 200 });

  const leave = new AbortController();
  const hasty = ask(`${proxy.url}/hasty`, { leave: leave.signal });
  await soon(() => due).toHaveLength(2);
  leave.abort();
  expect(await hasty).toMatchObject({ status: 0 });
  expect(await ask(`${proxy.url}/later`)).toMatchObject({ status: 200 });
  expect(service.heard.map(({ url }) => url)).toEqual(['/patient', '/later']);
  expect(proxy.calls({ path: '/hasty' })).toEqual({ asked: 1, forwarded: 0, struck: 1 });
});

test('a reply that is held up belongs to a call that happened', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ fault: { kind: 'delay', delayMs: 60_000, hold: 'reply' } });
  const leave = new AbortController();
  let answered = false;
  const asked = ask(proxy.url, { leave: leave.signal }).then((answer) => {
    answered = true;
    return answer;
  });
  await soon(() => service.heard).toHaveLength(1);
  await ask(`${proxy.url}/_belay/calls`);
  expect(answered).toBe(false);
  leave.abort();
  expect(await asked).toMatchObject({ status: 0 });
});

test('after each fault that leaves the connection whole, it carries the next call', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const faults: ProxyFault[] = [
    { kind: 'gateway-error' },
    { kind: 'unauthenticated', forwarded: true },
    { kind: 'throttle' },
    { kind: 'drip', bytes: 1, everyMs: 0 },
    { kind: 'content-type' },
    { kind: 'delay', delayMs: [1, 2] },
  ];
  const sockets = new Set<unknown>();
  agent.on('free', (socket) => sockets.add(socket));
  for (const fault of faults) {
    proxy.inject({ fault });
    await ask(proxy.url, { agent, body: 'x'.repeat(1_000) });
    expect(await ask(proxy.url, { agent })).toMatchObject({ status: 200 });
  }
  expect(sockets.size).toBe(1);
});
