import { ok } from 'neverthrow';
import { zoneId } from '../account.ts';
import { type Action, action } from '../action.ts';
import { filtered, filters } from '../filters.ts';
import { flag, list, text } from '../parameters.ts';

/** The zones of the region. */
export const zoneActions: readonly Action[] = [
  action({
    name: 'DescribeAvailabilityZones',
    operation: 'permissions.check',
    changes: false,
    parameters: { ZoneName: list(text), ZoneId: list(text), AllAvailabilityZones: flag, Filter: filters },
    perform(world, { ZoneName, ZoneId, Filter }) {
      const region = world.at.region;
      const zones = Object.keys(world.state.zones).map((name) => ({ name, id: zoneId(world, name) }));
      const wanted = zones.filter(
        ({ name, id }) =>
          (ZoneName.length === 0 || ZoneName.includes(name)) && (ZoneId.length === 0 || ZoneId.includes(id)),
      );
      return filtered(wanted, Filter, {
        'zone-name': ({ name }) => [name],
        'zone-id': ({ id }) => [id],
        state: () => ['available'],
        'region-name': () => [region],
        'opt-in-status': () => ['opt-in-not-required'],
        'zone-type': () => ['availability-zone'],
      }).andThen((shown) =>
        ok({
          availabilityZoneInfo: shown.map(({ name, id }) => ({
            zoneName: name,
            zoneState: 'available',
            regionName: region,
            messageSet: [],
            zoneId: id,
            optInStatus: 'opt-in-not-required',
            groupName: region,
            networkBorderGroup: region,
            zoneType: 'availability-zone',
          })),
        }),
      );
    },
  }),
];
