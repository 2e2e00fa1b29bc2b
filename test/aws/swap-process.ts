// One process of a swap over EC2's language. Told so, it dies by SIGKILL right after EC2 has done what a call asked for
// and before anybody has heard of it.

import { awsCloud, type Ec2Api, ec2Client } from '@belay/aws';
import type { Wanted } from '../../examples/volume-swap/workload.ts';
import { playAct } from '../swap/act.ts';
import type { Act } from '../swap/stories.ts';
import { withFaults } from './faults.ts';
import { region } from './place.ts';

/** What the process is told, as JSON in its first argument; the cloud is in its environment. */
export interface Orders extends Act<keyof Ec2Api> {
  readonly wanted: Wanted;
  readonly folder: string;
}

// The orders are written by `swap.ts`, next to this file.
const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
let swapping = false;

const { api, fail } = withFaults(ec2Client({ region }));
const client = dying(api, orders.dieAfter);
await playAct(orders, {
  ...orders,
  cloud: awsCloud({ account: 'test', region, client, visibilityMs: 300 }),
  curtain() {
    if (orders.refuseAttach === true) fail('attachVolume', 'UnauthorizedOperation', 403, 1);
    swapping = true;
  },
});

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
