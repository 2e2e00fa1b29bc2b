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

/** What a receiver makes of one answer, or of what `fetch` throws. */
async function judged(answer: number | (() => never)) {
  const target = webhook({
    url: 'https://hooks.example/secret-token',
    fetch: async () => (typeof answer === 'number' ? { status: answer, text: async () => 'fine' } : answer()),
  });
  return target.send(message, { signal });
}

test('the borders of what counts: 200 to 299 does, what may pass is tried again, all else is refused', async () => {
  for (const taken of [200, 299]) expect((await judged(taken)).isOk()).toBe(true);
  const kinds: Record<number, string> = {};
  for (const status of [199, 300, 399, 407, 408, 409, 424, 425, 426, 428, 429, 430, 499, 500, 599]) {
    kinds[status] = (await judged(status))._unsafeUnwrapErr().kind;
  }
  const passing = Object.keys(kinds).filter((status) => kinds[Number(status)] === 'unreachable');
  expect(passing).toEqual(['408', '425', '429', '500', '599']);
  expect(Object.values(kinds).filter((kind) => kind === 'refused')).toHaveLength(10);
});

test('what keeps a call from its receiver is told by a code or a name, never by what holds the address', async () => {
  const secret = 'request to https://hooks.example/secret-token failed';
  const thrown: readonly (readonly [() => never, string])[] = [
    [() => fail(Object.assign(new Error(secret), { code: 'ECONNRESET' })), 'ECONNRESET'],
    [() => fail(new TypeError(secret, { cause: { code: 'ENOTFOUND' } })), 'ENOTFOUND'],
    [() => fail(new TypeError(secret, { cause: new RangeError(secret) })), 'RangeError'],
    [() => fail(new TypeError(secret, { cause: secret })), 'unknown reason'],
    [() => fail(new TypeError(secret, { cause: null })), 'TypeError'],
    [() => fail(Object.assign(new SyntaxError(secret), { code: 7 })), 'SyntaxError'],
    [() => fail(secret), 'unknown reason'],
    [() => fail(null), 'unknown reason'],
  ];
  for (const [throws, reason] of thrown) {
    expect((await judged(throws))._unsafeUnwrapErr()).toEqual({
      kind: 'unreachable',
      message: `hooks.example could not be reached: ${reason}`,
    });
  }
});

function fail(thrown: unknown): never {
  throw thrown;
}

test('an answer whose body breaks off is no confirmation', async () => {
  const target = webhook({
    url: 'https://hooks.example/x',
    fetch: async () => ({ status: 200, text: () => Promise.reject(new Error('terminated')) }),
  });
  expect((await target.send(message, { signal }))._unsafeUnwrapErr().kind).toBe('unreachable');
});

test('a user without a password, or a password without a user, is in the address all the same', async () => {
  for (const bad of ['https://ann@hooks.example/x', 'https://:pw@hooks.example/x']) {
    const error = (await webhook({ url: bad }).send(message, { signal }))._unsafeUnwrapErr();
    expect(error).toEqual({ kind: 'invalid', message: 'url has a user or password in it: use a header' });
  }
});

test('a webhook without a secret says that nobody has signed, by saying nothing', async () => {
  (await webhook({ url: `${url}/hook` }).send(message, { signal }))._unsafeUnwrap();
  expect(Object.keys(seen[0]?.headers ?? {})).not.toContain('x-belay-signature');
  expect(seen[0]?.headers['content-type']).toBe('application/json');
});

test('PagerDuty is called at the place that was named, under the prefix of the installation', async () => {
  const target = pagerDuty({ routingKey, endpoint: `${url}//`, prefix: 'house-2/' });
  (await target.send({ ...message, cause: 'c'.repeat(247) }, { signal }))._unsafeUnwrap();
  expect(seen[0]?.path).toBe('/v2/enqueue');
  // 255 characters still fit as they are.
  const short = `house-2/${'c'.repeat(247)}`;
  expect(JSON.parse(seen[0]?.body ?? '').dedup_key).toBe(short);
  (await target.send({ ...message, cause: 'c'.repeat(248) }, { signal }))._unsafeUnwrap();
  expect(JSON.parse(seen[1]?.body ?? '').dedup_key).toMatch(/^house-2\/c+~[0-9a-f]{64}$/);
  const error = (
    await pagerDuty({ routingKey, endpoint: 'pager.example' }).send(message, { signal })
  )._unsafeUnwrapErr();
  expect(error.kind).toBe('invalid');
});
