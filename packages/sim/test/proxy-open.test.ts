// Opening and closing, several services behind one proxy, and addresses that lead back to it.

import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openFaultProxy } from '../src/proxy.ts';
import { ask, must, openProxy, openService, soon } from './proxy-scene.ts';

const json = { 'content-type': 'application/json' };

test('one proxy stands before several services, each on a port of its own', async () => {
  const compute = await openService((response) => response.end('compute'));
  const volume = await openService((response) => response.end('volume'));
  const proxy = must(await openFaultProxy({ upstreams: { compute: compute.url, volume: volume.url } }));
  onTestFinished(() => proxy.close());
  proxy.inject({ service: 'volume', fault: { kind: 'conflict' } });
  expect(await ask(proxy.urls.compute)).toMatchObject({ status: 200, body: 'compute' });
  expect(await ask(proxy.urls.volume)).toMatchObject({ status: 409 });
  expect(await ask(proxy.urls.volume)).toMatchObject({ status: 200, body: 'volume' });
  expect(proxy.calls({ service: 'compute' }).asked).toBe(1);
  expect(proxy.calls()).toEqual({ asked: 3, forwarded: 2, struck: 1 });
});

test('a catalogue leads to the proxy, and nothing else in it is touched', async () => {
  const body = (compute: string, image: string) =>
    `{"n": 12345678901234567890,  "token": {"catalog": [{"url": "${compute}/v2.1"}, {"url":"${image}"}]},\n` +
    `"escaped": "${image.replaceAll('/', '\\/')}\\/v2", "said": "see ${compute}/v2.1", "other": "${compute}0/"}\n`;
  const image = await openService();
  const compute = await openService((response, { headers }) => {
    response.writeHead(300, { Location: `${compute.url}/v2.1/`, ...json });
    response.end(headers['accept-encoding'] === undefined ? body(compute.url, 'http://controller:9292') : '');
  });
  const proxy = must(
    await openFaultProxy({
      upstreams: {
        compute: compute.url,
        image: { url: image.url, alsoKnownAs: ['http://controller:9292'] },
      },
      rewriteCatalogue: [{ service: 'compute', path: '/v3/auth/tokens' }],
    }),
  );
  onTestFinished(() => proxy.close());
  const { urls } = proxy;
  const answer = await ask(`${urls.compute}/v3/auth/tokens`, {
    body: '{}',
    headers: { 'accept-encoding': 'gzip' },
  });
  const expected = body(urls.compute, urls.image)
    .replace(`see ${urls.compute}`, `see ${compute.url}`)
    .replace(`${urls.compute}0/`, `${compute.url}0/`);
  expect(answer.body).toBe(expected);
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(expected)));
  expect(answer.headers.location).toBe(`${urls.compute}/v2.1/`);
  expect(answer.status).toBe(300);

  const elsewhere = await ask(`${urls.compute}/v2.1/servers`);
  expect(elsewhere.headers.location).toBe(`${compute.url}/v2.1/`);
  expect(elsewhere.body).toContain(`"${compute.url}/v2.1"`);
});

test('a link to the next page that was made from the name of the host leads to the proxy by itself', async () => {
  const service = await openService((response, { headers }) => {
    response.writeHead(200, json).end(JSON.stringify({ next: `http://${headers.host}/v2/images?marker=2` }));
  });
  const { url } = await openProxy(service);
  expect(JSON.parse((await ask(`${url}/v2/images`)).body)).toEqual({ next: `${url}/v2/images?marker=2` });
});

test('a service that is not there is 502 with the reason, and nothing happened', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await soon(() => free.listening).toBe(true);
  const address = free.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => free.close(resolve));
  const proxy = await openProxy({ url: `http://127.0.0.1:${port}`, heard: [] });
  const answer = await ask(proxy.url, { body: 'x' });
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.body)).toMatchObject({
    kind: 'upstream-unreachable',
    applied: 'no',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  expect(proxy.calls()).toEqual({ asked: 1, forwarded: 0, struck: 0 });
});

test('a service that hangs up without an answer leaves in doubt what happened', async () => {
  const service = await openService((response) => response.destroy());
  const proxy = await openProxy(service);
  const answer = await ask(proxy.url, { body: 'x' });
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.body)).toMatchObject({ kind: 'upstream-unreachable', applied: 'unknown' });
  expect(proxy.calls().forwarded).toBe(1);
});

test('a port that is taken is an error, and the ports that were had already are given back', async () => {
  const service = await openService();
  const portOf = (url: string): number => Number(new URL(url).port);
  const first = await openProxy(service);
  const other = await openProxy(service);
  await other.close();
  const upstreams = {
    a: { url: service.url, port: portOf(other.url) },
    b: { url: service.url, port: portOf(first.url) },
  };
  const second = await openFaultProxy({ upstreams });
  expect(second._unsafeUnwrapErr()).toMatchObject({
    kind: 'port-taken',
    message: expect.stringContaining(String(upstreams.b.port)),
  });
  await first.close();
  const third = must(await openFaultProxy({ upstreams }));
  onTestFinished(() => third.close());
  expect(third.urls).toEqual({ a: other.url, b: first.url });
});

test('an upstream that is no plain origin is refused by name', async () => {
  for (const url of ['https://cloud.example', 'http://cloud.example/compute', 'cloud.example:80', '']) {
    const opened = await openFaultProxy({ upstreams: { api: url } });
    expect(opened._unsafeUnwrapErr()).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('api'),
    });
  }
  expect((await openFaultProxy({ upstreams: {} }))._unsafeUnwrapErr().kind).toBe('invalid');
});

test('closing ends what is under way, on both sides, and may be done twice', async () => {
  const left = Promise.withResolvers<void>();
  const service = await openService((response) => void response.once('close', left.resolve));
  const proxy = await openProxy(service);
  const hanging = ask(proxy.url);
  const idle = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  const idleEnded = new Promise((resolve) => idle.once('close', resolve));
  await soon(() => service.heard).toHaveLength(1);
  await proxy.close();
  await proxy.close();
  expect(await hanging).toMatchObject({ status: 0 });
  await Promise.all([idleEnded, left.promise]);
  expect(await ask(proxy.url)).toMatchObject({ status: 0, broke: expect.stringContaining('ECONNREFUSED') });
});

test('a signal closes the proxy, and one that has fired lets none be opened', async () => {
  const service = await openService();
  const stop = new AbortController();
  const proxy = await openProxy(service, { signal: stop.signal });
  expect(await ask(proxy.url)).toMatchObject({ status: 200 });
  stop.abort();
  await soon(async () => (await ask(proxy.url)).broke).toContain('ECONNREFUSED');
  const late = await openFaultProxy({ upstreams: { api: service.url }, signal: stop.signal });
  expect(late._unsafeUnwrapErr().kind).toBe('cancelled');
});

test('the log holds the last calls, and no credential of any of them', async () => {
  const proxy = await openProxy(await openService(), { logSize: 3 });
  const secret = 'planted-secret';
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  await ask(`${proxy.url}/first`);
  await ask(`${proxy.url}/signed?X-Amz-Signature=${secret}`, { headers: { 'X-Auth-Token': secret } });
  await ask(proxy.url, { body: `Action=CreateVolume&ClientToken=${secret}`, headers: form });
  await ask(proxy.url, { body: `Action=${secret}`, headers: form });
  expect(proxy.log()).toEqual([
    { number: 2, service: 'api', method: 'GET', path: '/signed', forwarded: true, struckBy: [], status: 200 },
    {
      ...{ number: 3, service: 'api', method: 'POST', path: '/', action: 'CreateVolume' },
      ...{ forwarded: true, struckBy: [], status: 200 },
    },
    { number: 4, service: 'api', method: 'POST', path: '/', forwarded: true, struckBy: [], status: 200 },
  ]);
  const told = JSON.stringify([proxy.log(), proxy.rules(), (await ask(`${proxy.url}/_belay/calls`)).body]);
  expect(told).toContain('/signed');
  expect(told).not.toContain(secret);
  expect(proxy.calls().asked).toBe(4);
});
