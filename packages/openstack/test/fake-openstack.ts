// A small OpenStack behind an injected `fetch`: tokens that end, states that take time, pages, quotas, and refusals in
// the services' own words. It judges nothing that the real services do not; those are what the adapter is proved by.

import type { Clock } from '@belay/cloud';
import type { Fetch, FetchInit } from '../src/http.ts';
import { cinderRoutes } from './fake-cinder.ts';
import { designateRoutes } from './fake-designate.ts';
import { glanceRoutes, keystone, neutronRoutes } from './fake-neutron.ts';
import { novaRoutes } from './fake-nova.ts';

export type Json = Record<string, unknown>;

/** One call as a service gets it. */
export interface FakeCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = readonly [
  method: string,
  path: RegExp,
  answer: (ids: readonly string[], call: FakeCall) => FakeAnswer,
];

/** What the services share. */
export interface World {
  readonly clock: Clock;
  id(): string;
  /** Later, in the fake's time. */
  after(delayMs: number, act: () => void): void;
  readonly servers: Map<string, Json>;
  readonly volumes: Map<string, Json>;
  readonly snapshots: Map<string, Json>;
  readonly floatingIps: Map<string, Json>;
  readonly ports: Map<string, Json>;
  readonly recordsets: Map<string, Json>;
  readonly tokens: Map<string, number>;
  readonly password: string;
  /** How long this takes, in milliseconds: `usualMs`, unless the fake was told otherwise. */
  takesMs(what: FakeWork, usualMs: number): number;
  /** A server runs, or a volume is on or off a server: whoever watches hears of it. */
  reached(what: FakeWork, id: string): void;
  /** How long a token lives. */
  tokenMs: number;
  tokensGiven: number;
}

/** What a hundred swaps are made of. */
export type FakeWork = 'launch' | 'attach' | 'detach';

export interface FakeStackOptions {
  readonly dns?: boolean;
  /** How long each piece of work takes, in milliseconds. */
  readonly takesMs?: (what: FakeWork) => number;
  /** How long a call is on its way, there or back, in milliseconds; 20 where absent. */
  readonly wayMs?: () => number;
  readonly onReached?: (what: FakeWork, id: string) => void;
}

export interface FakeOpenstack extends World {
  readonly fetch: Fetch;
  /** Every call that came, in order. */
  readonly calls: FakeCall[];
}

export const authUrl = 'http://keystone.test/v3';
export const projectId = '6ff5a95e39e34f55ab06b99b2cb1c887';
export const imageId = '95bb7d37-7df6-4598-bdc7-f7c5b84e0ac9';

/** Thrown by a route: the service refuses. */
export class Refused extends Error {
  readonly answer: FakeAnswer;

  constructor(status: number, name: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    const isNeutron = /^[A-Z]/.test(name);
    const body = isNeutron
      ? { NeutronError: { type: name, message, detail: '' } }
      : { [name]: { code: status, message } };
    this.answer = { status, body, headers };
  }
}

export function fakeOpenstack(clock: Clock, options: FakeStackOptions = {}): FakeOpenstack {
  const { takesMs, wayMs = () => 20, onReached } = options;
  let made = 0;
  const world: World = {
    clock,
    id() {
      made += 1;
      return `${made.toString(16).padStart(8, '0')}-0000-4000-8000-${made.toString(16).padStart(12, '0')}`;
    },
    after: (delayMs, act) => void clock.after(delayMs, act),
    takesMs: (what, usualMs) => takesMs?.(what) ?? usualMs,
    reached: (what, id) => onReached?.(what, id),
    servers: new Map(),
    volumes: new Map(),
    snapshots: new Map(),
    floatingIps: new Map(),
    ports: new Map(),
    recordsets: new Map(),
    tokens: new Map(),
    password: 'planted-password-9f',
    tokenMs: 3_600_000,
    tokensGiven: 0,
  };
  const services: Readonly<Record<string, readonly Route[]>> = {
    'keystone.test': [],
    'nova.test': novaRoutes(world),
    'cinder.test': cinderRoutes(world),
    'neutron.test': neutronRoutes(world),
    'glance.test': glanceRoutes(),
    'designate.test': designateRoutes(world),
  };
  const calls: FakeCall[] = [];
  const answerTo = (host: string, call: FakeCall): FakeAnswer => {
    if (host === 'keystone.test') return keystone(world, call, options.dns ?? false);
    const endsAtMs = world.tokens.get(call.headers['x-auth-token'] ?? '') ?? 0;
    if (endsAtMs <= clock.now()) {
      const message = 'The request you have made requires authentication.';
      return { status: 401, body: { error: { code: 401, message, title: 'Unauthorized' } } };
    }
    for (const [method, pattern, answer] of services[host] ?? []) {
      const found = method === call.method ? pattern.exec(call.path) : null;
      if (found !== null) return answered(() => answer(found.slice(1), call));
    }
    return {
      status: 404,
      body: { code: '404 Not Found', title: 'Not Found', message: 'No such path.<br />' },
    };
  };
  return {
    ...world,
    // The counters are the world's own: whoever turns them turns both.
    get tokenMs() {
      return world.tokenMs;
    },
    set tokenMs(lifeMs) {
      world.tokenMs = lifeMs;
    },
    get tokensGiven() {
      return world.tokensGiven;
    },
    calls,
    async fetch(url, init) {
      const { host, pathname, searchParams } = new URL(url);
      const call: FakeCall = {
        method: init.method,
        path: pathname.replace(/^\/v[\d.]+(?:\/[0-9a-f]{32})?(?=\/|$)/, '') || '/',
        query: searchParams,
        body: init.body === undefined ? {} : JSON.parse(init.body),
        headers: init.headers,
      };
      calls.push(call);
      await untilSent(clock, wayMs(), init);
      const { status, body, headers = {} } = answerTo(host, call);
      await untilSent(clock, wayMs(), init);
      const all: Record<string, string> = {
        'content-type': 'application/json',
        'x-openstack-request-id': `req-${calls.length}`,
        ...headers,
      };
      return {
        status,
        headers: { get: (name) => all[name.toLowerCase()] ?? null },
        text: async () => (body === undefined ? '' : JSON.stringify(body)),
      };
    },
  };
}

function untilSent(clock: Clock, wayMs: number, { signal }: FetchInit): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(wayMs, resolve);
    const end = (): void => {
      cancel();
      reject(new Error('This operation was aborted'));
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

function answered(answer: () => FakeAnswer): FakeAnswer {
  try {
    return answer();
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.answer;
    throw thrown;
  }
}

/** A page of a list: by `limit` and `marker`, with a link to the next one whose host leads nowhere. */
export function pageOf(name: string, all: readonly Json[], { query, path }: FakeCall): FakeAnswer {
  const marker = query.get('marker');
  const from = marker === null ? 0 : all.findIndex((one) => one['id'] === marker) + 1;
  const limit = Number(query.get('limit') ?? '1000');
  const items = all.slice(from, from + limit);
  const next = new URLSearchParams(query);
  next.set('marker', String(items.at(-1)?.['id']));
  const links =
    from + limit < all.length
      ? { [`${name}_links`]: [{ rel: 'next', href: `http://behind.test${path}?${next}` }] }
      : {};
  return { status: 200, body: { [name]: items, ...links } };
}
