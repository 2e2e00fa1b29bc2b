/**
 * Two-pass rsync: copy while the source serves, stop, copy what changed, switch. Works between any two clouds, asks
 * only for a way into both servers, and pays for that with the final pass: each file is looked at while nobody serves.
 */

import { samePlace } from '@belay/cloud';
import { type CopyTask, firstPass } from '../final-pass.ts';
import type { Question } from '../precondition.ts';
import {
  attributesKept,
  converges,
  copyWay,
  databasesStop,
  fits,
  inodesFit,
  usedOf,
} from '../preconditions/copying.ts';
import {
  databasesOf,
  dataFound,
  intoSource,
  intoTarget,
  rootReplaceable,
  servicesKnown,
} from '../preconditions/inside.ts';
import { zoneNamed } from '../preconditions/place.ts';
import { changesOf, databasesFound, writesOf } from '../probed.ts';
import type { Strategy, WayBack } from '../strategy.ts';
import { newServerCalls, routeCalls } from './calls.ts';
import { copyDowntime } from './copy-window.ts';

/** Files are copied, so that two copies part as soon as one of them is written to. */
export const backUntilFirstWrite: WayBack = {
  rank: 3,
  until: 'the target accepts its first write; later, going back loses what was written',
  pointOfNoReturn: 'the first write on the target',
  pivot: 'open-target',
};

export const rsyncStrategy: Strategy = {
  name: 'rsync',
  title: 'two-pass rsync',
  preconditions: [
    copyWay,
    zoneNamed,
    intoSource,
    intoTarget,
    dataFound,
    rootReplaceable,
    fits,
    inodesFit,
    attributesKept,
    converges,
    databasesStop,
    servicesKnown,
  ],
  downtime: (question, parameters) =>
    copyDowntime(question, parameters, {
      strategy: 'rsync',
      task: copyTask(question),
      before: [],
      firstPass: (task) => firstPass(task, parameters),
    }),
  wayBack: () => backUntilFirstWrite,
  calls: ({ workload, target }) => {
    const there = [
      ...newServerCalls(target),
      { verb: 'volumes.create' as const },
      { verb: 'volumes.attach' as const },
      { verb: 'volumes.delete' as const },
    ];
    const here = [
      { verb: 'instances.rename' as const, instanceId: workload.instance.id },
      ...routeCalls(workload),
    ];
    return samePlace(workload.instance, target.at)
      ? { source: [...there, ...here], target: [] }
      : { source: here, target: there };
  },
  cost: { servers: 1, disks: 1 },
  graph: 'rsync',
};

/** How much of the data is a database's: by its files, where they were looked for; else it may be everything. */
function databaseBytes(
  question: Question,
  usedBytes: number,
): Pick<CopyTask, 'databaseBytes' | 'areDatabasesMeasured'> {
  const files = databasesFound(question.facts);
  if (files?.every(({ bytes }) => bytes !== undefined) === true) {
    const bytes = files.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
    return { databaseBytes: Math.min(bytes, usedBytes), areDatabasesMeasured: true };
  }
  const named = databasesOf(question);
  const isNone = named !== undefined && Object.keys(named).length === 0;
  return { databaseBytes: isNone ? 0 : usedBytes };
}

/** What would be copied; `undefined` where a figure that it rests on is not known. */
export function copyTask(question: Question, isLazy = false): CopyTask | undefined {
  const { facts, bandwidth, rehearsal } = question;
  const used = usedOf(question);
  const writes = writesOf(facts);
  if (used === undefined || writes === undefined) return undefined;
  return {
    ...used,
    writeBytesPerSecond: writes,
    bandwidthBytesPerSecond: bandwidth.bytesPerSecond,
    ...databaseBytes(question, used.bytes),
    changes: changesOf(facts),
    isLazy,
    rehearsal,
  };
}
