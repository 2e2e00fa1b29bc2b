import type { CloudError, Instance, Instances } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { describeInstance } from '../instances.ts';
import { confirmResize, nameReservation, resizeInstance, revertResize } from '../resize.ts';
import type { InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';
import { ensure, shownAfterMs, type Verdict } from './ensure.ts';
import { readInstance, viewOf } from './read-instance.ts';
import { runTask, type Task } from './task.ts';

/** Changes of type in the port: the old one is kept until somebody decides, where the cloud keeps one. */
export function resizePort(
  world: World,
  api: Adapter,
): Pick<Instances, 'resize' | 'confirmResize' | 'revertResize'> {
  return {
    resize: (id, instanceType, call) =>
      runTask(world, api, 'instances.resize', call, (task) =>
        resize(task, id, instanceType, call.reservationId),
      ),
    confirmResize: (id, call) =>
      runTask(world, api, 'instances.confirmResize', call, (task) =>
        ensure<Instance>(task, {
          look: () => readInstance(task, id),
          judge({ state }) {
            if (state === 'resizing') return 'wait';
            return state === 'resized' ? 'act' : 'done';
          },
          act: () => task.change((inside) => confirmResize(inside, id)),
          stateOf: ({ providerState }) => providerState,
          resourceId: id,
        }),
      ),
    revertResize: (id, call) =>
      runTask(world, api, 'instances.revertResize', call, (task) => revert(task, id)),
  };
}

interface Seen {
  readonly instance: Instance;
  /** Why the last resize came to nothing, where the cloud says so. */
  readonly fault: string;
  readonly reservationId: string | undefined;
}

async function resize(
  task: Task,
  id: string,
  instanceType: string,
  reservationId: string | undefined,
): Promise<Result<Instance, CloudError>> {
  const { traits } = task.world.profile;
  const { resizeOnlyWhenStopped, capacityReservations } = traits;
  if (reservationId !== undefined && !capacityReservations) {
    return err(task.fail('unsupported', 'This cloud reserves no capacity.'));
  }
  const resized = await ensure<Seen>(task, {
    look: () => look(task, id),
    judge({ instance: seen, fault, reservationId: named }, actedMs): Verdict {
      const isSettled = seen.state === 'running' || seen.state === 'stopped' || seen.state === 'resized';
      const about = { resourceId: id, lastState: seen.providerState };
      if (seen.state === 'gone' || seen.state === 'failed') {
        return task.fail('invalid', `${id} is ${seen.providerState}.`, about);
      }
      const isThere = seen.instanceType === instanceType && named === reservationId;
      if (isThere && isSettled) return 'done';
      if (!isSettled) return 'wait';
      if (seen.state === 'resized') {
        const message = `${id} waits for its last resize to be confirmed or taken back.`;
        return task.fail('busy', message, about);
      }
      if (resizeOnlyWhenStopped && seen.state === 'running') {
        return task.fail('busy', `${id} must be stopped before its type is changed.`, about);
      }
      if (actedMs === undefined) return 'act';
      if (actedMs <= shownAfterMs(task)) return 'wait';
      const kind = /valid host/i.test(fault) ? 'out-of-stock' : 'failed';
      return task.fail(kind, `${id} is ${seen.instanceType} again. ${fault}`.trim(), about);
    },
    act: () =>
      task.change((inside) => {
        const record = inside.state.instances[id];
        const resized =
          record?.instanceType === instanceType ? ok() : resizeInstance(inside, id, instanceType);
        return record?.reservationId === reservationId
          ? resized
          : resized.andThen(() => nameReservation(inside, id, reservationId));
      }),
    stateOf: ({ instance }) => instance.providerState,
    resourceId: id,
  });
  return resized.map(({ instance }) => instance);
}

async function revert(task: Task, id: string): Promise<Result<Instance, CloudError>> {
  if (!task.world.profile.traits.resizeKeptUntilConfirmed) {
    return err(task.fail('unsupported', 'This cloud keeps no old machine: resize it back.'));
  }
  // Sent by this call, or by an earlier one that did not live to see the end of it.
  let isUnderWay = false;
  return ensure<Instance>(task, {
    look: () => readInstance(task, id),
    judge(seen): Verdict {
      if (seen.providerState === 'REVERT_RESIZE') isUnderWay = true;
      if (seen.state === 'resized') return 'act';
      if (seen.state === 'resizing') return 'wait';
      if (isUnderWay) return 'done';
      return task.fail('busy', `${id} is ${seen.providerState}: there is no resize to take back.`, {
        resourceId: id,
        lastState: seen.providerState,
      });
    },
    act() {
      isUnderWay = true;
      return task.change((inside) => revertResize(inside, id));
    },
    stateOf: ({ providerState }) => providerState,
    resourceId: id,
  });
}

function look(task: Task, id: string): Promise<Result<Seen, CloudError>> {
  return task.read('instances.get', (inside) =>
    describeInstance(inside, id).map((record: InstanceRecord) => ({
      instance: viewOf(inside, record),
      fault: record.fault ?? '',
      reservationId: record.reservationId,
    })),
  );
}
