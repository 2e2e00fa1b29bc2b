// The adapter over the real SDK and a real socket, with the strict EC2 of the simulator at the other end. Time goes
// fast. What was sent is kept, and calls can be made to fail or hang before they leave.

import type { Clock, Cloud, CloudError, CloudResult } from '@belay/cloud';
import type { Faults, SimWorld } from '@belay/sim';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import { onTestFinished } from 'vitest';
import { awsCloud } from '../src/aws-cloud.ts';
import type { Ec2Api } from '../src/ec2-api.ts';
import { ec2Client } from '../src/ec2-client.ts';
import type { Route53Api } from '../src/route53-api.ts';
import { route53Client } from '../src/route53-client.ts';

export interface Opened {
  readonly server: Ec2Server;
  readonly world: SimWorld;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly cloud: Cloud;
  /** A second adapter over the same EC2, as another process would open it. */
  open(): Cloud;
  readonly imageId: string;
  /** How often each call was sent. */
  sent(call: keyof Ec2Api): number;
  /** The requests of a call, in order. */
  requests(call: keyof Ec2Api): readonly object[];
  /** The changes of records that were sent, in order. */
  dnsRequests(): readonly object[];
  failNext(call: keyof Ec2Api, code: string, message?: string, status?: number): void;
  /** The next call takes effect and its answer is lost. */
  loseNext(call: keyof Ec2Api): void;
  /** The next call is never answered, and never sent. */
  hangNext(call: keyof Ec2Api): void;
  pause(durationMs: number): Promise<void>;
  until(isSo: () => boolean): Promise<void>;
}

export interface OpenOptions {
  readonly visibilityMs?: number;
  readonly hostedZones?: readonly string[];
  /** Somebody else's work, right before the next change of a record arrives. */
  readonly beforeDnsChange?: (world: SimWorld) => void;
}

type Fault = 'lose' | 'hang' | Error;

const timeScale = 20;

/** All the same and short, so that no test waits for what it is not about. */
const flat = [200, 200, 200] as const;
const latencies = Object.fromEntries(
  [
    'instances.create',
    'instances.start',
    'instances.stop',
    'instances.delete',
    'volumes.create',
    'volumes.copy',
    'volumes.attach',
    'volumes.detach',
    'volumes.modify',
    'snapshots.create',
    'snapshots.copy',
    'floatingIps.move',
    'dns.change',
  ].map((name) => [name, flat]),
);

export async function openEc2(options: OpenOptions = {}): Promise<Opened> {
  const { visibilityMs = 2_000, hostedZones = [], beforeDnsChange } = options;
  const started = await startEc2({ timeScale, hostedZones, world: { seed: 'aws tests', latencies } });
  const server = started._unsafeUnwrap();
  onTestFinished(() => server.close());
  const { sim } = server;
  const { clock, world } = sim;
  const sdk = {
    region: sim.at.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
  };
  const log: { readonly call: string; readonly request: object }[] = [];
  const faults = new Map<string, Fault[]>();
  const client = watched(ec2Client(sdk), log, faults);
  const dns = route53Client(sdk);
  const dnsLog: object[] = [];
  const dnsClient: Route53Api = {
    ...dns,
    changeResourceRecordSets(request, signal) {
      dnsLog.push(request);
      beforeDnsChange?.(world);
      return dns.changeResourceRecordSets(request, signal);
    },
  };
  const open = (): Cloud =>
    awsCloud({ ...sdk, account: sim.at.account, client, dnsClient, clock, chance: () => 0.5, visibilityMs });
  const add = (call: keyof Ec2Api, fault: Fault): void => {
    faults.set(call, [...(faults.get(call) ?? []), fault]);
  };
  return {
    server,
    world,
    clock,
    faults: sim.faults,
    cloud: open(),
    open,
    imageId: Object.keys(world.state().images)[0] ?? '',
    sent: (call) => log.filter((one) => one.call === call).length,
    requests: (call) => log.filter((one) => one.call === call).map(({ request }) => request),
    dnsRequests: () => dnsLog,
    failNext: (call, code, message = code, status = 400) => add(call, ec2Error(code, message, status)),
    loseNext: (call) => add(call, 'lose'),
    hangNext: (call) => add(call, 'hang'),
    pause: (durationMs) => new Promise((wake) => clock.after(durationMs, () => wake())),
    async until(isSo: () => boolean): Promise<void> {
      while (!isSo()) await new Promise((wake) => clock.after(20, () => wake(undefined)));
    },
  };
}

export const zones: readonly [string, string] = ['us-east-1a', 'us-east-1b'];

export function ec2Error(code: string, message: string, status = 400): Error {
  const $metadata = { httpStatusCode: status, requestId: `req-${code}` };
  return Object.assign(new Error(message), { name: code, $metadata });
}

/** The value; an error fails the test with all that it says. */
export async function must<T>(result: CloudResult<T>): Promise<T> {
  return (await result).match(
    (value) => value,
    (error) => {
      throw new Error(JSON.stringify(error));
    },
  );
}

/** The error; a value fails the test. */
export async function mustFail(result: CloudResult<unknown>): Promise<CloudError> {
  return (await result)._unsafeUnwrapErr();
}

function watched(
  api: Ec2Api,
  log: { readonly call: string; readonly request: object }[],
  faults: Map<string, Fault[]>,
): Ec2Api {
  return new Proxy(api, {
    get(target, call: string) {
      const send: unknown = Reflect.get(target, call);
      if (typeof send !== 'function') return send;
      return async (request: object, signal: AbortSignal): Promise<unknown> => {
        log.push({ call, request });
        const fault = faults.get(call)?.shift();
        if (fault instanceof Error) throw fault;
        if (fault === 'hang') await aborted(signal);
        const answer: unknown = await Reflect.apply(send, target, [request, signal]);
        if (fault === 'lose') throw new Error('socket hang up');
        return answer;
      };
    },
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
