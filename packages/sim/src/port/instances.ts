import type { CloudError, Instance, InstanceOffer, InstanceSpec, Instances } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { setDeleteOnTermination } from '../attachments.ts';
import { isOffered, lifeOf } from '../instance-types.ts';
import {
  describeInstance,
  listInstances,
  renameInstance,
  runInstance,
  startInstance,
  stopInstance,
  terminateInstance,
} from '../instances.ts';
import { isAlive } from '../records.ts';
import type { Refusal } from '../refusal.ts';
import type { InstanceRecord } from '../state.ts';
import { hasMachine } from '../stock.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';
import { ensure, type Maybe, maybe, type Verdict } from './ensure.ts';
import { createKeyed, findKeyed, getVisible, hasTags } from './keyed.ts';
import { pages } from './pages.ts';
import { readInstance as read, viewOf } from './read-instance.ts';
import { resizePort } from './resize.ts';
import { runTask, type Task } from './task.ts';

/** The instances of the port, kept on top of an API that promises much less. */
export function instancesPort(world: World, api: Adapter): Instances {
  return {
    get: (id, options) =>
      runTask(world, api, 'instances.get', options, (task) => getVisible(task, () => read(task, id))),
    find: (key, options) =>
      runTask(world, api, 'instances.get', options, async (task) => {
        const found = await findKeyed(task, { key, list: () => listAll(task), isAlive });
        if (found.isErr()) return err(found.error);
        return found.value === undefined ? ok(undefined) : read(task, found.value.id);
      }),
    list: (filter, options) =>
      pages(api, 'instances.list', options?.signal, listInstances, (inside, one) =>
        one.state !== 'gone' && hasTags(one, filter?.tags) ? viewOf(inside, one) : undefined,
      ),
    create: (spec, call) =>
      runTask(world, api, 'instances.create', call, (task) => create(task, spec, call.key)),
    start: (id, call) =>
      runTask(world, api, 'instances.start', call, (task) =>
        bring(task, id, (inside) => startInstance(inside, id), {
          done: ['running'],
          from: ['stopped'],
          sinceActed: (seen) =>
            seen.state === 'stopped'
              ? task.fail('failed', `${id} did not start and is stopped again.`, {
                  resourceId: id,
                  applied: 'no',
                })
              : undefined,
        }),
      ),
    stop: (id, call) =>
      runTask(world, api, 'instances.stop', call, (task) =>
        bring(task, id, (inside) => stopInstance(inside, id), { done: ['stopped'], from: ['running'] }),
      ),
    delete: (id, call) => runTask(world, api, 'instances.delete', call, (task) => remove(task, id)),
    rename: (id, name, call) =>
      runTask(world, api, 'instances.rename', call, (task) =>
        ensure<Instance>(task, {
          look: () => read(task, id),
          judge: (seen, actedMs) => (seen.name === name ? 'done' : actedMs === undefined ? 'act' : 'wait'),
          act: () => task.change((inside) => renameInstance(inside, id, name)),
          resourceId: id,
        }),
      ),
    keepVolume: (id, volumeId, keep, call) =>
      runTask(world, api, 'instances.keepVolume', call, (task) =>
        ensure<Instance>(task, {
          look: () => read(task, id),
          judge(seen, actedMs) {
            const volume = seen.volumes.find((one) => one.volumeId === volumeId);
            if (volume === undefined) {
              return task.fail('not-found', `${volumeId} is not on ${id}.`, { resourceId: volumeId });
            }
            if (volume.deleteOnTermination === !keep) return 'done';
            return actedMs === undefined ? 'act' : 'wait';
          },
          act: () =>
            task.change((inside) =>
              setDeleteOnTermination(inside, { instanceId: id, volumeId, value: !keep }),
            ),
          resourceId: id,
        }),
      ),
    ...resizePort(world, api),
    offer: (instanceType, zone, options) =>
      runTask(world, api, 'instances.offer', options, (task) =>
        task.read('instances.offer', (inside) => offerOf(inside, instanceType, zone)),
      ),
  };
}

async function create(task: Task, spec: InstanceSpec, key: string): Promise<Result<Instance, CloudError>> {
  if (spec.reservationId !== undefined && !task.world.profile.traits.capacityReservations) {
    return err(task.fail('unsupported', 'This cloud reserves no capacity.'));
  }
  const made = await createKeyed<InstanceRecord>(task, {
    kind: 'instance',
    key,
    spec,
    takesToken: task.world.profile.traits.idempotencyTokens,
    list: () => listAll(task),
    isAlive,
    create: (tags, token) =>
      task.change((inside) => runInstance(inside, { ...spec, tags: { ...spec.tags, ...tags } }, token)),
  });
  if (made.isErr()) return err(made.error);
  const id = made.value;
  let fault = '';
  const running = await ensure<Maybe<Instance>>(task, {
    look: async () => {
      const seen = await task.read('instances.get', (inside) =>
        describeInstance(inside, id).map((record) => {
          fault = record.fault ?? '';
          return viewOf(inside, record);
        }),
      );
      return maybe(seen);
    },
    judge({ found }): Verdict {
      if (found === undefined || found.state === 'pending') return 'wait';
      if (found.state !== 'failed' && found.state !== 'gone') return 'done';
      const kind = /valid host|capacity/i.test(fault) ? 'out-of-stock' : 'failed';
      return task.fail(kind, `${id} did not come up. ${fault}`.trim(), {
        resourceId: id,
        lastState: found.providerState,
        applied: 'yes',
      });
    },
    act: async () => ok(),
    stateOf: ({ found }) => found?.providerState,
    resourceId: id,
  });
  if (running.isErr()) return err(await cleanUp(task, id, running.error));
  const { found } = running.value;
  return found === undefined ? read(task, id) : ok(found);
}

/** What came to nothing is deleted again, so that an error means that nothing is left. */
async function cleanUp(task: Task, id: string, error: CloudError): Promise<CloudError> {
  if (error.applied !== 'yes') return error;
  const removed = await remove(task, id);
  return removed.isOk() ? { ...error, applied: 'no' } : { ...error, cause: removed.error };
}

interface Way {
  readonly done: readonly Instance['state'][];
  readonly from: readonly Instance['state'][];
  /** Judges a state that should have been left. */
  readonly sinceActed?: (seen: Instance) => CloudError | undefined;
}

function bring(
  task: Task,
  id: string,
  act: (world: World) => Result<void, Refusal>,
  { done, from, sinceActed }: Way,
): Promise<Result<Instance, CloudError>> {
  const { visibilityMs } = task.world.profile;
  return ensure<Instance>(task, {
    look: () => read(task, id),
    judge(seen, actedMs): Verdict {
      if (done.includes(seen.state)) return 'done';
      if (seen.state === 'gone' || seen.state === 'failed') {
        return task.fail('invalid', `${id} is ${seen.providerState}.`, {
          resourceId: id,
          lastState: seen.providerState,
        });
      }
      if (!from.includes(seen.state)) return 'wait';
      if (actedMs === undefined) return 'act';
      return actedMs > visibilityMs ? (sinceActed?.(seen) ?? 'wait') : 'wait';
    },
    act: () => task.change(act),
    stateOf: ({ providerState }) => providerState,
    resourceId: id,
  });
}

/** Until it is gone. One that does not exist is gone, once a sure look says so. */
async function remove(task: Task, id: string): Promise<Result<void, CloudError>> {
  const gone = await ensure<Maybe<Instance>>(task, {
    look: async () => maybe(await getVisible(task, () => read(task, id))),
    judge: ({ found }, actedMs) => {
      if (found === undefined || found.state === 'gone') return 'done';
      if (found.providerState === 'shutting-down' || found.providerState.endsWith('deleting')) return 'wait';
      return actedMs === undefined ? 'act' : 'wait';
    },
    act: () => task.change((inside) => terminateInstance(inside, id)),
    stateOf: ({ found }) => found?.providerState,
    resourceId: id,
  });
  return gone.map(() => undefined);
}

function offerOf(world: World, instanceType: string, zone: string): Result<InstanceOffer, Refusal> {
  const type = world.state.instanceTypes[instanceType];
  if (type === undefined) return err({ rule: 'no-such-type', message: `${instanceType} does not exist.` });
  if (world.state.zones[zone] === undefined)
    return err({ rule: 'no-such-zone', message: `${zone} does not exist.` });
  const { lifecycle, endsAt } = lifeOf(world, instanceType, zone);
  const inStock = hasMachine(world, instanceType, zone);
  return ok({
    instanceType,
    zone,
    lifecycle,
    ...(endsAt === undefined ? {} : { endsAt }),
    creatable: isOffered(world, instanceType, zone) && inStock ? 'yes' : 'no',
    vcpus: type.vcpus,
    memoryMiB: type.memoryMiB,
    volumeSlots: type.volumeSlots,
  });
}

function listAll(task: Task): Promise<Result<readonly InstanceRecord[], CloudError>> {
  return task.read('instances.list', (inside) => ok(listInstances(inside)));
}
