import type { CapacityReservation, CloudError, Reservations } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import {
  cancelReservation,
  createReservation,
  describeReservation,
  isLiving,
  listReservations,
} from '../reservations.ts';
import type { ReservationRecord } from '../state.ts';
import { freeIn } from '../stock.ts';
import type { World } from '../world.ts';
import { absent, absentList } from './absent.ts';
import type { Adapter } from './adapter.ts';
import { ensure, type Maybe, maybe, type Verdict } from './ensure.ts';
import { createKeyed, findKeyed, getVisible, hasTags } from './keyed.ts';
import { pages } from './pages.ts';
import { runTask, type Task } from './task.ts';
import { reservationView } from './view.ts';

/** The capacity reservations of the port, where the cloud has any. */
export function reservationsPort(world: World, api: Adapter): Reservations {
  if (!world.profile.traits.capacityReservations) return none(world);
  return {
    get: (id, options) =>
      runTask(world, api, 'reservations.get', options, (task) => getVisible(task, () => read(task, id))),
    find: (key, options) =>
      runTask(world, api, 'reservations.get', options, async (task) => {
        const found = await findKeyed(task, { key, list: () => listAll(task), isAlive: isLiving });
        if (found.isErr()) return err(found.error);
        return found.value === undefined ? ok(undefined) : read(task, found.value.id);
      }),
    list: (filter, options) =>
      pages(api, 'reservations.list', options?.signal, listReservations, (inside, one) =>
        isLiving(one) && hasTags(one, filter?.tags) ? viewOf(inside, one) : undefined,
      ),
    create: (spec, call) =>
      runTask(world, api, 'reservations.create', call, async (task) => {
        const { instanceType, zone, count, endsAt } = spec;
        const endsAtMs = endsAt === undefined ? undefined : Date.parse(endsAt);
        const made = await createKeyed<ReservationRecord>(task, {
          kind: 'reservation',
          key: call.key,
          spec,
          takesToken: world.profile.traits.idempotencyTokens,
          list: () => listAll(task),
          isAlive: isLiving,
          create: (tags, token) =>
            task.change((inside) =>
              createReservation(
                inside,
                { instanceType, zone, count, endsAtMs, tags: { ...spec.tags, ...tags } },
                token,
              ),
            ),
        });
        return made.isErr() ? err(made.error) : untilActive(task, made.value);
      }),
    delete: (id, call) => runTask(world, api, 'reservations.delete', call, (task) => remove(task, id)),
  };
}

async function untilActive(task: Task, id: string): Promise<Result<CapacityReservation, CloudError>> {
  const active = await ensure<Maybe<CapacityReservation>>(task, {
    look: async () => maybe(await read(task, id)),
    judge({ found }): Verdict {
      if (found === undefined || found.state === 'pending') return 'wait';
      if (found.state === 'active') return 'done';
      return task.fail('failed', `The reservation ${id} is ${found.providerState}.`, {
        resourceId: id,
        lastState: found.providerState,
      });
    },
    act: async () => ok(),
    stateOf: ({ found }) => found?.providerState,
    resourceId: id,
  });
  if (active.isErr()) return err(active.error);
  return active.value.found === undefined ? read(task, id) : ok(active.value.found);
}

async function remove(task: Task, id: string): Promise<Result<void, CloudError>> {
  const gone = await ensure<Maybe<CapacityReservation>>(task, {
    look: async () => maybe(await getVisible(task, () => read(task, id))),
    judge({ found }, actedMs): Verdict {
      if (found === undefined || found.state === 'ended' || found.state === 'failed') return 'done';
      return actedMs === undefined ? 'act' : 'wait';
    },
    act: () => task.change((inside) => cancelReservation(inside, id)),
    stateOf: ({ found }) => found?.providerState,
    resourceId: id,
  });
  return gone.map(() => undefined);
}

function none({ at }: World): Reservations {
  return {
    get: () => absent(at, 'reservations.get'),
    find: () => absent(at, 'reservations.find'),
    list: () => absentList(at, 'reservations.list'),
    create: () => absent(at, 'reservations.create'),
    delete: () => absent(at, 'reservations.delete'),
  };
}

function read(task: Task, id: string): Promise<Result<CapacityReservation, CloudError>> {
  return task.read('reservations.get', (inside) =>
    describeReservation(inside, id).map((record) => viewOf(inside, record)),
  );
}

function listAll(task: Task): Promise<Result<readonly ReservationRecord[], CloudError>> {
  return task.read('reservations.list', (inside) => ok(listReservations(inside)));
}

function viewOf(world: World, record: ReservationRecord): CapacityReservation {
  return reservationView(record, freeIn(world, record));
}
