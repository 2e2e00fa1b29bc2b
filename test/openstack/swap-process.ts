// One process of a swap over OpenStack. Told so, it dies by SIGKILL right after a service has done what a call asked for
// and before anybody has heard of it.

import type { Fetch } from '@belay/openstack';
import type { Wanted } from '../../examples/volume-swap/workload.ts';
import { playAct } from '../swap/act.ts';
import type { Act } from '../swap/stories.ts';
import { openCloud } from './place.ts';
import { faultsOf } from './stack/faults.ts';
import { settingsFrom } from './stack/settings.ts';

/** What the process is told, as JSON in its first argument; the cloud is in its environment. */
export interface Orders extends Act<ChangeName> {
  readonly wanted: Wanted;
  readonly folder: string;
}

export type ChangeName = 'createServer' | 'detachVolume' | 'attachVolume' | 'moveAddress' | 'renameServer';

/** The calls of a swap that change something, in their order. */
const changes: Readonly<Record<ChangeName, { readonly method: string; readonly path: RegExp }>> = {
  createServer: { method: 'POST', path: /\/servers$/ },
  detachVolume: { method: 'DELETE', path: /\/os-volume_attachments\/[^/]+$/ },
  attachVolume: { method: 'POST', path: /\/os-volume_attachments$/ },
  moveAddress: { method: 'PUT', path: /\/floatingips\/[^/]+$/ },
  renameServer: { method: 'PUT', path: /\/servers\/[^/]+$/ },
};

// The orders are written by `swap.ts`, next to this file.
const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
let swapping = false;
let refusals = 0;

await playAct(orders, {
  ...orders,
  cloud: await openCloud({ access: process.env }, { fetch: dying(orders.dieAfter) }),
  curtain({ volumeId }) {
    if (orders.refuseAttach === true) refusals = 1;
    if (orders.failAttach === true) faultsOf(settingsFrom(process.env)).failAttach(volumeId);
    swapping = true;
  },
});

/** Node's own fetch, until the call after which it dies. */
function dying(after: ChangeName | undefined): Fetch {
  const isCall = (name: ChangeName, method: string, url: string): boolean =>
    changes[name].method === method && changes[name].path.test(new URL(url).pathname);
  return async (url, init) => {
    if (swapping && refusals > 0 && isCall('attachVolume', init.method, url)) {
      refusals -= 1;
      const body = { forbidden: { code: 403, message: "Policy doesn't allow this to be performed." } };
      return Response.json(body, { status: 403 });
    }
    const answer = await fetch(url, init);
    if (swapping && after !== undefined && isCall(after, init.method, url) && answer.ok)
      process.kill(process.pid, 'SIGKILL');
    return answer;
  };
}
