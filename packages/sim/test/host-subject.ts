// Two simulated servers for each promise of the Host port, in virtual time: a source with data, services and timers, and
// a target with a blank disk.

import { type GuestDisk, type Ref, refAt } from '@belay/cloud';
import type { HostScene, HostSubject, Side } from '@belay/cloud/conformance';
import type { ResultAsync } from 'neverthrow';
import { createSim, type Family, type Sim, type VirtualClock, virtualClock } from '../src/index.ts';

const uuid = '6f1c2a54-7d0e-4b59-9f3d-51c8a0e7b912';
const mountPoint = '/data';
const services = ['db', 'web'] as const;

export function simHosts(family: Family): HostSubject {
  const clock = virtualClock();
  let scenes = 0;
  return {
    name: `sim ${family}`,
    traits: new Set(['timers', 'sqlite', 'http', 'own-address', 'direct-way']),
    levers: new Set(['reboot', 'cutOff', 'twin', 'growDisk', 'vanish', 'spoilFile', 'noWay', 'inCopy']),
    clock,
    patienceMs: 600_000,
    drive: (work) => clock.until(work),
    open: () => openScene(clock, family, ++scenes),
  };
}

async function openScene(clock: VirtualClock, family: Family, number: number): Promise<HostScene> {
  const sim = createSim({ seed: `hosts ${number}`, clock, traits: family, latencies: quick });
  const { world, at, hosts, cloud, faults } = sim;
  const { seed } = world;
  const [zone = 'a'] = Object.keys(world.state().zones);
  const [diskType = 'gp3'] = Object.keys(world.state().diskTypes);
  seed.instanceType('small', {});
  const imageId = seed.image({
    name: 'web',
    guest: {
      os: 'debian 12',
      kernel: '6.1.0-41',
      databases: { sqlite: '3.40.1' },
      timers: [
        { name: 'clean.timer', kind: 'timer' },
        { name: 'cron', kind: 'cron' },
      ],
      services: services.map((name) => ({
        name,
        startAtBoot: true,
        needsMount: mountPoint,
        stopMs: [200, 500, 2_000] as const,
        startMs: [200, 500, 2_000] as const,
      })),
    },
  });
  const filesystem = {
    uuid,
    type: 'ext4',
    files: { 'db/orders': 'order 1\n', 'sites/shop.example/index': 'Welcome' },
    otherBytes: 2_000_000_000,
    otherInodes: 20_000,
  };
  const disk = { zone, sizeGiB: 10, diskType };
  const data = seed.volume({ ...disk, name: 'data', filesystem });
  const spare = seed.volume({ ...disk, name: 'spare' });
  const server = { zone, instanceType: 'small', imageId };
  const source = seed.server({
    ...server,
    name: 'source',
    writeBytesPerSecond: 100_000,
    volumes: [{ volumeId: data, mountPoint }],
  });
  const target = seed.server({ ...server, name: 'target', volumes: [{ volumeId: spare }] });
  const ids: Readonly<Record<Side, { readonly server: string; readonly volume: string }>> = {
    source: { server: source, volume: data },
    target: { server: target, volume: spare },
  };
  const ref = (side: Side): Ref => refAt(at, ids[side].server);
  const diskOf = async (volumeId: string): Promise<GuestDisk> => {
    const [attachment] = (await must(cloud.volumes.get(volumeId))).attachments;
    if (attachment === undefined) throw new Error(`${volumeId} is attached to nothing.`);
    return attachment.disk;
  };
  return {
    source: hosts.get(ref('source')),
    target: hosts.get(ref('target')),
    data: { disk: await diskOf(data), mountPoint, filesystemUuid: uuid },
    spare: await diskOf(spare),
    services,
    timers: ['clean.timer', 'cron'],
    database: `${mountPoint}/db/orders`,
    site: { name: 'shop.example' },
    device: 'eth0',
    files: {
      async write(side, path, text) {
        if (!world.writeFile(ids[side].volume, inside(path), text))
          throw new Error(`${path} takes no writes.`);
      },
      read: async (side, path) => world.readFile(ids[side].volume, inside(path)),
      async remove(side, path) {
        world.removeFile(ids[side].volume, inside(path));
      },
    },
    levers: {
      async reboot(side) {
        await must(cloud.instances.stop(ids[side].server, { key: `stop ${side}` }));
        await must(cloud.instances.start(ids[side].server, { key: `start ${side}` }));
      },
      cutOff() {
        faults.outage(true, 'hosts');
        return () => faults.outage(false, 'hosts');
      },
      async twin() {
        const volumeId = seed.volume({ ...disk, name: 'twin', filesystem });
        await must(cloud.volumes.attach({ volumeId, instanceId: source }, { key: 'twin' }));
        return diskOf(volumeId);
      },
      async growDisk() {
        await must(cloud.volumes.modify(data, { sizeGiB: 20 }, { key: 'grow' }));
      },
      vanish: (path) => inNextCopy(sim, () => void world.removeFile(data, inside(path))),
      spoilFile: () => faults.next('host.copy', { kind: 'incomplete', message: 'One file cannot be read.' }),
      noWay: () => void faults.noWay(source),
      inCopy: (then) => inNextCopy(sim, then),
    },
    async close() {
      sim.close();
    },
  };
}

const quick = {
  'instances.stop': [500, 1_000, 2_000],
  'instances.start': [500, 1_000, 2_000],
  boot: [1_000, 2_000, 4_000],
  'volumes.modify': [500, 1_000, 2_000],
} as const;

/** A second after the next pass of a copy has begun. */
function inNextCopy({ world, clock }: Sim<VirtualClock>, then: () => void): void {
  const stop = world.onEvent(({ what }) => {
    if (what !== 'host host.copy') return;
    stop();
    clock.after(100, then);
  });
}

function inside(path: string): string {
  return path.slice(mountPoint.length + 1);
}

async function must<T>(result: ResultAsync<T, { readonly message: string }>): Promise<T> {
  const answer = await result;
  if (answer.isErr()) throw new Error(answer.error.message);
  return answer.value;
}
