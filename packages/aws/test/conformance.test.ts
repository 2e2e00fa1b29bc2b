import type { Cloud } from '@belay/cloud';
import { cloudCases, runConformance, type Subject } from '@belay/cloud/conformance';
import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { zones } from './fake-ec2.ts';
import { type Opened, openFake } from './open-fake.ts';

function subject(change: (opened: Opened) => Cloud = ({ cloud }) => cloud): Subject {
  const opened = openFake();
  const { clock, ec2, open } = opened;
  return {
    name: 'fake EC2',
    cloud: change(opened),
    traits: new Set(['zone-bound-volumes', 'detach-while-running', 'one-per-key', 'floating-ips']),
    levers: { ...ec2.levers, anotherProcess: open },
    runName: 'run',
    zones,
    instanceType: 't3.micro',
    imageId: 'ami-1',
    diskType: 'gp3',
    missing: {
      volumeId: 'vol-00000000000000000',
      instanceId: 'i-00000000000000000',
      snapshotId: 'snap-00000000000000000',
      floatingIpId: 'eipalloc-00000000000000000',
    },
    clock,
    patienceMs: 300_000,
    drive: (work) => clock.run(work),
  };
}

// What the fake cannot tell is told over the strict EC2 of the simulator.
const beyondTheFake = ['13', '15', '53'];

describe('the port over EC2', () => {
  for (const one of cloudCases.filter(({ id }) => !beyondTheFake.includes(id))) {
    it(`${one.id}: ${one.title}`, async () => {
      const { results } = await runConformance([one], subject());
      expect(results[0]?.verdict, results[0]?.detail).not.toBe('failed');
    });
  }
});

// A suite that passes everything shows nothing: each of these adapters breaks one promise, and is found out.
const broken: readonly (readonly [string, readonly string[], (opened: Opened) => Cloud])[] = [
  [
    'steals what is attached elsewhere',
    ['18'],
    ({ cloud, ec2 }) =>
      withVolumes(cloud, {
        attach: (pairing, call) => {
          const volume = ec2.volumes.all.get(pairing.volumeId);
          if (volume !== undefined) volume.on = undefined;
          return cloud.volumes.attach(pairing, call);
        },
      }),
  ],
  [
    'forgets to wait for the end of a detach',
    ['29', '32'],
    ({ cloud, ec2 }) =>
      withVolumes(cloud, {
        detach: ({ volumeId, instanceId }, { signal = new AbortController().signal }) =>
          okAsync(undefined)
            .map(() => ec2.api.detachVolume({ VolumeId: volumeId, InstanceId: instanceId }, signal))
            .andThen(() => cloud.volumes.get(volumeId)),
      }),
  ],
  [
    'detaches from wherever the volume is',
    ['35'],
    ({ cloud, ec2 }) =>
      withVolumes(cloud, {
        detach: (pairing, call) => {
          const on = ec2.volumes.all.get(pairing.volumeId)?.on?.instanceId;
          return cloud.volumes.detach({ ...pairing, instanceId: on ?? pairing.instanceId }, call);
        },
      }),
  ],
  [
    'makes a new volume for every call',
    ['2', '3', '5'],
    ({ cloud }) => {
      let calls = 0;
      return withVolumes(cloud, {
        create: (spec, call) => cloud.volumes.create(spec, { ...call, key: `${call.key}/${calls++}` }),
      });
    },
  ],
  [
    'says not found of what it cannot see yet',
    ['9'],
    ({ cloud, ec2 }) =>
      withVolumes(cloud, {
        create: (spec, call) =>
          okAsync(undefined)
            .map(() => {
              const request = { AvailabilityZone: spec.zone, Size: spec.sizeGiB, ClientToken: call.key };
              return ec2.api.createVolume(request, new AbortController().signal);
            })
            .map(({ VolumeId }) =>
              ec2.api.describeVolumes({ VolumeIds: [VolumeId ?? ''] }, new AbortController().signal),
            )
            .andThen(() => cloud.volumes.create(spec, call)),
      }),
  ],
  [
    'lists what was deleted for ever',
    ['67'],
    ({ cloud }) => withVolumes(cloud, { delete: () => okAsync(undefined) }),
  ],
  [
    'takes an address away from a third instance',
    ['55'],
    ({ cloud }) => ({
      ...cloud,
      floatingIps: {
        ...cloud.floatingIps,
        move: (id, { to }, call) =>
          cloud.floatingIps
            .get(id)
            .andThen(({ instanceId }) => cloud.floatingIps.move(id, { from: instanceId, to }, call)),
      },
    }),
  ],
  [
    'gives errors without the verb',
    ['64'],
    ({ cloud }) =>
      withVolumes(cloud, {
        get: (id, options) =>
          cloud.volumes.get(id, options).orElse((error) => errAsync({ ...error, operation: 'aws' })),
      }),
  ],
];

describe('an adapter that', () => {
  for (const [fault, ids, change] of broken) {
    it(`${fault} fails ${ids.join(', ')}`, async () => {
      for (const one of cloudCases.filter(({ id }) => ids.includes(id))) {
        const { results } = await runConformance([one], subject(change));
        expect(results[0]).toMatchObject({ id: one.id, verdict: 'failed' });
      }
    });
  }
});

function withVolumes(cloud: Cloud, change: Partial<Cloud['volumes']>): Cloud {
  return { ...cloud, volumes: { ...cloud.volumes, ...change } };
}
