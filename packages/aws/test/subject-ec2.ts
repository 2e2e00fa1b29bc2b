// The adapter as a subject of the conformance cases, with the real SDK over a real socket, in front of the strict EC2
// of the simulator. Time goes faster than it is; the adapter and the cases live in the simulated time.

import type { Cloud } from '@belay/cloud';
import type { Subject } from '@belay/cloud/conformance';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import type { FaultProxy } from '@belay/sim/proxy';
import { worldLevers } from '../../sim/test/world-levers.ts';
import { awsCloud } from '../src/aws-cloud.ts';
import type { Ec2Api } from '../src/ec2-api.ts';
import { ec2Client } from '../src/ec2-client.ts';
import type { SdkLogger } from '../src/sdk.ts';
import { missing } from './missing.ts';
import { wireLevers, wireProxy } from './wire-levers.ts';

export interface Ec2SubjectOptions {
  /** Part of every key and tag of a run. */
  readonly runName?: string;
  /**
   * How many simulated seconds pass in one; 5 where absent. The way over the socket takes that much longer,
   * and some cases give a call two seconds: a busy machine needs it low.
   */
  readonly timeScale?: number;
  readonly seed?: number | string;
  readonly logger?: SdkLogger;
}

export interface Ec2Subject {
  readonly subject: Subject;
  readonly server: Ec2Server;
  readonly proxy: FaultProxy<'aws'>;
  /** Another adapter over the same account. */
  open(): Cloud;
  close(): Promise<void>;
}

/** What takes EC2 longest takes seconds here, so that a run of all cases takes minutes. */
const quick = [500, 1_500, 3_000] as const;
const slow = [
  'instances.create',
  'instances.start',
  'instances.stop',
  'instances.delete',
  'volumes.copy',
  'volumes.attach',
  'volumes.detach',
  'volumes.modify',
  'volumes.optimize',
  'snapshots.create',
  'snapshots.copy',
  'floatingIps.move',
  'dns.change',
] as const;

const dnsZone = 'conformance.example.';

export async function ec2Subject(options: Ec2SubjectOptions = {}): Promise<Ec2Subject> {
  const { runName = 'run1', timeScale = 5, seed = `conformance ${runName}`, logger } = options;
  const latencies = Object.fromEntries(slow.map((name) => [name, quick]));
  const started = await startEc2({ timeScale, world: { seed, latencies }, hostedZones: [dnsZone] });
  if (started.isErr()) throw new Error(started.error.message);
  const server = started.value;
  const { sim } = server;
  const { world } = sim;
  const proxy = await wireProxy(server.url);
  const sdk = {
    region: sim.at.region,
    endpoint: proxy.urls.aws,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
    ...(logger === undefined ? {} : { logger }),
  };
  const taken = new Set<string>();
  const open = (): Cloud =>
    awsCloud({
      ...sdk,
      account: sim.at.account,
      client: spoiling(ec2Client(sdk), taken, server),
      clock: sim.clock,
      visibilityMs: 2_000,
    });
  const { zones, images } = world.state();
  const [imageId = ''] = Object.keys(images);
  const [first = '', ...others] = Object.keys(zones);
  return {
    server,
    proxy,
    open,
    subject: {
      name: 'aws-ec2',
      cloud: open(),
      traits: new Set([
        'zone-bound-volumes',
        'detach-while-running',
        'one-per-key',
        'floating-ips',
        'snapshots',
        'device-names',
        'cooldown',
      ]),
      levers: {
        // Waiting reads come half a second apart at the most, in the time in which the cases measure.
        ...worldLevers(sim, 500),
        ...wireLevers(proxy),
        calm() {
          proxy.clear();
          sim.faults.clear();
          taken.clear();
        },
        anotherProcess: open,
        takeDeviceName: (instanceId) => void taken.add(instanceId),
      },
      runName,
      zones: [first, ...others],
      instanceType: 't3.micro',
      otherInstanceType: 't3.small',
      imageId,
      diskType: 'gp3',
      otherDiskType: 'gp2',
      otherAccount: '222222222222',
      dnsZone,
      missing,
      clock: sim.clock,
      patienceMs: 600_000,
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

/** The name that an attach asks for is taken in that very moment, by something that no read shows. */
function spoiling(api: Ec2Api, taken: Set<string>, { sim }: Ec2Server): Ec2Api {
  return {
    ...api,
    attachVolume(request, signal) {
      const { InstanceId = '', Device = '' } = request;
      if (taken.delete(InstanceId)) sim.world.spoilDevice(InstanceId, Device, 'taken');
      return api.attachVolume(request, signal);
    },
  };
}
