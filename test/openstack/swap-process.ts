// One process of a swap over OpenStack: sets a workload up, or carries on what another process left, and prints what
// came of it as one line of JSON. Told so, it dies by SIGKILL right after a service has done what a call asked for and
// before anybody has heard of it.

import { type Cloud, cloudRegistry } from '@belay/cloud';
import type { Fetch } from '@belay/openstack';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from '../../examples/volume-swap/paper-hosts.ts';
import { services, setUp, type Wanted } from '../../examples/volume-swap/workload.ts';
import { openCloud } from './place.ts';
import { faultsOf } from './stack/faults.ts';
import { settingsFrom } from './stack/settings.ts';

/** What the process is told, as JSON in its first argument; the cloud is in its environment. */
export interface Orders {
  readonly wanted: Wanted;
  readonly folder: string;
  readonly act: 'swap' | 'recover' | 'revert';
  /** The first attach of the swap is refused by the service's policy. */
  readonly refuseAttach?: boolean;
  /** The first attach of the swap is accepted, and then given up by the storage. */
  readonly failAttach?: boolean;
  /** Dies right after this call of the swap has taken effect. */
  readonly dieAfter?: ChangeName;
}

/** The line that it prints. */
export interface Told {
  readonly state: string;
  readonly detail: string;
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
const { wanted, folder } = orders;
const { name } = wanted;
const runId = `${name}-swap`;
let swapping = false;
let refusals = 0;

const cloud: Cloud = await openCloud({ access: process.env }, { fetch: dying(orders.dieAfter) });
const hosts = paperHosts(`${folder}/${name}.hosts.json`, cloud, services);
const runner = await openRunner({
  graphs: planner.graphs,
  services: { clouds: cloudRegistry([cloud]), hosts },
  journal: sqliteJournal(`${folder}/${name}.db`),
});

const told = await act();
await runner.close();
console.log(JSON.stringify(told));

async function act(): Promise<Told> {
  switch (orders.act) {
    case 'swap':
      return swap();
    case 'recover': {
      const recovered = await runner.recover();
      if (recovered.isErr()) return { state: 'error', detail: recovered.error.message };
      const { recovered: ids, left } = recovered.value;
      if (!ids.includes(runId)) return { state: 'not-recovered', detail: JSON.stringify(left) };
      return toldOf(await runner.wait(runId));
    }
    case 'revert':
      return toldOf(await runner.revert(runId, { by: 'the test', reason: 'to see it go back' }));
  }
}

async function swap(): Promise<Told> {
  const made = await setUp(cloud, hosts, wanted);
  if (made.isErr()) return { state: 'error', detail: made.error.message };
  const { input, sourceId, volumeId, floatingIpId } = made.value;
  console.log(JSON.stringify({ sourceId, volumeId, floatingIpId }));
  if (orders.refuseAttach === true) refusals = 1;
  if (orders.failAttach === true) faultsOf(settingsFrom(process.env)).failAttach(volumeId);
  swapping = true;
  return toldOf(await runner.run(planner.volumeSwap, input, { id: runId, keys: [`node/${name}`] }));
}

function toldOf(result: Awaited<ReturnType<typeof runner.wait>>): Told {
  return result.match(
    (outcome) => ({
      state: outcome.state,
      detail: 'cause' in outcome ? (outcome.cause?.message ?? '') : JSON.stringify(outcome),
    }),
    (error) => ({ state: 'error', detail: error.message }),
  );
}

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
