/**
 * Snapshot clone: pictures of the disks while they are in use, a new volume of each in the wanted zone, type and size,
 * and rsync only for what changed since. The source's disks are never touched; but files on a disk that was made of a
 * snapshot are slow to look at until it has been filled, and that is when nobody serves.
 */

import { openingPhase, tailOf } from '../client-tail.ts';
import { downtimeOf, phase } from '../downtime.ts';
import { finalPass } from '../final-pass.ts';
import { seenCopies } from '../history.ts';
import { attributesKept, converges, databasesStop } from '../preconditions/copying.ts';
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
import { ttlPhases } from '../ttl.ts';
import { backOf } from '../way-back.ts';
import { volumesOf } from '../workload.ts';
import { newServerCalls, routeCalls } from './calls.ts';
import { backUntilFirstWrite, copyTask } from './rsync.ts';

export const snapshotClone: Strategy = {
  name: 'snapshot-clone',
  title: 'snapshot clone',
  preconditions: [
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
  downtime: (question, parameters) => {
    const task = copyTask(question, true);
    const final = task && finalPass(task, parameters);
    if (task === undefined || final === undefined) return undefined;
    const { workload } = question.facts;
    const phases = [
      ...ttlPhases(question.facts, question.ttl, parameters),
      phase('provision-target', 'source', parameters.provision),
      phase('target-ready', 'source', parameters.boot),
      phase('snapshot-ready', 'source', parameters.snapshotReady),
      phase('make-disk', 'source', parameters.createVolume),
      phase('attach-disk', 'source', parameters.attach),
      // What has changed since the picture was taken.
      phase('first-pass', 'source', final),
      phase('rehearse', 'source', final),
      phase('look-at-source', 'source', parameters.checks),
      phase('gate-window', 'source', parameters.checks),
      phase('stop-services', 'nobody', parameters.stopServices),
      phase('check-quiet', 'nobody', parameters.checks),
      phase('final-pass', 'nobody', final),
      phase('start-services', 'nobody', parameters.startServices),
      phase('probe-target', 'nobody', parameters.probe),
      phase('gate-cut-over', 'nobody', parameters.gate),
      openingPhase(workload, parameters),
      phase('confirm-route', 'target', parameters.checks),
    ];
    return downtimeOf(phases, tailOf(question), {
      back: backOf(phases, parameters),
      seen:
        question.rehearsal === undefined
          ? seenCopies(parameters.copyWindows['snapshot-clone'], task.files)
          : undefined,
    });
  },
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
