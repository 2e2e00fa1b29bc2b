// What a client may expect of any HTTP/1.1 hop: bodies of any size, no body where there is none, connections kept.

import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ask, listening, openProxy, openService, soon } from './proxy-scene.ts';

const MiB = 2 ** 20;

test('HEAD has the length of the body and no body; 204 and 304 have neither', async () => {
  const service = await openService((response, { url, method }) => {
    if (url === '/none') response.writeHead(204);
    else if (url === '/same') response.writeHead(304, { ETag: '"1"' });
    else response.writeHead(200, { 'Content-Length': '5' });
    response.end(method === 'GET' && url === '/' ? 'hello' : undefined);
  });
  const { url } = await openProxy(service);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const head = await ask(url, { method: 'HEAD', agent });
  // No end is announced: the proxy never closes a connection that nobody asked it to close.
  expect(head.headers).not.toHaveProperty('keep-alive');
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
  const none = await ask(`${url}/none`, { method: 'DELETE', agent });
  expect(none).toMatchObject({ status: 204, body: '' });
  expect(none.headers).not.toHaveProperty('content-length');
  expect(none.headers).not.toHaveProperty('transfer-encoding');
  expect(await ask(`${url}/same`, { agent })).toMatchObject({ status: 304, headers: { etag: '"1"' } });
  expect(await ask(url, { agent })).toMatchObject({ status: 200, body: 'hello' });
});

test('the service hears how long a body is as the client said it', async () => {
  const service = await openService();
  const { url } = await openProxy(service);
  await ask(url);
  await ask(url, { method: 'DELETE' });
  await ask(url, { body: 'four' });
  await ask(url, { body: 'four', headers: { 'transfer-encoding': 'chunked' } });
  const framing = service.heard.map(({ body, headers }) => ({
    body,
    length: headers['content-length'],
    coding: headers['transfer-encoding'],
  }));
  expect(framing).toEqual([
    { body: '', length: undefined, coding: undefined },
    { body: '', length: undefined, coding: undefined },
    { body: 'four', length: '4', coding: undefined },
    { body: 'four', length: undefined, coding: 'chunked' },
  ]);
});

test('a POST that says nothing of a body is passed on as one without', async () => {
  const service = await openService();
  const { url } = await openProxy(service);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /act HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const answer: Buffer[] = [];
  for await (const chunk of socket) answer.push(chunk as Buffer);
  expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*did 1/);
  expect(service.heard).toMatchObject([{ body: '', headers: { 'content-length': '0' } }]);
});

test('headers of one connection are not passed on to the next', async () => {
  const service = await openService((response) => {
    response.writeHead(200, { Connection: 'X-Hop', 'X-Hop': '1', 'X-End': '2' });
    response.end();
  });
  const { url } = await openProxy(service);
  const headers = { connection: 'x-mine', 'x-mine': '1', te: 'trailers', 'x-yours': '2' };
  const answer = await ask(url, { headers });
  expect(answer.headers).toMatchObject({ 'x-end': '2' });
  expect(answer.headers).not.toHaveProperty('x-hop');
  expect(service.heard[0]?.headers).toMatchObject({ 'x-yours': '2' });
  expect(service.heard[0]?.headers).not.toHaveProperty('x-mine');
  expect(service.heard[0]?.headers).not.toHaveProperty('te');
});

test('a large body passes both ways without being held: the sender is slowed down by the receiver', async () => {
  // A service that takes an image and reads it only when told.
  const read = Promise.withResolvers<void>();
  let received = 0;
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'GET') {
      response.writeHead(200, { 'Content-Length': String(32 * MiB) });
      for (let n = 0; n < 32; n += 1) {
        if (!response.write(Buffer.alloc(MiB))) await once(response, 'drain');
      }
      response.end();
      return;
    }
    await read.promise;
    for await (const chunk of incoming) received += (chunk as Buffer).length;
    response.end(String(received));
  });
  const { url } = await openProxy(await listening(server));

  let sent = 0;
  async function* image(): AsyncIterable<Buffer> {
    for (sent = 0; sent < 32; sent += 1) yield Buffer.alloc(MiB);
  }
  const upload = request(url, { method: 'PUT', headers: { 'content-length': String(32 * MiB) } });
  const answered = once(upload, 'response');
  const flood = pipeline(image(), upload);
  await new Promise((resolve) => setTimeout(resolve, 200));
  // The rest waits with the sender: some fit into the buffers of the kernel, never all of it.
  expect(sent).toBeLessThan(24);
  read.resolve();
  await flood;
  const [answer] = await answered;
  let text = '';
  for await (const chunk of answer) text += chunk;
  expect(text).toBe(String(32 * MiB));

  expect((await ask(url)).body.length).toBe(32 * MiB);
});

test('a client that asks before it sends its body is told by the service, also when the proxy reads along', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer();
  server.on('checkContinue', (incoming, response) => {
    asked.push(incoming.url);
    if (incoming.url === '/no') {
      response.writeHead(413, { Connection: 'close' }).end('too large');
      return;
    }
    response.writeContinue();
    incoming.resume().once('end', () => response.end('taken'));
  });
  server.on('request', (incoming, response) => {
    incoming.resume().once('end', () => response.end('taken without asking'));
  });
  const proxy = await openProxy(await listening(server));

  const put = async (path: string): Promise<object> => {
    const headers = { expect: '100-continue', 'content-length': '4' };
    const client = request(`${proxy.url}${path}`, { method: 'PUT', headers });
    client.flushHeaders();
    let continued = false;
    client.once('continue', () => {
      continued = true;
      client.end('body');
    });
    const [response] = await once(client, 'response');
    let body = '';
    for await (const chunk of response) body += chunk;
    client.destroy();
    return { continued, status: response.statusCode, body, connection: response.headers.connection };
  };
  expect(await put('/yes')).toMatchObject({ continued: true, status: 200, body: 'taken' });
  expect(await put('/no')).toMatchObject({ continued: false, status: 413, body: 'too large' });
  expect(asked).toEqual(['/yes', '/no']);

  proxy.inject({ path: '/struck', fault: { kind: 'conflict' } });
  // The client was never asked for its body: whether it sends it is its own affair, on a connection that ends.
  expect(await put('/struck')).toMatchObject({ continued: false, status: 409, connection: 'close' });
  proxy.inject({ body: 'something else', fault: { kind: 'conflict' } });
  expect(await put('/read')).toMatchObject({ continued: true, status: 200, body: 'taken without asking' });
});

test('a client that leaves in the middle of its body takes the call back', async () => {
  const broken = Promise.withResolvers<boolean>();
  const server = createServer((incoming) => {
    incoming.on('error', () => undefined);
    incoming.once('close', () => broken.resolve(!incoming.complete));
    incoming.resume();
  });
  const { url } = await openProxy(await listening(server));
  const client = request(url, { method: 'PUT', headers: { 'content-length': '100' } });
  client.on('error', () => undefined);
  client.write('half', () => server.once('request', () => client.destroy()));
  expect(await broken.promise).toBe(true);
});

test('nobody is left to send an answer to: the service hears of it', async () => {
  const gone = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<() => void>();
  const server = createServer((incoming, response) => {
    incoming.resume();
    response.once('close', () => gone.resolve());
    answering.resolve(() => response.end(Buffer.alloc(64 * MiB)));
  });
  const { url } = await openProxy(await listening(server));
  const leave = new AbortController();
  const asked = ask(url, { leave: leave.signal });
  const answer = await answering.promise;
  leave.abort();
  expect(await asked).toMatchObject({ status: 0 });
  answer();
  await gone.promise;
});

test('a client that leaves when its call was sent has been heard', async () => {
  let finish = (): void => undefined;
  const service = await openService((response, { method }) => {
    if (method === 'GET') response.end();
    else finish = () => response.end('done');
  });
  const { url } = await openProxy(service);
  const leave = new AbortController();
  const asked = ask(url, { method: 'DELETE', leave: leave.signal });
  await soon(() => service.heard).toHaveLength(1);
  leave.abort();
  expect(await asked).toMatchObject({ status: 0 });
  finish();
  expect(await ask(url)).toMatchObject({ status: 200 });
  expect(service.heard.map(({ method }) => method)).toEqual(['DELETE', 'GET']);
});

test('a length that a service says of no body is left out', async () => {
  const server = createTcpServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nX-A: 1\r\n\r\n'));
  });
  const { url } = await openProxy(await listening(server));
  const answer = await ask(url, { method: 'DELETE' });
  expect(answer).toMatchObject({ status: 204, headers: { 'x-a': '1' } });
  expect(answer.headers).not.toHaveProperty('content-length');
});

test('a service that breaks off in the middle is seen to break off', async () => {
  const service = await openService((response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('half', () => response.destroy());
  });
  const { url } = await openProxy(service);
  expect(await ask(url)).toMatchObject({ status: 200, body: 'half', broke: 'aborted' });
});
