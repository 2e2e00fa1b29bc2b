import type { Filter, TagSpecification } from '@aws-sdk/client-ec2';
import type { Clock } from '@belay/cloud';
import type { LeverOperation, Levers, Refusal } from '@belay/cloud/conformance';
import type { Ec2Api } from '../src/ec2-api.ts';
import { fakeAddresses } from './fake-addresses.ts';
import { fakeInstances } from './fake-instances.ts';
import { fakeVolumes } from './fake-volumes.ts';

// A small EC2 behind the narrow interface: states that take time, tokens that are remembered, reads that lag behind
// when told so, and faults on request. It refuses what EC2 refuses, in EC2's words.

export interface World {
  readonly clock: Clock;
  readonly latencyMs: number;
  readonly tokens: Map<string, { readonly request: string; readonly id: string }>;
  readonly hidden: Map<string, number>;
  hideNext: number;
  id(prefix: string): string;
}

export interface FakeEc2 {
  readonly api: Ec2Api;
  readonly levers: Levers & Required<Pick<Levers, FakeLever>>;
  /** How often each call was sent. */
  sent(call: keyof Ec2Api): number;
  /** The requests of a call, in order. */
  requests(call: keyof Ec2Api): readonly object[];
  /** The next call of this kind fails so. */
  failNext(call: keyof Ec2Api, code: string, message?: string, status?: number): void;
  /** The next call of this kind is never answered. */
  hangNext(call: keyof Ec2Api): void;
  readonly instances: ReturnType<typeof fakeInstances>;
  readonly volumes: ReturnType<typeof fakeVolumes>;
}

type FakeLever = 'loseReply' | 'refuse' | 'stickVolume' | 'hideNew' | 'staleReads' | 'holdDisk' | 'protect';

export const zones: readonly [string, string] = ['xx-test-1a', 'xx-test-1b'];

const callOf = {
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
} as const satisfies Record<LeverOperation, keyof Ec2Api>;

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

interface Fault {
  readonly how: 'refuse' | 'lose' | 'hang';
  readonly error: Error;
}

export function fakeEc2(clock: Clock): FakeEc2 {
  let ids = 0;
  const world: World = {
    clock,
    latencyMs: 1_500,
    tokens: new Map(),
    hidden: new Map(),
    hideNext: 0,
    id: (prefix) => `${prefix}-${(0x0a00_0000 + ++ids).toString(16).padStart(17, '0')}`,
  };
  const volumes = fakeVolumes(world);
  const instances = fakeInstances(world, volumes);
  volumes.join(instances);
  const handlers: { readonly [C in keyof Ec2Api]?: (request: never) => unknown } = {
    ...instances.calls,
    ...volumes.calls,
    ...fakeAddresses(world),
  };
  const log: { call: string; request: object }[] = [];
  const faults = new Map<string, Fault[]>();
  const fault = (call: string, how: Fault['how'], error = new Error('socket hang up')): void => {
    faults.set(call, [...(faults.get(call) ?? []), { how, error }]);
  };
  const send = async (call: keyof Ec2Api, request: object, signal: AbortSignal): Promise<unknown> => {
    log.push({ call, request });
    const next = faults.get(call)?.shift();
    await pause(clock, 20, signal);
    if (next?.how === 'refuse') throw next.error;
    // The handlers take EC2's own requests; which one a call takes is checked where the adapter makes it.
    const answer: unknown = structuredClone(handlers[call]?.(request as never));
    if (next?.how === 'lose') throw next.error;
    if (next?.how === 'hang') await pause(clock, Number.MAX_SAFE_INTEGER, signal);
    await pause(clock, 20, signal);
    return answer;
  };
  const entries = Object.keys(handlers).map((call) => [
    call,
    (request: object, signal: AbortSignal) => send(call as keyof Ec2Api, request, signal),
  ]);
  return {
    // One sender for all calls: their types are those of the interface, which the handlers follow.
    api: Object.fromEntries(entries) as Ec2Api,
    sent: (call) => log.filter((one) => one.call === call).length,
    requests: (call) => log.filter((one) => one.call === call).map(({ request }) => request),
    failNext: (call, code, message = code, status = 400) =>
      fault(call, 'refuse', ec2Error(code, message, status)),
    hangNext: (call) => fault(call, 'hang'),
    instances,
    volumes,
    levers: {
      loseReply: (operation) => fault(callOf[operation], 'lose'),
      refuse(operation, how, times) {
        const { code, status } = refusals[how];
        for (let i = 0; i < times; i++) fault(callOf[operation], 'refuse', ec2Error(code, code, status));
      },
      stickVolume: (id) => volumes.stick(id),
      hideNew(reads) {
        world.hideNext = reads;
      },
      staleReads: (id, reads) => volumes.stale(id, reads),
      holdDisk: (id) => volumes.hold(id),
      protect: async (id, on) => instances.protect(id, on),
      calm: () => faults.clear(),
      calls: (operation) => log.filter((one) => one.call === callOf[operation]).length,
    },
  };
}

export function ec2Error(code: string, message: string, status = 400): Error {
  const $metadata = { httpStatusCode: status, requestId: `req-${code}` };
  return Object.assign(new Error(message), { name: code, $metadata });
}

/** A resource that is not to be seen yet is not found by its id, and left out where it is not named. */
export function isHidden(world: World, id: string): boolean {
  const left = world.hidden.get(id) ?? 0;
  world.hidden.set(id, left - 1);
  return left > 0;
}

export function made(world: World, id: string): string {
  world.hidden.set(id, world.hideNext);
  world.hideNext = 0;
  return id;
}

export function tagsIn(
  specifications: readonly TagSpecification[] | undefined,
): { Key: string; Value: string }[] {
  return (specifications?.[0]?.Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
}

export function matches(
  filters: readonly Filter[] | undefined,
  tags: readonly { Key: string; Value: string }[],
): boolean {
  return (filters ?? [])
    .filter(({ Name }) => Name?.startsWith('tag:') === true)
    .every(({ Name, Values }) => {
      const found = tags.find(({ Key }) => `tag:${Key}` === Name)?.Value;
      return found !== undefined && Values?.some((value) => value.replace(/\\(.)/g, '$1') === found) === true;
    });
}

function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    };
    const cancel = clock.after(durationMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
