/**
 * Grow online: only the data disk gets bigger or of another type, and its cloud does that while it is in use. Nobody
 * notices; but a disk does not shrink, so there is no way back from a size.
 */

import { noTail } from '../client-tail.ts';
import { downtimeOf, phase } from '../downtime.ts';
import {
  attachedOnce,
  changesInUse,
  cooledDown,
  diskDiffers,
  notSmaller,
  ownDisk,
} from '../preconditions/disk.ts';
import { dataFound, growsMounted, intoSource, plainDisk, serves } from '../preconditions/inside.ts';
import { sameCloud, sameImage, sameType, wantedZone } from '../preconditions/place.ts';
import type { Strategy } from '../strategy.ts';

export const growOnline: Strategy = {
  name: 'grow-online',
  title: 'grow online',
  preconditions: [
    sameCloud,
    sameType,
    wantedZone,
    sameImage,
    diskDiffers,
    notSmaller,
    ownDisk,
    attachedOnce,
    changesInUse,
    cooledDown,
    intoSource,
    dataFound,
    plainDisk,
    growsMounted,
    serves,
  ],
  downtime: (_, { modifyDisk, growFilesystem }) =>
    downtimeOf(
      [phase('change-disk', 'source', modifyDisk), phase('grow-filesystem', 'source', growFilesystem)],
      noTail,
    ),
  wayBack: () => ({
    rank: 1,
    until: 'the disk has its new size; it does not shrink, and nothing on it is at risk',
    pointOfNoReturn: 'the new size',
    pivot: 'change-disk',
  }),
  calls: ({ workload }) => ({
    source: [{ verb: 'volumes.modify', volumeId: workload.volumeId }],
    target: [],
  }),
  cost: { servers: 0, disks: 0 },
  graph: 'grow-online',
};
