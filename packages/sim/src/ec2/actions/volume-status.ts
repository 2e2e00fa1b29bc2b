import { ok, type Result } from 'neverthrow';
import type { Refusal } from '../../refusal.ts';
import type { VolumeRecord } from '../../state.ts';
import { describeVolume, listVolumes } from '../../volumes.ts';
import { zoneId } from '../account.ts';
import { type Action, action } from '../action.ts';
import { filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { paged, pageParameters } from '../pages.ts';
import { id, list, unmodelled } from '../parameters.ts';

/** How volumes fare. Here all are well, once they have been made: no block is loaded late. */
export const volumeStatusActions: readonly Action[] = [
  action({
    name: 'DescribeVolumeStatus',
    operation: ({ VolumeId }) => (VolumeId.length > 0 ? 'volumes.get' : 'volumes.list'),
    changes: false,
    parameters: {
      VolumeId: list(id('volume')),
      Filter: filters,
      ...pageParameters,
      IncludeManagedResources: unmodelled,
    },
    perform(world, asked) {
      const found: Result<readonly VolumeRecord[], Refusal> =
        asked.VolumeId.length > 0
          ? named(asked.VolumeId, (one) => describeVolume(world, one), 'volume')
          : ok(listVolumes(world));
      return found
        .andThen((volumes) =>
          filtered(volumes, asked.Filter, {
            'availability-zone': ({ zone }) => [zone],
            'volume-status.status': (volume) => [statusOf(volume)],
          }),
        )
        .andThen((volumes) =>
          paged(volumes, asked, {
            of: 'DescribeVolumeStatus',
            idOf: (one) => one.id,
            named: ['volumesSet', asked.VolumeId.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({
          volumeStatusSet: items.map((volume) => ({
            volumeId: volume.id,
            availabilityZone: volume.zone,
            availabilityZoneId: zoneId(world, volume.zone),
            volumeStatus: {
              status: statusOf(volume),
              details: [
                { name: 'io-enabled', status: statusOf(volume) === 'ok' ? 'passed' : '-' },
                {
                  name: 'initialization-state',
                  status: statusOf(volume) === 'ok' ? 'completed' : 'initializing',
                },
              ],
            },
            actionsSet: [],
            eventsSet: [],
          })),
          nextToken,
        }));
    },
  }),
];

function statusOf({ state }: VolumeRecord): 'ok' | 'insufficient-data' {
  return state === 'creating' ? 'insufficient-data' : 'ok';
}
