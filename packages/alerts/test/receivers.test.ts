// What goes over the wire, against real HTTP servers on the loopback interface.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AlertMessage, deadManSwitch, pagerDuty, webhook } from '../src/index.ts';

interface Seen {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let seen: Seen[] = [];
let status = 202;
let url = '';
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part: string) => {
    body += part;
  });
  request.on('end', () => {
    const { method = '', headers } = request;
    seen.push({ path: request.url ?? '', method, headers, body });
    if (status === 0) return;
    if (status === 302) response.setHeader('location', `${url}/login`);
    response.writeHead(request.url === '/login' ? 200 : status).end('{"status":"success"}');
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
  status = 202;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const message: AlertMessage = {
  action: 'trigger',
  why: 'raised',
  cause: 'scanner/breaker/offsite',
  incident: 1,
  severity: 'critical',
  summary: 'The scan of offsite is inconclusive; nothing was deleted.',
  source: 'scanner-1',
  details: { orphans: 57 },
  raisedAt: '2016-06-24T02:35:00.000Z',
  raisedCount: 1,
  rung: 1,
};
const routingKey = '0123456789abcdef0123456789ABCDEF';
const signal = new AbortController().signal;

test('PagerDuty gets one incident a cause, which is acknowledged and resolved by the same key', async () => {
  const target = pagerDuty({ routingKey, endpoint: url });
  for (const action of ['trigger', 'acknowledge', 'resolve'] as const) {
    (await target.send({ ...message, action }, { signal }))._unsafeUnwrap();
  }
  const bodies = seen.map(({ body }) => JSON.parse(body));
  expect(seen.map(({ path, method }) => `${method} ${path}`)).toEqual(Array(3).fill('POST /v2/enqueue'));
  expect(bodies[0]).toEqual({
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: 'belay/scanner/breaker/offsite',
    client: 'belay',
    payload: {
      summary: message.summary,
      source: 'scanner-1',
      severity: 'critical',
      timestamp: '2016-06-24T02:35:00.000Z',
      component: 'scanner/breaker/offsite',
      custom_details: { orphans: 57, why: 'raised', incident: 1, raised: 1, rung: 1 },
    },
  });
  expect(bodies.slice(1)).toEqual(
    ['acknowledge', 'resolve'].map((event_action) => ({
      routing_key: routingKey,
      event_action,
      dedup_key: 'belay/scanner/breaker/offsite',
    })),
  );
});

test('what is too long for PagerDuty is cut, and two long causes still are two incidents', async () => {
  const target = pagerDuty({ routingKey, endpoint: url });
  const long = { ...message, summary: 's'.repeat(5_000) };
  for (const end of ['a', 'b']) {
    (await target.send({ ...long, cause: `${'c'.repeat(400)}${end}` }, { signal }))._unsafeUnwrap();
  }
  const bodies = seen.map(({ body }) => JSON.parse(body));
  expect(bodies.map(({ dedup_key }) => dedup_key.length)).toEqual([255, 255]);
  expect(bodies[0].dedup_key).not.toBe(bodies[1].dedup_key);
  expect(bodies[0].payload.summary.length).toBe(1_024);
});

test('a routing key that cannot be one is refused without a call, and is not shown', async () => {
  const error = (
    await pagerDuty({ routingKey: 'short-secret', endpoint: url }).send(message, { signal })
  )._unsafeUnwrapErr();
  expect(error.kind).toBe('refused');
  expect(JSON.stringify(error)).not.toContain('short-secret');
  expect(seen).toEqual([]);
});

test('a webhook gets the whole message, signed', async () => {
  const target = webhook({ url: `${url}/hook`, signingSecret: 'sh', headers: { authorization: 'Bearer x' } });
  (await target.send(message, { signal }))._unsafeUnwrap();
  const [call] = seen;
  expect(JSON.parse(call?.body ?? '')).toEqual(message);
  expect(call?.headers['authorization']).toBe('Bearer x');
  const expected = createHmac('sha256', 'sh')
    .update(call?.body ?? '')
    .digest('hex');
  expect(call?.headers['x-belay-signature']).toBe(`sha256=${expected}`);
});

test('only a 200 counts: errors, redirects and silence do not, and none shows the address', async () => {
  const target = webhook({ url: `${url}/hook/secret-token` });
  const kinds: string[] = [];
  for (status of [400, 404, 429, 500, 503, 302]) {
    const error = (await target.send(message, { signal }))._unsafeUnwrapErr();
    kinds.push(`${error.status} ${error.kind}`);
    expect(error.message).not.toContain('secret-token');
  }
  expect(kinds).toEqual([
    '400 refused',
    '404 refused',
    '429 unreachable',
    '500 unreachable',
    '503 unreachable',
    '302 refused',
  ]);
  expect(seen.map(({ path }) => path)).not.toContain('/login');

  status = 0;
  const stop = new AbortController();
  const silent = target.send(message, { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  expect((await silent)._unsafeUnwrapErr().kind).toBe('cancelled');

  const port = await closedPort();
  const closed = webhook({ url: `http://127.0.0.1:${port}/hook/secret-token` });
  const error = (await closed.send(message, { signal }))._unsafeUnwrapErr();
  expect(error).toEqual({
    kind: 'unreachable',
    message: `127.0.0.1:${port} could not be reached: ECONNREFUSED`,
  });
});

test('an address with a password in it, or none at all, is never called', async () => {
  for (const bad of ['http://u:p@127.0.0.1/x', 'ftp://127.0.0.1/x', 'nonsense']) {
    const answers = [
      await webhook({ url: bad }).send(message, { signal }),
      await deadManSwitch({ url: bad }).beat({ signal }),
    ];
    expect(answers.map((answer) => answer._unsafeUnwrapErr().kind)).toEqual(['invalid', 'invalid']);
  }
  expect(seen).toEqual([]);
});

test('the dead-man’s switch gets a plain call', async () => {
  (await deadManSwitch({ url: `${url}/ping` }).beat({ signal }))._unsafeUnwrap();
  (await deadManSwitch({ url: `${url}/ping`, method: 'POST' }).beat({ signal }))._unsafeUnwrap();
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /ping', 'POST /ping']);
});
