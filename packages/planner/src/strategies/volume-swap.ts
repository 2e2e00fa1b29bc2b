/**
 * Volume swap: the data disk itself moves to the new server. Quick, and the way back is lossless, as the disk carries
 * back what was written meanwhile. It asks the most: one cloud, one zone, and the data on a disk of its own.
 */

import { routePhases, tailOf } from '../client-tail.ts';
import { downtimeOf, type Phase, phase } from '../downtime.ts';
import { oneAfterTheOther } from '../one-after-the-other.ts';
import type { Parameters } from '../parameters.ts';
import {
  attachedOnce,
  detachWhileRunning,
  ownDisk,
  sameDiskSize,
  sameDiskType,
  slotsFree,
} from '../preconditions/disk.ts';
import {
  foundByUuid,
  plainDisk,
  rootReplaceable,
  sameUsers,
  servicesKnown,
  versionsFit,
} from '../preconditions/inside.ts';
import { sameCloud, sameZone } from '../preconditions/place.ts';
import type { Strategy } from '../strategy.ts';
import { ttlPhases } from '../ttl.ts';
import { backOf } from '../way-back.ts';
import { volumesOf, type Workload } from '../workload.ts';
import { newServerCalls, routeCalls } from './calls.ts';

export const volumeSwapStrategy: Strategy = {
  name: 'volume-swap',
  title: 'volume swap',
  preconditions: [
    sameCloud,
    sameZone,
    sameDiskType,
    sameDiskSize,
    ownDisk,
    attachedOnce,
    foundByUuid,
    plainDisk,
    versionsFit,
    sameUsers,
    rootReplaceable,
    detachWhileRunning,
    slotsFree,
    servicesKnown,
  ],
  downtime: (question, parameters) => {
    const { facts, ttl } = question;
    const phases = [...ttlPhases(facts, ttl, parameters), ...swapPhases(parameters, facts.workload)];
    return downtimeOf(phases, tailOf(question), {
      back: backOf(phases, parameters),
      seen: parameters.windows['volume-swap'],
    });
  },
  wayBack: () => ({
    rank: 1,
    until: 'as long as the source is kept; swapping back keeps new writes',
    pointOfNoReturn: 'none planned; a change on the volume that the old server cannot read would be one',
  }),
  calls: ({ workload, target }) => {
    const { id } = workload.instance;
    return {
      source: [
        ...newServerCalls(target),
        ...volumesOf(workload).map(({ volumeId }) => ({
          verb: 'instances.keepVolume' as const,
          instanceId: id,
          volumeId,
        })),
        { verb: 'instances.rename', instanceId: id },
        ...volumesOf(workload).flatMap(({ volumeId }) => [
          { verb: 'volumes.detach' as const, volumeId, instanceId: id },
          { verb: 'volumes.attach' as const, volumeId, instanceId: id },
        ]),
        ...routeCalls(workload),
      ],
      target: [],
    };
  },
  cost: { servers: 1, disks: 0 },
  graph: 'volume-swap',
};

/** Disks are detached and attached side by side, and their filesystems come one after the other. */
function swapPhases(parameters: Parameters, workload: Workload): readonly Phase[] {
  return [
    phase('provision-target', 'source', parameters.provision),
    phase('target-ready', 'source', parameters.boot),
    phase('look-at-source', 'source', parameters.checks),
    phase('settle-source', 'source', oneAfterTheOther(parameters.settle, workload)),
    phase('gate-window', 'source', parameters.checks),
    phase('stop-services', 'nobody', parameters.stopServices),
    phase('unmount', 'nobody', oneAfterTheOther(parameters.unmount, workload)),
    phase('detach-volume', 'nobody', parameters.detach),
    phase('attach-volume', 'nobody', parameters.attach),
    phase('mount', 'nobody', oneAfterTheOther(parameters.mount, workload)),
    phase('start-services', 'nobody', parameters.startServices),
    phase('probe-target', 'nobody', parameters.probe),
    phase('gate-cut-over', 'nobody', parameters.gate),
    ...routePhases(workload, parameters),
    phase('confirm-route', 'target', parameters.checks),
  ];
}
