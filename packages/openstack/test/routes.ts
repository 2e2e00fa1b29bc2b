// Which calls of OpenStack the operations of the levers are, and how its services refuse them in their own words.

import type { LeverOperation, Refusal } from '@belay/cloud/conformance';

/** A call as it goes over the wire. */
export interface WireCall {
  readonly method: string;
  /** Without host and query, and without what stands before the resource: `/volumes/detail`. */
  readonly path: string;
  readonly body: string;
}

const routes: Readonly<Record<LeverOperation, (call: WireCall) => boolean>> = {
  'instances.get': ({ method, path }) => method === 'GET' && /^\/servers(?:\/[^/]+)?$/.test(path),
  'instances.create': ({ method, path }) => method === 'POST' && path === '/servers',
  'instances.start': ({ method, path, body }) =>
    method === 'POST' && path.endsWith('/action') && body.includes('os-start'),
  'volumes.get': ({ method, path }) => method === 'GET' && path.startsWith('/volumes/'),
  'volumes.create': ({ method, path }) => method === 'POST' && path === '/volumes',
  'volumes.attach': ({ method, path }) => method === 'POST' && path.endsWith('/os-volume_attachments'),
  'volumes.detach': ({ method, path }) => method === 'DELETE' && path.includes('/os-volume_attachments/'),
  'volumes.modify': ({ method, path }) => method === 'POST' && /^\/volumes\/[^/]+\/action$/.test(path),
  'snapshots.get': ({ method, path }) => method === 'GET' && path.startsWith('/snapshots/'),
  'snapshots.create': ({ method, path }) => method === 'POST' && path === '/snapshots',
  'floatingIps.get': ({ method, path }) => method === 'GET' && path === '/floatingips',
  'floatingIps.create': ({ method, path }) => method === 'POST' && path === '/floatingips',
  'floatingIps.move': ({ method, path }) => method === 'PUT' && /^\/floatingips\/[^/]+$/.test(path),
};

export function isCallOf(operation: LeverOperation, call: WireCall): boolean {
  return routes[operation](call);
}

/** The same calls as patterns of paths, for the fault proxy. */
export const patterns: Readonly<
  Record<LeverOperation, { readonly method: string; readonly path: string; readonly body?: string }>
> = {
  'instances.get': { method: 'GET', path: '/v2.1/servers/*' },
  'instances.create': { method: 'POST', path: '/v2.1/servers' },
  'instances.start': { method: 'POST', path: '/v2.1/servers/*/action', body: 'os-start' },
  'volumes.get': { method: 'GET', path: '/v3/*/volumes/*' },
  'volumes.create': { method: 'POST', path: '/v3/*/volumes' },
  'volumes.attach': { method: 'POST', path: '/v2.1/servers/*/os-volume_attachments' },
  'volumes.detach': { method: 'DELETE', path: '/v2.1/servers/*/os-volume_attachments/*' },
  'volumes.modify': { method: 'POST', path: '/v3/*/volumes/*/action' },
  'snapshots.get': { method: 'GET', path: '/v3/*/snapshots/*' },
  'snapshots.create': { method: 'POST', path: '/v3/*/snapshots' },
  'floatingIps.get': { method: 'GET', path: '/v2.0/floatingips' },
  'floatingIps.create': { method: 'POST', path: '/v2.0/floatingips' },
  'floatingIps.move': { method: 'PUT', path: '/v2.0/floatingips/*' },
};

/** An answer that no service gave. */
export interface MadeUp {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const requestId = 'req-0bad0bad-0bad-4bad-8bad-0bad0bad0bad';
const json = { 'content-type': 'application/json', 'x-openstack-request-id': requestId };

export function madeUp(status: number, body: object, headers: Readonly<Record<string, string>> = {}): MadeUp {
  return { status, body: JSON.stringify(body), headers: { ...json, ...headers } };
}

/** How the service of that operation refuses. */
export function refusalBy(operation: LeverOperation, how: Refusal): MadeUp {
  if (how === 'html') {
    const page =
      '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
    return { status: 502, body: page, headers: { 'content-type': 'text/html' } };
  }
  if (how === 'unauthenticated') {
    return madeUp(401, {
      error: { code: 401, title: 'Unauthorized', message: 'The request requires authentication.' },
    });
  }
  if (how === 'throttled') {
    const body = { overLimit: { code: 429, message: 'This request was rate-limited.' } };
    return madeUp(429, body, { 'retry-after': '0' });
  }
  if (operation.startsWith('floatingIps.')) return neutron(how);
  if (how === 'quota') return quotaBy(operation);
  const { status, name, message } = ofNova[how];
  return madeUp(status, { [name]: { code: status, message } });
}

const ofNova: Readonly<
  Record<
    Exclude<Refusal, 'html' | 'unauthenticated' | 'throttled' | 'quota'>,
    { readonly status: number; readonly name: string; readonly message: string }
  >
> = {
  transient: { status: 500, name: 'computeFault', message: 'Unexpected API Error.' },
  'out-of-stock': { status: 500, name: 'computeFault', message: 'No valid host was found.' },
  forbidden: { status: 403, name: 'forbidden', message: "Policy doesn't allow it to be performed." },
  cooldown: { status: 409, name: 'conflictingRequest', message: 'It was changed too often.' },
};

function quotaBy(operation: LeverOperation): MadeUp {
  if (operation.startsWith('instances.')) {
    return madeUp(403, { forbidden: { code: 403, message: 'Quota exceeded for instances: Requested 1.' } });
  }
  if (operation === 'volumes.attach') {
    const message =
      'The maximum allowed number of disk devices (26) to attach to a single instance has been exceeded.';
    return madeUp(403, { forbidden: { code: 403, message } });
  }
  const message = 'VolumeLimitExceeded: Maximum number of volumes allowed (40) exceeded for quota.';
  return madeUp(413, { overLimit: { code: 413, message, retryAfter: '0' } }, { 'retry-after': '0' });
}

function neutron(how: Refusal): MadeUp {
  const [status, type] =
    how === 'quota'
      ? [409, 'OverQuota']
      : how === 'forbidden'
        ? [403, 'PolicyNotAuthorized']
        : [500, 'HTTPInternalServerError'];
  return madeUp(status, { NeutronError: { type, message: `${type}, as it was told.`, detail: '' } });
}
