// One process of a swap over the emulator: sets a workload up, or carries on what another process left, and prints
// what came of it as one line of JSON. Told so, it dies by SIGKILL right after EC2 has done what a call asked for and
// before anybody has heard of it.

import { awsCloud, type Ec2Api, ec2Client } from '@belay/aws';
import { cloudRegistry } from '@belay/cloud';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from '../../examples/volume-swap/paper-hosts.ts';
import { services, setUp } from '../../examples/volume-swap/workload.ts';
import { withFaults } from './faults.ts';
import { region, zones } from './place.ts';

/** What the process is told, as JSON in its first argument. */
export interface Orders {
  readonly name: string;
  readonly folder: string;
  readonly imageId: string;
  readonly act: 'swap' | 'recover' | 'revert';
  /** The first attach of the swap is refused for good. */
  readonly refuseAttach?: boolean;
  /** Dies right after this call of the swap has taken effect. */
  readonly dieAfter?: keyof Ec2Api;
}

/** The line that it prints. */
export interface Told {
  readonly state: string;
  readonly detail: string;
}

// The orders are written by `swap.ts`, next to this file.
const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
const { name, folder, imageId } = orders;
const runId = `${name}-swap`;
let swapping = false;

const { api, fail } = withFaults(ec2Client({ region }));
const cloud = awsCloud({ account: 'moto', region, client: dying(api, orders.dieAfter), visibilityMs: 300 });
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
  const types = { instanceType: 't3.micro', newInstanceType: 't3.small', diskType: 'gp3' };
  const made = await setUp(cloud, hosts, { name, zone: zones[0], imageId, ...types });
  if (made.isErr()) return { state: 'error', detail: made.error.message };
  const { input, sourceId, volumeId, floatingIpId } = made.value;
  console.log(JSON.stringify({ sourceId, volumeId, floatingIpId }));
  if (orders.refuseAttach === true) fail('attachVolume', 'UnauthorizedOperation', 403, 1);
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

function dying(target: Ec2Api, after: keyof Ec2Api | undefined): Ec2Api {
  return new Proxy(target, {
    get(calls, call) {
      const send: unknown = Reflect.get(calls, call);
      if (call !== after || typeof send !== 'function') return send;
      return async (...request: unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(send, calls, request);
        if (swapping) process.kill(process.pid, 'SIGKILL');
        return answer;
      };
    },
  });
}
