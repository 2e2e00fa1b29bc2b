// Faults between the adapter and the real client, for processes of a swap: a call that is refused in EC2's words.

import type { Ec2Api } from '@belay/aws';

export interface FaultyApi {
  readonly api: Ec2Api;
  /** The next so many calls of this kind fail with this code and change nothing. */
  fail(call: keyof Ec2Api, code: string, status: number, times: number): void;
}

export function withFaults(api: Ec2Api): FaultyApi {
  const planned = new Map<string, Error[]>();
  return {
    api: new Proxy(api, {
      get(target, call: string) {
        const send: unknown = Reflect.get(target, call);
        if (typeof send !== 'function') return send;
        return async (...request: unknown[]): Promise<unknown> => {
          const refusal = planned.get(call)?.shift();
          if (refusal !== undefined) throw refusal;
          return Reflect.apply(send, target, request);
        };
      },
    }),
    fail(call, code, httpStatusCode, times) {
      const refusal = Object.assign(new Error(code), {
        name: code,
        $metadata: { httpStatusCode, requestId: 'planned' },
      });
      planned.set(call, [...(planned.get(call) ?? []), ...Array.from({ length: times }, () => refusal)]);
    },
  };
}
