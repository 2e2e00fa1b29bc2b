import type { CloudError, FloatingIp, FloatingIpMove, FloatingIps } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import {
  allocateAddress,
  describeAddress,
  listAddresses,
  moveAddress,
  releaseAddress,
} from '../floating-ips.ts';
import type { FloatingIpRecord } from '../state.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';
import { ensure, type Maybe, maybe, type Verdict } from './ensure.ts';
import { createKeyed, findKeyed, getVisible, hasTags } from './keyed.ts';
import { pages } from './pages.ts';
import { runTask, type Task } from './task.ts';
import { floatingIpView } from './view.ts';

/** The floating addresses of the port: moved from where they are expected to be, and from nowhere else. */
export function floatingIpsPort(world: World, api: Adapter): FloatingIps {
  return {
    get: (id, options) =>
      runTask(world, api, 'floatingIps.get', options, async (task) =>
        (await getVisible(task, () => read(task, id))).map(floatingIpView),
      ),
    find: (key, options) =>
      runTask(world, api, 'floatingIps.get', options, async (task) => {
        const found = await findKeyed(task, { key, list: () => listAll(task), isAlive: () => true });
        return found.map((one) => (one === undefined ? undefined : floatingIpView(one)));
      }),
    list: (filter, options) =>
      pages(api, 'floatingIps.list', options?.signal, listAddresses, (_, one) =>
        hasTags(one, filter?.tags) ? floatingIpView(one) : undefined,
      ),
    create: (spec, call) =>
      runTask(world, api, 'floatingIps.create', call, async (task) => {
        const made = await createKeyed<FloatingIpRecord>(task, {
          kind: 'floating-ip',
          key: call.key,
          spec,
          takesToken: false,
          list: () => listAll(task),
          isAlive: () => true,
          create: (tags) => task.change((inside) => allocateAddress(inside, { ...spec.tags, ...tags })),
        });
        if (made.isErr()) return err(made.error);
        return (await getVisible(task, () => read(task, made.value))).map(floatingIpView);
      }),
    move: (id, way, call) => runTask(world, api, 'floatingIps.move', call, (task) => move(task, id, way)),
    delete: (id, call) =>
      runTask(world, api, 'floatingIps.delete', call, async (task) => {
        const gone = await ensure<Maybe<FloatingIpRecord>>(task, {
          look: async () => maybe(await getVisible(task, () => read(task, id))),
          judge({ found }, actedMs): Verdict {
            if (found === undefined) return 'done';
            if (found.instanceId !== undefined) {
              return task.fail('busy', `${found.address} is bound to ${found.instanceId}.`, {
                resourceId: id,
                lastState: 'bound',
              });
            }
            return actedMs === undefined ? 'act' : 'wait';
          },
          act: () => task.change((inside) => releaseAddress(inside, id)),
          resourceId: id,
        });
        return gone.map(() => undefined);
      }),
  };
}

async function move(task: Task, id: string, way: FloatingIpMove): Promise<Result<FloatingIp, CloudError>> {
  const { traits, family, visibilityMs } = task.world.profile;
  const visible = await getVisible(task, () => read(task, id));
  if (visible.isErr()) return err(visible.error);
  const moved = await ensure<FloatingIpRecord>(task, {
    look: () => read(task, id),
    judge({ instanceId, moving, address }, actedMs): Verdict {
      if (instanceId === way.to) return moving ? 'wait' : 'done';
      // Reads may not show it yet; acting on what they show would take the address from where it is going.
      if (actedMs !== undefined && actedMs <= visibilityMs) return 'wait';
      // Where it takes two calls, the address is bound to nothing in between.
      const isOnItsWay = instanceId === undefined && !traits.floatingIpMoveAtomic;
      if (instanceId !== way.from && !isOnItsWay) {
        const where = instanceId === undefined ? 'bound to nothing' : `bound to ${instanceId}`;
        return task.fail('attached-elsewhere', `${address} is ${where}, and was left there.`, {
          resourceId: id,
          lastState: where,
        });
      }
      return 'act';
    },
    async act(seen) {
      const mustFree = seen.instanceId !== undefined && !traits.floatingIpMoveAtomic;
      return task.change((inside) =>
        moveAddress(inside, {
          addressId: id,
          instanceId: mustFree ? undefined : way.to,
          mayTake: seen.instanceId !== undefined,
          // Only Neutron compares; EC2 has nothing that would.
          revision: family === 'openstack' ? seen.revision : undefined,
        }),
      );
    },
    stateOf: ({ instanceId }) => (instanceId === undefined ? 'free' : `bound to ${instanceId}`),
    resourceId: id,
  });
  return moved.map(floatingIpView);
}

function read(task: Task, id: string): Promise<Result<FloatingIpRecord, CloudError>> {
  return task.read('floatingIps.get', (inside) => describeAddress(inside, id));
}

function listAll(task: Task): Promise<Result<readonly FloatingIpRecord[], CloudError>> {
  return task.read('floatingIps.list', (inside) => ok(listAddresses(inside)));
}
