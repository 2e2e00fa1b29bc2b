/**
 * All ways back to serving. A new server is built at once, beside everything else, and never waits for the old one to
 * come back; the source is fenced beside that, and only one of them is ever let serve.
 */

import type { IsoTime } from '@belay/cloud';
import { type Phase, phase } from '../downtime.ts';
import { oneAfterTheOther } from '../one-after-the-other.ts';
import { type Parameters, spread } from '../parameters.ts';
import type { Workload } from '../workload.ts';
import {
  backupReady,
  canBeFenced,
  disksSized,
  intoNewServer,
  mayStartAgain,
  notServed,
  oneMoment,
  roomForDisks,
  routeMoves,
  serverToBeHad,
  snapshotReady,
  sourceThere,
  standbyReady,
  volumeReachesTarget,
  volumeSurvives,
} from './conditions.ts';
import { lossSince, noLoss } from './loss.ts';
import type { RecoveryWay } from './recovery-way.ts';
import type { RescueFacts } from './rescue-facts.ts';
import { oldestOf, snapshotsKnown } from './snapshot-set.ts';

export const recoveryWays: readonly RecoveryWay[] = [
  {
    name: 'start-again',
    title: 'start it again',
    needsFence: false,
    conditions: [notServed, sourceThere, mayStartAgain, volumeSurvives],
    phases: ({ facts }, parameters) => [
      ...(facts.source.known && facts.source.value.state === 'stopped'
        ? []
        : [phase('stop-source', 'nobody', parameters.powerOff)]),
      phase('start-source', 'nobody', parameters.powerOn),
      phase('source-ready', 'nobody', parameters.reboot),
      phase('start-services', 'nobody', parameters.startServices),
      phase('probe-source', 'nobody', parameters.probe),
    ],
    loss: () => noLoss,
  },
  {
    name: 'surviving-volume',
    title: 'new server, surviving disk',
    needsFence: true,
    conditions: [
      notServed,
      canBeFenced,
      volumeSurvives,
      volumeReachesTarget,
      serverToBeHad,
      roomForDisks,
      intoNewServer,
      routeMoves,
    ],
    phases: ({ facts }, parameters) => [
      ...newServer(parameters),
      phase('detach-volume', 'nobody', parameters.detach),
      phase('attach-volume', 'nobody', parameters.attach),
      // Nobody has unmounted it: its log is replayed.
      phase('mount', 'nobody', oneAfterTheOther(replay, facts.workload)),
      ...serving(facts.workload, parameters),
    ],
    loss: () => noLoss,
  },
  {
    name: 'from-snapshot',
    title: 'new server, disk from the snapshot',
    needsFence: true,
    conditions: [
      notServed,
      canBeFenced,
      snapshotReady,
      oneMoment,
      serverToBeHad,
      roomForDisks,
      intoNewServer,
      routeMoves,
    ],
    phases: ({ facts }, parameters) => [
      ...newServer(parameters),
      phase('create-volume', 'nobody', parameters.createVolume),
      phase('attach-volume', 'nobody', parameters.attach),
      phase('mount', 'nobody', oneAfterTheOther(replay, facts.workload)),
      // Blocks are fetched as they are read: databases are slow to come up.
      ...serving(facts.workload, {
        ...parameters,
        startServices: {
          ...parameters.startServices,
          likelySeconds: parameters.startServices.likelySeconds * parameters.lazyFactor.likelySeconds,
          worstSeconds: parameters.startServices.worstSeconds * parameters.lazyFactor.worstSeconds,
          from: 'assumed',
        },
      }),
    ],
    loss: ({ facts, now }) =>
      facts.snapshot.known && facts.snapshot.value !== null
        ? lossSince(snapshotsFrom(facts), facts, now)
        : { sentence: 'not known' },
  },
  {
    name: 'from-backup',
    title: 'new server, files from the backup',
    needsFence: true,
    conditions: [
      notServed,
      canBeFenced,
      backupReady,
      disksSized,
      serverToBeHad,
      roomForDisks,
      intoNewServer,
      routeMoves,
    ],
    phases: ({ facts }, parameters) => {
      const { backup, usedBytes } = facts;
      if (!usedBytes.known || !backup.known || backup.value === null) return undefined;
      const measured = backup.value.restoreBytesPerSecond;
      const rate = measured ?? parameters.bandwidthBytesPerSecond / 2;
      const seconds = usedBytes.value / rate;
      const [from, note] =
        measured === undefined
          ? (['assumed', 'half the path'] as const)
          : (['own-history', 'as fast as the last restore'] as const);
      return [
        ...newServer(parameters),
        phase('create-volume', 'nobody', parameters.createVolume),
        phase('restore', 'nobody', spread(0.7 * seconds, seconds, 4 * seconds, from, note)),
        ...serving(facts.workload, parameters),
      ];
    },
    loss: ({ facts, now }) =>
      facts.backup.known && facts.backup.value !== null
        ? lossSince(facts.backup.value.dataAt, facts, now)
        : { sentence: 'not known' },
  },
  {
    name: 'promote-standby',
    title: 'promote the standby',
    needsFence: true,
    conditions: [notServed, canBeFenced, standbyReady, routeMoves],
    phases: ({ facts }, parameters) => [
      phase('fence-source', 'nobody', parameters.powerOff),
      ...serving(facts.workload, parameters),
    ],
    loss: ({ facts, now }) =>
      facts.standby.known && facts.standby.value !== null
        ? lossSince(facts.standby.value.dataAt, facts, now)
        : { sentence: 'not known' },
  },
];

/** Of several the oldest counts: what came later is not on all disks. */
function snapshotsFrom(facts: RescueFacts): IsoTime {
  const snapshots = snapshotsKnown(facts);
  return snapshots.known ? oldestOf(snapshots.value) : '';
}

const replay = spread(0.3, 0.6, 7.7, 'measured', 'ext4 and XFS after a cut in the middle of 40 000 creates');

/** Built while the source is fenced: that is shorter, and does not count. */
function newServer({ provision, boot }: Parameters): readonly Phase[] {
  return [phase('provision-target', 'nobody', provision), phase('target-ready', 'nobody', boot)];
}

function serving({ floatingIps, names }: Workload, parameters: Parameters): readonly Phase[] {
  return [
    phase('start-services', 'nobody', parameters.startServices),
    phase('probe-target', 'nobody', parameters.probe),
    ...(names.length > 0
      ? [phase('switch-name', 'nobody', parameters.changeName)]
      : floatingIps.length > 0
        ? [phase('switch-address', 'nobody', parameters.moveAddress)]
        : []),
  ];
}
