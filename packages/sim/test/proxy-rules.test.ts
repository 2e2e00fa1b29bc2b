// Which calls are struck: by pattern, by count, by chance; in process, from JSON, over the control route.

import { expect, test } from 'vitest';
import { openFaultProxy, type ProxyRule, readProxyRules } from '../src/proxy.ts';
import { ask, must, openProxy, openService } from './proxy-scene.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const refused = 409;

async function statuses(url: string, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) found.push((await ask(url)).status);
  return found;
}

test('a rule strikes the calls that it means, once unless it says more', async () => {
  const proxy = await openProxy(await openService());
  const rule = { method: 'get', path: '/v2.1/servers/*', fault: { kind: 'conflict' } } as const;
  proxy.inject(rule);
  expect((await ask(`${proxy.url}/v2.1/servers/a/ips`)).status).toBe(200);
  expect((await ask(`${proxy.url}/v2.1/servers/a`, { method: 'DELETE' })).status).toBe(200);
  expect((await ask(`${proxy.url}/v2.1/servers/a?all=1`)).status).toBe(refused);
  expect((await ask(`${proxy.url}/v2.1/servers/a`)).status).toBe(200);

  proxy.inject({ ...rule, path: '/v2.1/**', after: 1, times: 2 });
  expect(await statuses(`${proxy.url}/v2.1/servers/a/ips`, 4)).toEqual([200, refused, refused, 200]);
});

test('a pattern means its characters and nothing cleverer', async () => {
  const proxy = await openProxy(await openService());
  proxy.inject({ path: '/v2.0/a+b', probability: 1, fault: { kind: 'conflict' } });
  expect((await ask(`${proxy.url}/v2x0/a+b`)).status).toBe(200);
  expect((await ask(`${proxy.url}/v2.0/aab`)).status).toBe(200);
  expect((await ask(`${proxy.url}/v2.0/a+b`)).status).toBe(refused);
});

test('calls of the EC2 Query protocol are told apart by their action, and the service still gets the whole form', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ action: 'Create*', fault: { kind: 'drop-reply' } });
  const post = (body: string) => ask(proxy.url, { body, headers: form });
  expect((await post('Action=DescribeVolumes&Version=2016-11-15')).status).toBe(200);
  expect((await post('Version=2016-11-15&Action=CreateVolume&Size=8')).status).toBe(0);
  expect((await ask(`${proxy.url}/?Action=CreateVolume`)).status).toBe(200);
  expect(service.heard.map(({ body }) => body)).toEqual([
    'Action=DescribeVolumes&Version=2016-11-15',
    'Version=2016-11-15&Action=CreateVolume&Size=8',
    '',
  ]);
  expect(proxy.calls({ action: 'CreateVolume' })).toEqual({ asked: 2, forwarded: 2, struck: 1 });
  expect(proxy.calls({ action: 'Describe*' })).toEqual({ asked: 1, forwarded: 1, struck: 0 });
});

test('a rule can ask for a text in the body', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ body: '"volumeId": "b"', fault: { kind: 'conflict' } });
  expect((await ask(proxy.url, { body: '{"volumeId": "a"}' })).status).toBe(200);
  expect((await ask(proxy.url, { body: '{"volumeId": "b"}' })).status).toBe(refused);
  expect(service.heard.map(({ body }) => body)).toEqual(['{"volumeId": "a"}']);
});

test('a body that is too long to be looked into passes whole, and no rule about bodies means it', async () => {
  const service = await openService();
  const proxy = await openProxy(service);
  proxy.inject({ body: 'x', probability: 1, fault: { kind: 'conflict' } });
  const body = 'x'.repeat(2 ** 20 + 1);
  expect((await ask(proxy.url, { body })).status).toBe(200);
  expect((await ask(proxy.url, { body, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(200);
  expect(service.heard.map((one) => one.body.length)).toEqual([body.length, body.length]);
  expect((await ask(proxy.url, { body: body.slice(1) })).status).toBe(refused);
});

test('the same seed strikes the same calls, another seed others', async () => {
  const struck = async (seed: number): Promise<readonly number[]> => {
    const proxy = await openProxy(await openService(), { seed });
    proxy.inject({ probability: 0.5, fault: { kind: 'conflict' } });
    return statuses(proxy.url, 30);
  };
  const first = await struck(7);
  expect(new Set(first)).toEqual(new Set([200, refused]));
  expect(await struck(7)).toEqual(first);
  expect(await struck(8)).not.toEqual(first);
});

test('what a rule strikes does not hang on other rules', async () => {
  const struck = async (others: readonly ProxyRule[]): Promise<readonly string[]> => {
    const proxy = await openProxy(await openService(), { seed: 7, rules: others });
    proxy.inject({ id: 'mine', path: '/mine', probability: 0.5, fault: { kind: 'conflict' } });
    for (let n = 0; n < 20; n += 1) {
      await ask(`${proxy.url}/mine`);
      await ask(`${proxy.url}/other`);
    }
    return proxy.log().flatMap(({ path, struckBy }) => (path === '/mine' ? struckBy.join() : []));
  };
  const other = { id: 'other', path: '/other', probability: 0.3, fault: { kind: 'refuse' } } as const;
  expect(await struck([other])).toEqual(await struck([]));
});

test('delays add up, and of the other faults only the first strikes', async () => {
  const waits: number[] = [];
  const clock = {
    now: () => 0,
    after(delayMs: number, callback: () => void) {
      waits.push(delayMs);
      const timer = setImmediate(callback);
      return () => clearImmediate(timer);
    },
  };
  const proxy = await openProxy(await openService(), { clock });
  proxy.inject({ id: 'a', fault: { kind: 'delay', delayMs: 30 } });
  proxy.inject({ id: 'b', fault: { kind: 'conflict' } });
  proxy.inject({ id: 'c', fault: { kind: 'throttle' } });
  proxy.inject({ id: 'd', fault: { kind: 'delay', delayMs: [10, 20] } });
  expect((await ask(proxy.url)).status).toBe(refused);
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThanOrEqual(40);
  expect(waits[0]).toBeLessThanOrEqual(50);
  expect(proxy.log()[0]?.struckBy).toEqual(['a', 'b', 'd']);
  expect((await ask(proxy.url)).status).toBe(429);
});

test('a rule that was taken back strikes no more', async () => {
  const proxy = await openProxy(await openService());
  const takeBack = proxy.inject({ probability: 1, fault: { kind: 'conflict' } });
  expect((await ask(proxy.url)).status).toBe(refused);
  takeBack();
  expect((await ask(proxy.url)).status).toBe(200);
  proxy.inject({ fault: { kind: 'conflict' } });
  proxy.clear();
  expect((await ask(proxy.url)).status).toBe(200);
  expect(proxy.rules()).toEqual([]);
});

test('rules come from JSON, and a slip in them is named', () => {
  const rules = [
    { path: '/a', times: 2, fault: { kind: 'delay', delayMs: [1, 5] } },
    { action: 'AttachVolume', probability: 0.2, fault: { kind: 'gateway-error', forwarded: true } },
  ];
  expect(must(readProxyRules(JSON.stringify(rules)))).toEqual(rules);
  expect(must(readProxyRules(JSON.stringify(rules[0])))).toEqual([rules[0]]);

  const slip = (value: unknown): string => {
    const error = readProxyRules(JSON.stringify(value))._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
    return error.message;
  };
  expect(slip([rules[0], { fault: { kind: 'delay' } }])).toContain('1.fault.delayMs');
  expect(slip({ probabilty: 0.1, fault: { kind: 'refuse' } })).toContain('probabilty');
  expect(slip({ probability: 1.5, fault: { kind: 'refuse' } })).toContain('0.probability');
  expect(slip({ fault: { kind: 'delay', delayMs: [5, 1] } })).toContain('from the smaller number');
  expect(slip({ fault: { kind: 'bad luck' } })).toContain('0.fault.kind');
  expect(readProxyRules('{').isErr()).toBe(true);
});

test('over the control route, rules are added, looked at and taken back', async () => {
  const proxy = await openProxy(await openService());
  const faults = `${proxy.url}/_belay/faults`;
  const rules = [
    { probability: 1, fault: { kind: 'conflict' } },
    { id: 'mine', fault: { kind: 'throttle' } },
  ];
  const added = await ask(faults, { body: JSON.stringify(rules) });
  expect(added).toMatchObject({ status: 201, body: '{"ids":["rule-1","mine"]}' });
  expect((await ask(`${proxy.url}/x`)).status).toBe(refused);
  expect(JSON.parse((await ask(faults)).body)).toMatchObject({
    rules: [
      { id: 'rule-1', matched: 1, struck: 1 },
      { id: 'mine', matched: 0, struck: 0 },
    ],
  });
  const counts = JSON.parse((await ask(`${proxy.url}/_belay/calls?path=/x`)).body);
  expect(counts).toMatchObject({ counts: { asked: 1, struck: 1 }, lines: [{ path: '/x', status: refused }] });

  expect((await ask(`${faults}/rule-1`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`${faults}/rule-1`, { method: 'DELETE' })).status).toBe(404);
  expect((await ask(`${proxy.url}/x`)).status).toBe(429);
  expect((await ask(faults, { method: 'DELETE' })).status).toBe(204);
  expect(JSON.parse((await ask(faults)).body)).toEqual({ rules: [] });
});

test('over the control route, a list with one bad rule adds none of them', async () => {
  const proxy = await openProxy(await openService());
  const faults = `${proxy.url}/_belay/faults`;
  const good = { id: 'good', fault: { kind: 'refuse' } };
  for (const bad of [{ fault: { kind: 'x' } }, { ...good, service: 'nobody' }, good]) {
    const answer = await ask(faults, { body: JSON.stringify([good, bad]) });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'invalid' });
  }
  expect((await ask(faults, { body: '{' })).status).toBe(400);
  expect((await ask(`${proxy.url}/_belay/nonsense`)).status).toBe(404);
  expect(proxy.rules()).toEqual([]);
});

test('rules that make no sense are refused at the opening, and thrown back in process', async () => {
  const { url } = await openService();
  const opened = await openFaultProxy({
    upstreams: { api: url },
    rules: [{ service: 'nobody', fault: { kind: 'refuse' } }],
  });
  expect(opened._unsafeUnwrapErr()).toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('nobody'),
  });
  const proxy = await openProxy({ url, heard: [] });
  expect(() => proxy.inject({ probability: 2, fault: { kind: 'refuse' } })).toThrow('probability');
  expect(proxy.rules()).toEqual([]);
});
