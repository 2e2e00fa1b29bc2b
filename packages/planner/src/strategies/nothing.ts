/** Nothing: what is wanted is what there is. Every difference is named, so that it is also the list of what to do. */

import { downtimeOf } from '../downtime.ts';
import { sameDiskSize, sameDiskType } from '../preconditions/disk.ts';
import { serves } from '../preconditions/inside.ts';
import { sameCloud, sameImage, sameType, wantedZone } from '../preconditions/place.ts';
import type { Strategy } from '../strategy.ts';

export const nothing: Strategy = {
  name: 'nothing',
  title: 'nothing',
  preconditions: [sameCloud, sameType, wantedZone, sameImage, sameDiskType, sameDiskSize, serves],
  downtime: () => downtimeOf([], { seconds: 0, because: 'nothing moves' }),
  wayBack: () => ({ rank: 0, until: 'nothing is changed', pointOfNoReturn: 'none' }),
  calls: () => ({ source: [], target: [] }),
  cost: { servers: 0, disks: 0 },
  graph: undefined,
};
