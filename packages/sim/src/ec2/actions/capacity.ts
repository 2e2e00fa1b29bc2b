import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../../refusal.ts';
import {
  cancelReservation,
  createReservation,
  describeReservation,
  isLiving,
  listReservations,
} from '../../reservations.ts';
import type { ReservationRecord } from '../../state.ts';
import { freeIn } from '../../stock.ts';
import type { World } from '../../world.ts';
import { ownerId, time, zoneId, zoneNamed } from '../account.ts';
import { type Action, action, done } from '../action.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { once } from '../once.ts';
import { paged, pageParameters } from '../pages.ts';
import { choice, id, list, moment, required, text, unmodelled, whole } from '../parameters.ts';
import { allTags, tagSet, tagSpecifications, tagsFor } from '../tags.ts';
import type { XmlFields } from '../xml.ts';

/** Capacity that is kept, used or not. Only instances that name a reservation get of it: all are `targeted`. */
export const capacityActions: readonly Action[] = [
  action({
    name: 'CreateCapacityReservation',
    operation: 'reservations.create',
    changes: true,
    parameters: {
      InstanceType: required(text),
      InstancePlatform: required(text),
      InstanceCount: required(whole),
      AvailabilityZone: text,
      AvailabilityZoneId: text,
      EndDate: moment,
      EndDateType: choice('unlimited', 'limited'),
      InstanceMatchCriteria: choice('open', 'targeted'),
      TagSpecifications: tagSpecifications,
      ClientToken: text,
      EbsOptimized: unmodelled,
      EphemeralStorage: unmodelled,
      Tenancy: unmodelled,
      DeliveryPreference: unmodelled,
    },
    perform(world, { ClientToken, ...asked }) {
      const zone = zoneNamed(world, asked.AvailabilityZone, asked.AvailabilityZoneId);
      if (zone === undefined)
        return bad('MissingParameter', 'The request must contain the parameter AvailabilityZone.');
      if ((asked.EndDateType === 'limited') !== (asked.EndDate !== undefined)) {
        return bad(
          'InvalidParameterCombination',
          'EndDate goes with the EndDateType limited, and only with that.',
        );
      }
      const { reservations } = world.state;
      const use = {
        token: ClientToken,
        scope: 'CreateCapacityReservation',
        request: asked,
        isAlive: (known: string) => isLiving(reservations[known]),
      };
      return once(world, use, () =>
        tagsFor(asked.TagSpecifications, 'capacity-reservation').andThen((given) =>
          createReservation(
            world,
            {
              instanceType: asked.InstanceType,
              zone,
              count: asked.InstanceCount,
              endsAtMs: asked.EndDate,
              tags: allTags(given),
            },
            undefined,
          ),
        ),
      ).map((made) => {
        const reservation = reservations[made];
        return {
          capacityReservation: reservation === undefined ? undefined : reservationFields(world, reservation),
        };
      });
    },
  }),
  action({
    name: 'CancelCapacityReservation',
    operation: 'reservations.delete',
    changes: true,
    parameters: { CapacityReservationId: required(id('reservation')) },
    perform: (world, { CapacityReservationId }) =>
      cancelReservation(world, CapacityReservationId).map(() => done),
  }),
  action({
    name: 'DescribeCapacityReservations',
    operation: ({ CapacityReservationId }) =>
      CapacityReservationId.length > 0 ? 'reservations.get' : 'reservations.list',
    changes: false,
    parameters: { CapacityReservationId: list(id('reservation')), Filter: filters, ...pageParameters },
    perform(world, asked) {
      const found: Result<readonly ReservationRecord[], Refusal> =
        asked.CapacityReservationId.length > 0
          ? named(
              asked.CapacityReservationId,
              (one) => describeReservation(world, one),
              'capacity reservation',
            )
          : ok(listReservations(world));
      return found
        .andThen((all) => filtered(all, asked.Filter, reservationFilters, ({ tags }) => tags))
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeCapacityReservations',
            idOf: (one) => one.id,
            least: 1,
            named: ['capacityReservationIdSet', asked.CapacityReservationId.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({
          capacityReservationSet: items.map((one) => reservationFields(world, one)),
          nextToken,
        }));
    },
  }),
];

function reservationFields(world: World, reservation: ReservationRecord): XmlFields {
  const { id: capacityReservationId, instanceType, zone, endsAtMs, createdAtMs } = reservation;
  return {
    capacityReservationId,
    ownerId: ownerId(world),
    capacityReservationArn: `arn:aws:ec2:${world.at.region}:${ownerId(world)}:capacity-reservation/${capacityReservationId}`,
    availabilityZone: zone,
    availabilityZoneId: zoneId(world, zone),
    instanceType,
    instancePlatform: 'Linux/UNIX',
    tenancy: 'default',
    totalInstanceCount: isLiving(reservation) ? reservation.count : 0,
    availableInstanceCount: freeIn(world, reservation),
    state: reservation.state,
    createDate: time(createdAtMs),
    startDate: time(createdAtMs),
    endDate: time(endsAtMs),
    endDateType: endsAtMs === undefined ? 'unlimited' : 'limited',
    instanceMatchCriteria: 'targeted',
    tagSet: tagSet(reservation.tags),
  };
}

const reservationFilters: FilterTable<ReservationRecord> = {
  'availability-zone': ({ zone }) => [zone],
  'end-date-type': ({ endsAtMs }) => [endsAtMs === undefined ? 'unlimited' : 'limited'],
  'instance-match-criteria': () => ['targeted'],
  'instance-type': ({ instanceType }) => [instanceType],
  state: ({ state }) => [state],
};

function bad(code: string, message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code, message });
}
