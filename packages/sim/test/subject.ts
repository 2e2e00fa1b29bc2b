// The two simulated clouds as subjects of the port's conformance cases, with every lever that they have.

import type { CloudErrorKind } from '@belay/cloud';
import type { LeverOperation, Levers, Refusal, Subject, SubjectTrait } from '@belay/cloud/conformance';
import { createSim, type Family, type Operation, type Sim, type VirtualClock } from '../src/index.ts';
import { freeNames } from '../src/port/device-name.ts';
import { worldLevers } from './world-levers.ts';

/** A cloud of this family, in virtual time. The run name is part of all keys and tags of a run. */
export function simSubject(family: Family, runName = 'run1'): Subject {
  const quick = [500, 1_000, 2_000] as const;
  const sim = createSim({
    seed: `conformance ${family} ${runName}`,
    traits: family,
    // A snapshot of the real thing may take longer than any case waits.
    latencies: {
      'volumes.detach': quick,
      'volumes.attach': quick,
      'volumes.optimize': quick,
      'snapshots.create': quick,
      'snapshots.copy': quick,
    },
  });
  const { world, clock } = sim;
  world.seed.instanceType('small', {});
  world.seed.instanceType('medium', { vcpus: 4 });
  const imageId = world.seed.image({
    name: 'plain',
    guest: { os: 'debian 12', kernel: '6.1', services: [] },
  });
  const [diskType = '', otherDiskType] = Object.keys(world.state().diskTypes);
  return {
    name: `sim-${family}`,
    cloud: sim.cloud,
    traits: new Set([...bothTraits, ...(family === 'ec2' ? ec2Only : openstackOnly)]),
    levers: { ...leversOf(sim, family), ...(family === 'ec2' ? ec2Levers(sim) : openstackLevers(sim)) },
    runName,
    zones: ['a', 'b'],
    instanceType: 'small',
    otherInstanceType: 'medium',
    imageId,
    diskType,
    otherDiskType,
    otherAccount: '222222222222',
    dnsZone: 'conformance.example.',
    missing: missing[family],
    clock,
    patienceMs: 600_000,
    drive: (work) => clock.until(work),
  };
}

const bothTraits: readonly SubjectTrait[] = ['detach-while-running', 'floating-ips', 'snapshots'];
const ec2Only: readonly SubjectTrait[] = ['zone-bound-volumes', 'one-per-key', 'device-names', 'cooldown'];
const openstackOnly: readonly SubjectTrait[] = ['sessions'];

const nobody = 'c0ffee00-0000-4000-a000-000000000000';
const missing = {
  ec2: {
    volumeId: 'vol-0c0ffee0000000000',
    instanceId: 'i-0c0ffee0000000000',
    snapshotId: 'snap-0c0ffee0000000000',
    floatingIpId: 'eipalloc-0c0ffee0000000000',
    imageId: 'ami-0c0ffee0000000000',
  },
  openstack: {
    volumeId: nobody,
    instanceId: nobody,
    snapshotId: nobody,
    floatingIpId: nobody,
    imageId: nobody,
  },
} as const;

/** How the words of a refusal are said to the simulation. */
const kinds: Readonly<Record<Refusal, CloudErrorKind>> = {
  throttled: 'throttled',
  transient: 'transient',
  html: 'transient',
  'out-of-stock': 'out-of-stock',
  quota: 'quota',
  forbidden: 'forbidden',
  unauthenticated: 'unauthenticated',
  cooldown: 'rate-cooldown',
};

/** How many are read at once, beside how one is. */
const lists: Readonly<Partial<Record<LeverOperation, Operation>>> = {
  'instances.get': 'instances.list',
  'volumes.get': 'volumes.list',
  'snapshots.get': 'snapshots.list',
  'floatingIps.get': 'floatingIps.list',
};

function leversOf(sim: Sim<VirtualClock>, family: Family): Levers {
  const { world, faults } = sim;
  return {
    // How long a read is behind, within what the family's clouds are known to show.
    ...worldLevers(sim, family === 'ec2' ? 500 : 150),
    loseReply: (operation: LeverOperation) => faults.loseReply(operation),
    refuse(operation, how, times) {
      faults.next(operation, { kind: kinds[how], times });
      const list = lists[operation];
      if (list !== undefined) faults.next(list, { kind: kinds[how], times });
    },
    calm: () => faults.clear(),
    anotherProcess: () => sim.anotherCloud(),
    calls: (operation) => world.calls(operation),
  };
}

/** EC2 takes the name of a device from whoever attaches. */
function ec2Levers({ world }: Sim<VirtualClock>): Levers {
  return {
    takeDeviceName(instanceId) {
      const [next = ''] = freeNames(Object.values(world.state().volumes), instanceId);
      world.spoilDevice(instanceId, next, 'taken');
    },
  };
}

/** Keystone's sessions. */
function openstackLevers({ world, faults }: Sim<VirtualClock>): Levers {
  return {
    endSession: () => faults.endSessions(),
    sessions: () => world.sessions(),
    refuseSessions: () => faults.refuseSessions(),
  };
}
