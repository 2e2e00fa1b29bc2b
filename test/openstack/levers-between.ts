// Levers that work on the way: a fault proxy stands between the adapter and every service, and the services behind it
// are the real ones. What it makes up in their place is in their own words.

import type { LeverOperation, Levers, Refusal } from '@belay/cloud/conformance';
import type { CallPattern, FaultProxy, ProxyFault } from '@belay/sim/proxy';

type ServiceName = 'identity' | 'compute' | 'volume' | 'image' | 'network';

interface Route extends CallPattern<ServiceName> {
  /** Told apart from other calls to the same path by this in the body. */
  readonly body?: string;
}

const actions = '/v2.1/servers/*/action';

const routes: Readonly<Record<LeverOperation, Route>> = {
  'instances.get': { service: 'compute', method: 'GET', path: '/v2.1/servers/*' },
  'instances.create': { service: 'compute', method: 'POST', path: '/v2.1/servers' },
  'instances.start': { service: 'compute', method: 'POST', path: actions, body: 'os-start' },
  'volumes.get': { service: 'volume', method: 'GET', path: '/v3/*/volumes/*' },
  'volumes.create': { service: 'volume', method: 'POST', path: '/v3/*/volumes' },
  'volumes.attach': { service: 'compute', method: 'POST', path: '/v2.1/servers/*/os-volume_attachments' },
  'volumes.detach': { service: 'compute', method: 'DELETE', path: '/v2.1/servers/*/os-volume_attachments/*' },
  'volumes.modify': { service: 'volume', method: 'POST', path: '/v3/*/volumes/*/action', body: 'os-extend' },
  'snapshots.get': { service: 'volume', method: 'GET', path: '/v3/*/snapshots/*' },
  'snapshots.create': { service: 'volume', method: 'POST', path: '/v3/*/snapshots' },
  'floatingIps.get': { service: 'network', method: 'GET', path: '/v2.0/floatingips' },
  'floatingIps.create': { service: 'network', method: 'POST', path: '/v2.0/floatingips' },
  'floatingIps.move': { service: 'network', method: 'PUT', path: '/v2.0/floatingips/*' },
};

const signIns: Route = { service: 'identity', method: 'POST', path: '/v3/auth/tokens' };

export interface Between {
  readonly proxy: FaultProxy<ServiceName>;
  /** Repeats a request as the adapter sent it, past the proxy. */
  repeat(call: CallPattern): Promise<void>;
  /** The token that the adapter was given last is revoked. */
  revoke(): Promise<void>;
  /** The next server finds no host; where the stack behind the proxy is the test's own. */
  readonly failNextSchedule?: (() => () => void) | undefined;
}

export function proxyLevers({ proxy, repeat, revoke, failNextSchedule }: Between): Levers {
  const planned = new Set<() => void>();
  const strike = ({ body, ...route }: Route, fault: ProxyFault, times: number): (() => void) => {
    const undo = proxy.inject({ ...route, ...(body === undefined ? {} : { body }), times, fault });
    planned.add(undo);
    return () => {
      planned.delete(undo);
      undo();
    };
  };
  // Calls whose kind is in the body are counted by a rule that does nothing to them.
  for (const [operation, { body, ...route }] of Object.entries(routes)) {
    if (body === undefined) continue;
    proxy.inject({ ...route, id: operation, body, probability: 1, fault: { kind: 'delay', delayMs: 0 } });
  }
  return {
    loseReply: (operation) => {
      strike(routes[operation], { kind: 'drop-reply' }, 1);
    },
    refuse(operation, how, times) {
      // Nova accepts what it cannot place; so its scheduler is made to find no host.
      const isPlacement = operation === 'instances.create' && how === 'out-of-stock' && times === 1;
      if (isPlacement && failNextSchedule !== undefined) planned.add(failNextSchedule());
      else strike(routes[operation], refusalOf(routes[operation], how), times);
    },
    calm() {
      for (const undo of planned) undo();
      planned.clear();
    },
    replay: (operation) => repeat(routes[operation]),
    calls(operation) {
      const { body, ...route } = routes[operation];
      if (body === undefined) return proxy.calls(route).asked;
      return proxy.rules().find(({ id }) => id === operation)?.matched ?? 0;
    },
    endSession: revoke,
    sessions: () => proxy.calls(signIns).asked,
    refuseSessions() {
      const everywhere: readonly Route[] = [signIns, ...services.map((service) => ({ service }))];
      const undos = everywhere.map((route) =>
        strike(route, { kind: 'unauthenticated' }, Number.MAX_SAFE_INTEGER),
      );
      return () => {
        for (const undo of undos) undo();
      };
    },
  };
}

const services: readonly ServiceName[] = ['compute', 'volume', 'image', 'network'];

/** What the service itself would say, and a gateway where it is the gateway's. */
function refusalOf({ service }: Route, how: Refusal): ProxyFault {
  const says = (status: number, name: string, message: string, more = {}): ProxyFault => ({
    kind: 'answer',
    status,
    body:
      service === 'network'
        ? { NeutronError: { type: name, message, detail: '' } }
        : { [name]: { code: status, message, ...more } },
    headers: { 'x-openstack-request-id': 'req-00000000-0000-4000-8000-000000000000' },
  });
  switch (how) {
    case 'throttled':
      return { kind: 'throttle', retryAfterS: 1 };
    case 'transient':
      return says(503, 'serviceUnavailable', 'The server is currently unavailable.');
    case 'html':
      return { kind: 'gateway-error', status: 503 };
    case 'out-of-stock':
      return says(500, 'computeFault', 'No valid host was found. There are not enough hosts available.');
    case 'quota':
      if (service === 'network')
        return says(409, 'OverQuota', "Quota exceeded for resources: ['floatingip'].");
      if (service === 'compute') return says(403, 'forbidden', 'Quota exceeded, too many disk devices.');
      return says(413, 'overLimit', 'VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded.', {
        retryAfter: '0',
      });
    case 'forbidden':
      return says(403, 'forbidden', "Policy doesn't allow this to be performed.");
    case 'unauthenticated':
      return { kind: 'unauthenticated' };
    case 'cooldown':
      throw new Error('OpenStack has no cooldown.');
  }
}
