import type { CloudError, ReadOptions, Snapshot, SnapshotCopySpec, Snapshots } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import {
  copySnapshot,
  createSnapshot,
  deleteSnapshot,
  describeSnapshot,
  listSnapshots,
  shareSnapshot,
} from '../snapshots.ts';
import type { SnapshotRecord } from '../state.ts';
import type { World } from '../world.ts';
import { absent } from './absent.ts';
import type { Adapter } from './adapter.ts';
import { ensure, type Maybe, maybe } from './ensure.ts';
import { createKeyed, findKeyed, getVisible, hasTags } from './keyed.ts';
import { pages } from './pages.ts';
import { runTask, type Task } from './task.ts';
import { snapshotView } from './view.ts';

const readyTimeoutMs = 6 * 3_600_000;

/** The snapshots of the port. No cloud takes a token for them: the key in a tag is all there is. */
export function snapshotsPort(world: World, api: Adapter): Snapshots {
  const view = (one: SnapshotRecord): Snapshot => snapshotView(one, world.profile.family, world.nowMs);
  const isAlive = ({ state }: SnapshotRecord): boolean => state !== 'gone';
  return {
    copy: (spec, call) =>
      world.profile.traits.snapshotCopy
        ? runTask(world, api, 'snapshots.copy', call, async (task) =>
            (await copy(task, spec, call.key)).map(view),
          )
        : absent(world.at, 'snapshots.copy'),
    share: (id, accounts, call) =>
      world.profile.traits.snapshotShare
        ? runTask(world, api, 'snapshots.share', call, (task) => share(task, id, accounts))
        : absent(world.at, 'snapshots.share'),
    get: (id, options) =>
      runTask(world, api, 'snapshots.get', options, async (task) =>
        (await getVisible(task, () => read(task, id))).map(view),
      ),
    find: (key, options) =>
      runTask(world, api, 'snapshots.get', options, async (task) => {
        const found = await findKeyed(task, { key, list: () => listAll(task), isAlive });
        return found.map((one) => (one === undefined ? undefined : view(one)));
      }),
    list: (filter, options) =>
      pages(api, 'snapshots.list', options?.signal, listSnapshots, (_, one) =>
        hasTags(one, filter?.tags) ? view(one) : undefined,
      ),
    create: (spec, call) =>
      runTask(world, api, 'snapshots.create', call, async (task) => {
        const made = await createKeyed<SnapshotRecord>(task, {
          kind: 'snapshot',
          key: call.key,
          spec,
          takesToken: false,
          list: () => listAll(task),
          isAlive,
          create: (tags) =>
            task.change((inside) =>
              createSnapshot(inside, { ...spec, force: true, tags: { ...spec.tags, ...tags } }),
            ),
        });
        if (made.isErr()) return err(made.error);
        return (await untilSeen(task, made.value)).map(view);
      }),
    untilReady: (id, options) =>
      runTask(world, api, 'snapshots.get', patient(options), async (task) => {
        const visible = await getVisible(task, () => read(task, id));
        if (visible.isErr()) return err(visible.error);
        const ready = await ensure<SnapshotRecord>(task, {
          look: () => read(task, id),
          judge: ({ state }) => {
            if (state === 'pending') return 'wait';
            if (state === 'completed') return 'done';
            return task.fail('failed', `The snapshot ${id} failed.`, { resourceId: id, lastState: state });
          },
          act: async () => ok(),
          stateOf: ({ state }) => state,
          resourceId: id,
        });
        return ready.map(view);
      }),
    delete: (id, call) =>
      runTask(world, api, 'snapshots.delete', call, async (task) => {
        const gone = await ensure<Maybe<SnapshotRecord>>(task, {
          look: async () => maybe(await getVisible(task, () => read(task, id))),
          judge: ({ found }, actedMs) =>
            found === undefined ? 'done' : actedMs === undefined ? 'act' : 'wait',
          act: () => task.change((inside) => deleteSnapshot(inside, id)),
          stateOf: ({ found }) => found?.state,
          resourceId: id,
        });
        return gone.map(() => undefined);
      }),
  };
}

async function copy(
  task: Task,
  spec: SnapshotCopySpec,
  key: string,
): Promise<Result<SnapshotRecord, CloudError>> {
  const { name, from } = spec;
  if (from.provider !== task.world.at.provider) {
    return err(task.fail('unsupported', `A snapshot of ${from.provider} cannot be copied to here.`));
  }
  const made = await createKeyed<SnapshotRecord>(task, {
    kind: 'snapshot-copy',
    key,
    spec,
    takesToken: false,
    list: () => listAll(task),
    isAlive: ({ state }) => state !== 'gone',
    create: (tags) =>
      task.change((inside) =>
        copySnapshot(inside, {
          name,
          fromRegion: from.region,
          snapshotId: from.id,
          tags: { ...spec.tags, ...tags },
        }),
      ),
  });
  return made.isErr() ? err(made.error) : untilSeen(task, made.value);
}

/** One call takes away and adds; what is so already is not asked for. */
async function share(task: Task, id: string, accounts: readonly string[]): Promise<Result<void, CloudError>> {
  const visible = await getVisible(task, () => read(task, id));
  if (visible.isErr()) return err(visible.error);
  const shared = await ensure<SnapshotRecord>(task, {
    look: () => read(task, id),
    judge({ sharedWith }, actedMs) {
      const isSo =
        sharedWith.length === new Set(accounts).size && accounts.every((one) => sharedWith.includes(one));
      if (isSo) return 'done';
      return actedMs === undefined ? 'act' : 'wait';
    },
    act: ({ sharedWith }) =>
      task.change((inside) =>
        shareSnapshot(inside, id, {
          add: accounts.filter((one) => !sharedWith.includes(one)),
          remove: sharedWith.filter((one) => !accounts.includes(one)),
        }),
      ),
    stateOf: ({ sharedWith }) => `shared with ${sharedWith.join(' ') || 'nobody'}`,
    resourceId: id,
  });
  return shared.map(() => undefined);
}

/** Copying a disk takes as long as it takes: minutes as a rule, hours where it is large. */
function patient(options: ReadOptions | undefined): ReadOptions {
  return { signal: options?.signal, timeoutMs: options?.timeoutMs ?? readyTimeoutMs };
}

/** The data is fixed when the request is accepted; what is waited for is only that reads show it. */
async function untilSeen(task: Task, id: string): Promise<Result<SnapshotRecord, CloudError>> {
  return getVisible(task, () => read(task, id));
}

function read(task: Task, id: string): Promise<Result<SnapshotRecord, CloudError>> {
  return task.read('snapshots.get', (inside) => describeSnapshot(inside, id));
}

function listAll(task: Task): Promise<Result<readonly SnapshotRecord[], CloudError>> {
  return task.read('snapshots.list', (inside) => ok(listSnapshots(inside)));
}
