// Faults on the network: a proxy stands before each service of the catalogue and drops, refuses and counts.

import type { LeverOperation, Levers } from '@belay/cloud/conformance';
import { type FaultProxy, openFaultProxy, type ProxyFault, type ProxyRule } from '@belay/sim/proxy';
import type { Fetch } from '../src/http.ts';
import type { Behind, OsEnvironment } from './behind.ts';
import { type MadeUp, patterns, refusalBy } from './routes.ts';
import { processOf, type WireFaults } from './wire-faults.ts';

export async function proxyFaults(
  environment: OsEnvironment,
  { origins }: Behind,
  network: Fetch,
): Promise<WireFaults> {
  const authUrl = new URL(environment['OS_AUTH_URL'] ?? '');
  const upstreams = { ...origins, identity: authUrl.origin };
  const opened = await openFaultProxy({ upstreams, rewriteCatalogue: [{ path: '/v3/auth/tokens' }] });
  if (opened.isErr()) throw new Error(opened.error.message);
  const proxy = opened.value;
  return {
    authUrl: `${proxy.urls.identity}${authUrl.pathname}`,
    process: () => processOf(network),
    close: () => proxy.close(),
    levers: leversOf(proxy),
  };
}

function leversOf(proxy: FaultProxy<string>): Levers {
  const inject = (operation: LeverOperation, fault: ProxyFault, times: number): void => {
    const rule: ProxyRule = { ...patterns[operation], times, fault };
    proxy.inject(rule);
  };
  return {
    loseReply: (operation) => inject(operation, { kind: 'drop-reply' }, 1),
    refuse: (operation, how, times) => inject(operation, answerFault(refusalBy(operation, how)), times),
    calm: () => proxy.clear(),
    calls: (operation) => {
      const { method, path } = patterns[operation];
      return proxy.calls({ method, path }).asked;
    },
    refuseSessions() {
      const fault = answerFault(refusalBy('volumes.get', 'unauthenticated'));
      return proxy.inject({ fault, times: 1_000_000 });
    },
  };
}

function answerFault({ status, body, headers }: MadeUp): ProxyFault {
  const { 'content-type': contentType = 'text/plain', ...others } = headers;
  return { kind: 'answer', status, body, contentType, headers: others };
}
