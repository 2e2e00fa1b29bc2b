// The adapter as a subject of the conformance cases, with the real SDK over a real socket, in front of the strict EC2
// of the simulator. Time goes faster than it is; the adapter and the cases live in the simulated time.

import type { Cloud } from '@belay/cloud';
import type { Levers, Subject } from '@belay/cloud/conformance';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import type { FaultProxy } from '@belay/sim/proxy';
import { awsCloud } from '../src/aws-cloud.ts';
import type { Ec2Api } from '../src/ec2-api.ts';
import { ec2Client } from '../src/ec2-client.ts';
import type { SdkLogger } from '../src/sdk.ts';
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
        ...worldLevers(server),
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
      missing: {
        volumeId: 'vol-00000000000000000',
        instanceId: 'i-00000000000000000',
        snapshotId: 'snap-00000000000000000',
        floatingIpId: 'eipalloc-00000000000000000',
        imageId: 'ami-00000000000000000',
      },
      clock: sim.clock,
      patienceMs: 600_000,
    },
    async close() {
      await proxy.close();
      await server.close();
    },
  };
}

/** The faults that the simulated world shows by itself. */
function worldLevers({ sim }: Ec2Server): Levers {
  const { world, faults } = sim;
  // Waiting reads come half a second apart at the most, in the time in which the cases measure.
  const readMs = 500;
  return {
    async replay(operation) {
      if (!faults.replay(operation)) throw new Error(`No ${operation} has had an effect yet.`);
    },
    stickVolume: (volumeId) => faults.freeze(volumeId),
    hideNew: (reads) => faults.stale('volumes.create', reads * readMs),
    staleReads: (resourceId, reads) =>
      void faults.add({
        on: ['volumes.attach', 'volumes.detach', 'volumes.modify', 'volumes.delete'],
        resourceId,
        does: { what: 'shows-late', forMs: reads * readMs },
      }),
    vanish: (operation) => faults.rollBack(operation),
    failAttach: (resourceId) =>
      void faults.add({ on: 'volumes.attach', resourceId, does: { what: 'rolls-back' } }),
    rollBackDetach: (resourceId) =>
      void faults.add({ on: 'volumes.detach', resourceId, does: { what: 'rolls-back' } }),
    holdDisk: (volumeId) => world.holdDisk(volumeId),
    hangHost: (instanceId) => faults.hangHost(instanceId),
    strangeState: (volumeId) => world.showAs(volumeId, 'pondering'),
    reachedAtMs(volumeId) {
      const done = world
        .events()
        .findLast(({ what, details }) => what.startsWith('volume.') && details['volumeId'] === volumeId);
      if (done === undefined) throw new Error(`Nothing has happened to ${volumeId}.`);
      return done.atMs;
    },
    async twin(volumeId) {
      const volume = world.state().volumes[volumeId];
      if (volume === undefined) throw new Error(`There is no volume ${volumeId}.`);
      const { name, zone, sizeGiB, diskType, tags } = volume;
      return world.seed.volume({ name, zone, sizeGiB, diskType, tags });
    },
    tagBehind: async (instanceId, tags) => world.tag(instanceId, tags),
    async populate(tags) {
      const [zone = ''] = Object.keys(world.state().zones);
      const one = { name: 'one of many', zone, sizeGiB: 1, diskType: 'gp3', tags };
      const volumeIds = Array.from({ length: 1_001 }, () => world.seed.volume(one));
      return {
        volumeIds,
        async remove() {
          for (const volumeId of volumeIds) world.lose(volumeId);
        },
      };
    },
    protect: async (instanceId, on) => world.protect(instanceId, on),
    sharedWith: async (snapshotId) => world.state().snapshots[snapshotId]?.sharedWith ?? [],
    userDataOf: async (instanceId) => world.state().instances[instanceId]?.userData,
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
