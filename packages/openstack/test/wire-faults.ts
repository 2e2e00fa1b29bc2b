// Faults at the wire, under the adapter: a `fetch` that loses answers, refuses in a service's place, changes what a read
// shows, and counts. Whatever it does not touch goes to the real services.

import type { LeverOperation, Levers } from '@belay/cloud/conformance';
import type { Fetch, FetchAnswer, FetchInit } from '../src/http.ts';
import { isCallOf, type MadeUp, refusalBy, type WireCall } from './routes.ts';
import { answerOf, openViews } from './views.ts';

export interface WireFaults {
  /** Where Keystone is, where not as the environment says. */
  readonly authUrl?: string | undefined;
  readonly levers: Levers;
  /** What one process sends by. */
  process(): WireProcess;
  close(): Promise<void>;
}

/** The token that a process used last, and how many it got. */
export interface WireProcess {
  readonly fetch: Fetch;
  readonly token: () => string | undefined;
  readonly sessions: () => number;
}

export function processOf(send: Fetch): WireProcess {
  let token: string | undefined;
  let sessions = 0;
  return {
    token: () => token,
    sessions: () => sessions,
    async fetch(url, init) {
      token = init.headers['x-auth-token'] ?? token;
      const answer = await send(url, init);
      if (url.endsWith('/auth/tokens') && answer.status === 201) {
        sessions += 1;
        token = answer.headers.get('x-subject-token') ?? token;
      }
      return answer;
    },
  };
}

interface Strike {
  left: number;
  readonly how: 'lose' | MadeUp;
}

export function wireFaults(network: Fetch): WireFaults {
  const strikes = new Map<LeverOperation, Strike[]>();
  const counts = new Map<LeverOperation, number>();
  const operations: readonly LeverOperation[] = operationNames;
  let refusing = false;
  const views = openViews(network);
  const add = (operation: LeverOperation, strike: Strike): void => {
    strikes.set(operation, [...(strikes.get(operation) ?? []), strike]);
  };
  let lastDetach: { readonly url: string; readonly init: FetchInit } | undefined;

  const strikeFor = (call: WireCall): Strike['how'] | undefined => {
    let found: Strike['how'] | undefined;
    for (const operation of operations.filter((one) => isCallOf(one, call))) {
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
      const next = strikes.get(operation)?.find(({ left }) => left > 0);
      if (next === undefined || found !== undefined) continue;
      next.left -= 1;
      found = next.how;
    }
    return found;
  };

  const through = async (url: string, init: FetchInit): Promise<FetchAnswer> => {
    if (refusing) return answerOf(refusalBy('volumes.get', 'unauthenticated'));
    const call = callOf(url, init);
    const how = strikeFor(call);
    if (how !== undefined && how !== 'lose') return answerOf(how);
    if (isCallOf('volumes.detach', call)) lastDetach = { url, init };
    const answer = await views.pass(url, init, call);
    if (how !== 'lose') return answer;
    await answer.text();
    throw new Error('socket hang up');
  };

  return {
    process: () => processOf(through),
    close: async () => undefined,
    levers: {
      ...views.levers,
      loseReply: (operation) => add(operation, { left: 1, how: 'lose' }),
      refuse(operation, how, times) {
        if (operation === 'instances.create' && how === 'out-of-stock') views.failNextServers(times);
        else add(operation, { left: times, how: refusalBy(operation, how) });
      },
      calm() {
        strikes.clear();
        views.calm();
      },
      calls: (operation) => counts.get(operation) ?? 0,
      async replay() {
        if (lastDetach === undefined) throw new Error('Nothing was detached yet.');
        await network(lastDetach.url, { ...lastDetach.init, signal: new AbortController().signal });
      },
      refuseSessions() {
        refusing = true;
        return () => {
          refusing = false;
        };
      },
    },
  };
}

const operationNames: readonly LeverOperation[] = [
  'instances.get',
  'snapshots.get',
  'floatingIps.get',
  'instances.create',
  'instances.start',
  'volumes.get',
  'volumes.create',
  'volumes.attach',
  'volumes.detach',
  'volumes.modify',
  'snapshots.create',
  'floatingIps.create',
  'floatingIps.move',
];

function callOf(url: string, { method, body = '' }: FetchInit): WireCall {
  const { pathname } = new URL(url);
  return { method, path: pathname.replace(/^\/v[\d.]+(?:\/[0-9a-f]{32})?/, ''), body };
}
