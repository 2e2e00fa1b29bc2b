/**
 * Snapshot clone: pictures of the disks while they are in use, a new volume of each in the wanted zone, type and size,
 * and rsync only for what changed since. The source's disks are never touched; but files on a disk that was made of a
 * snapshot are slow to look at until it has been filled, and that is when nobody serves.
 */

import { phase } from '../downtime.ts';
import { attributesKept, converges, copyWay, databasesStop } from '../preconditions/copying.ts';
import {
  attachedOnce,
  notSmaller,
  oneMoment,
  ownDisk,
  slotsFree,
  snapshotInUse,
} from '../preconditions/disk.ts';
import {
  dataFound,
  growsMounted,
  intoSource,
  intoTarget,
  plainDisk,
  rootReplaceable,
  sameUsers,
  servicesKnown,
  versionsFit,
} from '../preconditions/inside.ts';
import { sameCloud, zoneNamed } from '../preconditions/place.ts';
import type { Strategy } from '../strategy.ts';
import { volumesOf } from '../workload.ts';
import { newServerCalls, routeCalls } from './calls.ts';
import { copyDowntime } from './copy-window.ts';
import { backUntilFirstWrite, copyTask } from './rsync.ts';

export const snapshotClone: Strategy = {
  name: 'snapshot-clone',
  title: 'snapshot clone',
  preconditions: [
    copyWay,
    sameCloud,
    zoneNamed,
    snapshotInUse,
    notSmaller,
    ownDisk,
    oneMoment,
    attachedOnce,
    slotsFree,
    intoSource,
    intoTarget,
    dataFound,
    plainDisk,
    versionsFit,
    sameUsers,
    growsMounted,
    attributesKept,
    rootReplaceable,
    converges,
    databasesStop,
    servicesKnown,
  ],
  downtime: (question, parameters) =>
    copyDowntime(question, parameters, {
      strategy: 'snapshot-clone',
      task: copyTask(question, true),
      before: [phase('snapshot-ready', 'source', parameters.snapshotReady)],
      // What has changed since the picture was taken.
      firstPass: (_, final) => final,
    }),
  wayBack: () => backUntilFirstWrite,
  calls: ({ workload, target }) => ({
    source: [
      ...newServerCalls(target),
      ...volumesOf(workload).map(({ volumeId }) => ({ verb: 'snapshots.create' as const, volumeId })),
      { verb: 'snapshots.delete' },
      { verb: 'volumes.create' },
      { verb: 'volumes.attach' },
      { verb: 'volumes.delete' },
      { verb: 'instances.rename', instanceId: workload.instance.id },
      ...routeCalls(workload),
    ],
    target: [],
  }),
  cost: { servers: 1, disks: 1 },
  graph: 'snapshot-clone',
};
