// Every fault at once, by chance, over kept connections: what must be true of each call all the same.

import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { ProxyFault, ProxyRule } from '../src/proxy.ts';
import { seededRandom } from '../src/random.ts';
import { type Answer, ask, openProxy, openService, type Service } from './proxy-scene.ts';

const faults: readonly ProxyFault[] = [
  { kind: 'refuse' },
  { kind: 'drop-reply' },
  { kind: 'gateway-error' },
  { kind: 'gateway-error', forwarded: true },
  { kind: 'unauthenticated' },
  { kind: 'throttle', forwarded: true },
  { kind: 'drip', bytes: 100, everyMs: 0 },
  { kind: 'cut' },
  { kind: 'content-type' },
  { kind: 'delay', delayMs: [0, 3] },
  { kind: 'delay', delayMs: [0, 3], hold: 'reply' },
];

const rules: readonly ProxyRule[] = faults.map((fault, index) => ({
  id: `${index} ${fault.kind}`,
  probability: 0.06,
  fault,
}));

/** A service that sends back what it got, in pieces or with its length. */
const openEcho = (): Promise<Service> =>
  openService((response, { url, body }) => {
    if (url.endsWith('/pieces')) for (const piece of body.match(/.{1,300}/gs) ?? []) response.write(piece);
    response.end(url.endsWith('/pieces') ? '' : body);
  });

const calls = 250;

test('each call is heard once or not at all, as it was counted, and no answer is taken for another', async () => {
  const service = await openEcho();
  const proxy = await openProxy(service, { seed: 'storm', rules, logSize: calls });
  const random = seededRandom('storm');
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  onTestFinished(() => agent.destroy());

  const sent = Array.from({ length: calls }, (_, index) => ({
    path: `/${index}${random.next('form') < 0.5 ? '/pieces' : ''}`,
    body: `${index} `.repeat(1 + Math.floor(random.next('length') * 400)),
    headers: random.next('coding') < 0.3 ? { 'transfer-encoding': 'chunked' } : {},
  }));
  const answers = await Promise.all(
    sent.map(({ path, body, headers }) => ask(`${proxy.url}${path}`, { body, headers, agent })),
  );

  const lines = new Map(proxy.log().map((line) => [line.path, line]));
  const heard = new Map<string, number>();
  for (const { url } of service.heard) heard.set(url, (heard.get(url) ?? 0) + 1);
  for (const [index, { path, body }] of sent.entries()) {
    const line = lines.get(path);
    expect(heard.get(path) ?? 0, path).toBe(line?.forwarded === true ? 1 : 0);
    // Any number of delays, and at most one other fault.
    const kinds = (line?.struckBy ?? [])
      .map((id) => id.split(' ')[1] ?? '')
      .filter((kind) => kind !== 'delay');
    expect(kinds.length, path).toBeLessThanOrEqual(1);
    expect(outcomeOf(answers[index], body), `${path} ${kinds}`).toBe(expected[kinds[0] ?? 'none']);
  }
  expect(
    service.heard.every(({ url, body }) => sent.some((one) => one.path === url && one.body === body)),
  ).toBe(true);
  expect(proxy.calls()).toEqual({
    asked: calls,
    forwarded: service.heard.length,
    struck: [...lines.values()].filter(({ struckBy }) => struckBy.length > 0).length,
  });
  // With other numbers some fault might never have struck, and nothing would have been tried.
  expect(proxy.rules().every(({ struck }) => struck > 0)).toBe(true);
});

/** What a client may see of each fault. */
const expected: Readonly<Record<string, string>> = {
  none: 'whole',
  drip: 'whole',
  'content-type': 'whole',
  refuse: 'nothing',
  'drop-reply': 'nothing',
  'gateway-error': 'made up',
  unauthenticated: 'made up',
  throttle: 'made up',
  cut: 'broken off',
};

function outcomeOf(answer: Answer | undefined, body: string): string {
  if (answer === undefined || answer.status === 0) return 'nothing';
  if (answer.broke !== undefined) return body.startsWith(answer.body) ? 'broken off' : 'broken off and wrong';
  if (answer.status === 200) return answer.body === body ? 'whole' : 'wrong';
  return answer.status >= 400 ? 'made up' : 'wrong';
}
