/** Nothing: what is wanted is what there is. Every difference is named, so that it is also the list of what to do. */

import { formatPlace, samePlace } from '@belay/cloud';
import { downtimeOf } from '../downtime.ts';
import { fails, given, holds, same } from '../precondition.ts';
import type { Strategy } from '../strategy.ts';

export const nothing: Strategy = {
  name: 'nothing',
  title: 'nothing',
  preconditions: [
    {
      name: 'same-cloud',
      sentence: 'the target is the account and region that it is in',
      test: ({ facts: { workload }, target }) =>
        samePlace(workload.instance, target.at)
          ? holds(`already in ${formatPlace(target.at)}`)
          : fails(`place differs: ${formatPlace(workload.instance)} ≠ ${formatPlace(target.at)}`),
    },
    {
      name: 'same-type',
      sentence: 'the server has the type that is wanted',
      test: ({ facts, target }) =>
        given(facts.source, ({ instanceType }) => same('type', instanceType, target.instanceType)),
    },
    {
      name: 'wanted-zone',
      sentence: 'the server stands in one of the zones that are wanted',
      test: ({ facts, target }) =>
        given(facts.source, ({ zone }) =>
          target.zones.includes(zone)
            ? holds(`zone ${zone}`)
            : fails(`zone differs: ${zone} is not in ${target.zones.join(', ') || 'an empty list'}`),
        ),
    },
    {
      name: 'same-image',
      sentence: 'the server was made from the image that is wanted',
      test: ({ facts, target }) =>
        given(facts.source, ({ imageId }) => same('image', imageId ?? 'not told', target.imageId)),
    },
    {
      name: 'same-disk-type',
      sentence: 'the data disk has the type that is wanted',
      test: ({ facts, target }) =>
        given(facts.volume, ({ diskType }) => same('disk type', diskType, target.diskType)),
    },
    {
      name: 'same-disk-size',
      sentence: 'the data disk has the size that is wanted',
      test: ({ facts, target }) =>
        given(facts.volume, ({ sizeGiB }) => same('disk size', sizeGiB, target.sizeGiB, ' GiB')),
    },
    {
      name: 'serves',
      sentence: 'the workload is served',
      test: ({ facts }) =>
        given(facts.health, ({ healthy, detail }) =>
          healthy ? holds(detail) : fails(`not served: ${detail}`),
        ),
    },
  ],
  downtime: () => downtimeOf([], { seconds: 0, because: 'nothing moves' }),
  wayBack: { rank: 0, until: 'nothing is changed', pointOfNoReturn: 'none' },
  graph: undefined,
};
