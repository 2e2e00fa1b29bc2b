// Faults between the adapter and the real client: what moto, which always answers at once, cannot show by itself.

import type { Ec2Api } from '@belay/aws';
import type { LeverOperation, Levers, Refusal } from '@belay/cloud/conformance';

export interface FaultyApi {
  readonly api: Ec2Api;
  readonly levers: Pick<Levers, 'loseReply' | 'refuse' | 'calls'>;
  /** The next so many calls of this kind fail with this code and change nothing. */
  fail(call: keyof Ec2Api, code: string, status: number, times: number): void;
}

const callOf: Readonly<Record<LeverOperation, keyof Ec2Api>> = {
  'instances.create': 'runInstances',
  'instances.start': 'startInstances',
  'volumes.create': 'createVolume',
  'volumes.attach': 'attachVolume',
  'volumes.detach': 'detachVolume',
  'floatingIps.create': 'allocateAddress',
  'floatingIps.move': 'associateAddress',
  'volumes.get': 'describeVolumes',
  'volumes.modify': 'modifyVolume',
  'snapshots.create': 'createSnapshot',
};

const refusals = {
  throttled: { code: 'RequestLimitExceeded', status: 503 },
  transient: { code: 'InternalError', status: 500 },
  html: { code: 'InternalError', status: 502 },
  'out-of-stock': { code: 'InsufficientInstanceCapacity', status: 500 },
  quota: { code: 'VolumeLimitExceeded', status: 400 },
  forbidden: { code: 'UnauthorizedOperation', status: 403 },
  unauthenticated: { code: 'AuthFailure', status: 401 },
  cooldown: { code: 'VolumeModificationRateExceeded', status: 400 },
} satisfies Record<Refusal, { code: string; status: number }>;

type Fault = 'lose' | { readonly code: string; readonly status: number };

export function withFaults(api: Ec2Api): FaultyApi {
  const planned = new Map<string, Fault[]>();
  const counts = new Map<string, number>();
  const add = (call: keyof Ec2Api, faults: readonly Fault[]): void => {
    planned.set(call, [...(planned.get(call) ?? []), ...faults]);
  };
  const faulty = new Proxy(api, {
    get(target, call: keyof Ec2Api) {
      const send: unknown = Reflect.get(target, call);
      if (typeof send !== 'function') return send;
      return async (...request: unknown[]): Promise<unknown> => {
        counts.set(call, (counts.get(call) ?? 0) + 1);
        const fault = planned.get(call)?.shift();
        if (fault !== undefined && fault !== 'lose') throw refused(fault.code, fault.status);
        const answer: unknown = await Reflect.apply(send, target, request);
        if (fault === 'lose') throw new Error('socket hang up');
        return answer;
      };
    },
  });
  const fail: FaultyApi['fail'] = (call, code, status, times) =>
    add(
      call,
      Array.from({ length: times }, () => ({ code, status })),
    );
  return {
    api: faulty,
    fail,
    levers: {
      loseReply: (operation) => add(callOf[operation], ['lose']),
      refuse: (operation, how, times) =>
        fail(callOf[operation], refusals[how].code, refusals[how].status, times),
      calls: (operation) => counts.get(callOf[operation]) ?? 0,
    },
  };
}

function refused(code: string, httpStatusCode: number): Error {
  return Object.assign(new Error(code), { name: code, $metadata: { httpStatusCode, requestId: 'planned' } });
}
