import type {
  Attachment,
  CloudError,
  Pairing,
  StorageVolume,
  VolumeChange,
  VolumeCopySpec,
  VolumeSpec,
  Volumes,
} from '@belay/cloud';
import { absenceOf } from '@belay/cloud/adapter';
import { err, ok, type Result } from 'neverthrow';
import { attachmentOf, detachVolume } from '../attachments.ts';
import { describeInstance } from '../instances.ts';
import { modifyVolume } from '../modify.ts';
import type { VolumeRecord } from '../state.ts';
import { copyVolume, createVolume, deleteVolume, describeVolume, listVolumes } from '../volumes.ts';
import type { World } from '../world.ts';
import { absent } from './absent.ts';
import type { Adapter } from './adapter.ts';
import { attachUnderFreeName } from './device-name.ts';
import { ensure, type Maybe, maybe, shownAfterMs, type Verdict } from './ensure.ts';
import { createKeyed, findKeyed, getVisible, hasTags } from './keyed.ts';
import { pages } from './pages.ts';
import { runTask, type Task } from './task.ts';
import { attachmentView, volumeView } from './view.ts';

/** The volumes of the port, kept on top of an API that promises much less. */
export function volumesPort(world: World, api: Adapter): Volumes {
  const { family } = world.profile;
  const isAlive = ({ state }: VolumeRecord): boolean => state !== 'gone' && state !== 'deleting';
  return {
    copy: (spec, call) =>
      world.profile.traits.volumeCopy
        ? runTask(world, api, 'volumes.copy', call, (task) => copy(task, spec, call.key))
        : absent(world.at, 'volumes.copy'),
    get: (id, options) =>
      runTask(world, api, 'volumes.get', options, async (task) =>
        (await getVisible(task, () => read(task, id))).map((volume) => volumeView(volume, family)),
      ),
    find: (key, options) =>
      runTask(world, api, 'volumes.get', options, async (task) => {
        const found = await findKeyed(task, { key, list: () => listAll(task), isAlive });
        return found.map((volume) => (volume === undefined ? undefined : volumeView(volume, family)));
      }),
    list: (filter, options) =>
      pages(api, 'volumes.list', options?.signal, listVolumes, (_, one) =>
        hasTags(one, filter?.tags) ? volumeView(one, family) : undefined,
      ),
    create: (spec, call) =>
      runTask(world, api, 'volumes.create', call, async (task) => {
        const made = await createKeyed<VolumeRecord>(task, {
          kind: 'volume',
          key: call.key,
          spec,
          takesToken: world.profile.traits.idempotencyTokens,
          list: () => listAll(task),
          isAlive,
          create: (tags, token) =>
            task.change((inside) => createVolume(inside, requestOf(spec, tags), token)),
        });
        return made.isErr() ? err(made.error) : untilAvailable(task, made.value);
      }),
    attach: (pairing, call) => runTask(world, api, 'volumes.attach', call, (task) => attach(task, pairing)),
    detach: (pairing, call) => runTask(world, api, 'volumes.detach', call, (task) => detach(task, pairing)),
    delete: (id, call) => runTask(world, api, 'volumes.delete', call, (task) => remove(task, id)),
    modify: (id, change, call) =>
      runTask(world, api, 'volumes.modify', call, (task) => modify(task, id, change)),
  };
}

async function copy(
  task: Task,
  spec: VolumeCopySpec,
  key: string,
): Promise<Result<StorageVolume, CloudError>> {
  const source = await getVisible(task, () => read(task, spec.volumeId));
  if (source.isErr()) return err(source.error);
  const made = await createKeyed<VolumeRecord>(task, {
    kind: 'volume-copy',
    key,
    spec,
    takesToken: task.world.profile.traits.idempotencyTokens,
    list: () => listAll(task),
    isAlive: ({ state }) => state !== 'gone' && state !== 'deleting',
    create: (tags, token) =>
      task.change((inside) => copyVolume(inside, { ...spec, tags: { ...spec.tags, ...tags } }, token)),
  });
  return made.isErr() ? err(made.error) : untilAvailable(task, made.value);
}

/** `taken` on its way to somebody else, or held by the guest: nothing that waiting alone would end. */
async function attach(task: Task, pairing: Pairing): Promise<Result<Attachment, CloudError>> {
  const { volumeId, instanceId } = pairing;
  const { family } = task.world.profile;
  const target = await getVisible(task, () =>
    task.read('instances.get', (inside) => describeInstance(inside, instanceId)),
  );
  if (target.isErr()) return err(target.error);
  const visible = await getVisible(task, () => read(task, volumeId));
  if (visible.isErr()) return err(visible.error);
  let seen: VolumeRecord | undefined;
  const attached = await ensure<VolumeRecord>(task, {
    look: () => read(task, volumeId),
    judge(volume, actedMs): Verdict {
      seen = volume;
      const mine = attachmentOf(volume, instanceId);
      const other = volume.attachments.find((one) => one.instanceId !== instanceId);
      const about = { resourceId: volumeId, lastState: stateOf(volume) };
      if (volume.shownAs !== undefined) return 'wait';
      if (mine?.state === 'attached') return 'done';
      if (mine !== undefined) return 'wait';
      if (volume.state === 'error') return task.fail('failed', `${volumeId} is in error.`, about);
      if (other?.state === 'attached' && !volume.multiAttach) {
        return task.fail('attached-elsewhere', `${volumeId} is attached to ${other.instanceId}.`, about);
      }
      if (actedMs !== undefined) {
        if (actedMs <= shownAfterMs(task)) return 'wait';
        return task.fail('failed', `The attach of ${volumeId} to ${instanceId} was rolled back.`, about);
      }
      return other === undefined || volume.multiAttach ? 'act' : 'wait';
    },
    act: () => attachUnderFreeName(task, pairing),
    stateOf,
    resourceId: volumeId,
  });
  return attached.andThen((volume) => {
    const mine = attachmentOf(volume, instanceId);
    if (mine !== undefined) return ok(attachmentView(volume, mine, family));
    return err(task.fail('failed', `${volumeId} is ${seen?.state}.`, { resourceId: volumeId }));
  });
}

/** After so long in `attaching` nobody believes any more that it ends. */
const stuckMs = 90_000;

async function detach(task: Task, pairing: Pairing): Promise<Result<StorageVolume, CloudError>> {
  const { volumeId, instanceId } = pairing;
  const { family } = task.world.profile;
  const beganMs = task.clock.now();
  return ensureVolume(task, volumeId, {
    judge(volume, actedMs): Verdict {
      const mine = attachmentOf(volume, instanceId);
      const about = { resourceId: volumeId, lastState: mine?.state ?? volume.state } as const;
      if (volume.shownAs !== undefined) return 'wait';
      if (mine === undefined) return 'done';
      if (mine.state === 'busy') {
        // EC2 goes on waiting for the guest: the request stands, and what becomes of it is not known.
        const message = `The guest of ${instanceId} holds ${volumeId}.`;
        return task.fail('busy', message, { ...about, applied: 'unknown' });
      }
      // An attach that sticks never ends by itself; EC2 takes it back when it is asked to.
      const isStuck = mine.state === 'attaching' && task.clock.now() - beganMs >= stuckMs;
      if (isStuck && family === 'ec2' && actedMs === undefined) return 'act';
      if (mine.state !== 'attached') return 'wait';
      if (actedMs === undefined) return 'act';
      if (mine.refused === true) {
        return task.fail('busy', `The guest of ${instanceId} did not let ${volumeId} go.`, about);
      }
      if (actedMs <= shownAfterMs(task)) return 'wait';
      return task.fail('failed', `The detach of ${volumeId} from ${instanceId} was rolled back.`, about);
    },
    act: () => task.change((inside) => detachVolume(inside, pairing)),
  });
}

async function modify(
  task: Task,
  id: string,
  change: VolumeChange,
): Promise<Result<StorageVolume, CloudError>> {
  return ensureVolume(task, id, {
    judge(seen, actedMs): Verdict {
      const { sizeGiB = seen.sizeGiB, diskType = seen.diskType } = change;
      const last = seen.modification?.state;
      const about = { resourceId: id, lastState: last ?? stateOf(seen) };
      if (seen.shownAs !== undefined || last === 'modifying') return 'wait';
      // What is so already is not asked for: EC2 would count the request all the same.
      if (seen.sizeGiB === sizeGiB && seen.diskType === diskType) return 'done';
      if (seen.state === 'error' || (actedMs !== undefined && last === 'failed')) {
        return task.fail('failed', `The change of ${id} came to nothing: it is ${stateOf(seen)}.`, about);
      }
      if (actedMs !== undefined) return 'wait';
      // It takes hours, which is no matter of patience. A wish that will be refused anyway is put all the same.
      if (last === 'optimizing' && sizeGiB >= seen.sizeGiB) {
        return task.fail('busy', `The last change of ${id} is still going on in the background.`, about);
      }
      return 'act';
    },
    act: () => task.change((inside) => modifyVolume(inside, id, change)),
  });
}

async function remove(task: Task, id: string): Promise<Result<void, CloudError>> {
  const gone = await ensure<Maybe<VolumeRecord>>(task, {
    look: async () => maybe(await getVisible(task, () => read(task, id))),
    judge({ found }, actedMs): Verdict {
      if (found === undefined) return 'done';
      if (found.state === 'in-use') {
        const [holder] = found.attachments;
        return task.fail('busy', `${id} is attached to ${holder?.instanceId}.`, {
          resourceId: id,
          lastState: found.state,
        });
      }
      return actedMs === undefined && found.state !== 'deleting' && found.state !== 'creating'
        ? 'act'
        : 'wait';
    },
    act: () => task.change((inside) => deleteVolume(inside, id)),
    // Cinder keeps a disk of which there are snapshots, until somebody deletes them.
    isFinal: ({ message }) => message.includes('has snapshots'),
    stateOf: ({ found }) => found?.state,
    resourceId: id,
  });
  return gone.map(() => undefined);
}

/** For so long a volume that was promised may stay out of sight; longer, and it came to nothing. */
const invisibleMs = 60_000;

async function untilAvailable(task: Task, id: string): Promise<Result<StorageVolume, CloudError>> {
  const { family } = task.world.profile;
  const absence = absenceOf({ visibilityMs: shownAfterMs(task) }, invisibleMs);
  const beganMs = task.clock.now();
  const made = await ensure<Maybe<VolumeRecord>>(task, {
    look: async () => maybe(await read(task, id)),
    judge({ found }): Verdict {
      if (found === undefined) {
        if (!absence.isBelieved(task.clock.now() - beganMs)) return 'wait';
        const message = `${id} was accepted and then vanished; look at the rights to its encryption key.`;
        return task.fail('failed', message, { resourceId: id, applied: 'unknown' });
      }
      absence.seen();
      if (found.state === 'error') {
        return task.fail('failed', `${id} could not be made.`, {
          resourceId: id,
          lastState: 'error',
          applied: 'yes',
        });
      }
      return found.state === 'creating' ? 'wait' : 'done';
    },
    act: async () => ok(),
    stateOf: ({ found }) => found?.state,
    resourceId: id,
  });
  if (made.isErr()) return err(await cleanUp(task, id, made.error));
  const { found } = made.value;
  return found === undefined
    ? err(task.fail('failed', `${id} vanished.`, { resourceId: id, applied: 'unknown' }))
    : ok(volumeView(found, family));
}

/** What came to nothing is deleted again, so that an error means that nothing is left. */
async function cleanUp(task: Task, id: string, error: CloudError): Promise<CloudError> {
  if (error.applied !== 'yes') return error;
  const removed = await remove(task, id);
  return removed.isOk() ? { ...error, applied: 'no' } : { ...error, cause: removed.error };
}

async function ensureVolume(
  task: Task,
  id: string,
  way: {
    readonly judge: (seen: VolumeRecord, actedMs: number | undefined) => Verdict;
    readonly act: () => Promise<Result<unknown, CloudError>>;
  },
): Promise<Result<StorageVolume, CloudError>> {
  const visible = await getVisible(task, () => read(task, id));
  if (visible.isErr()) return err(visible.error);
  const volume = await ensure<VolumeRecord>(task, {
    ...way,
    look: () => read(task, id),
    stateOf,
    resourceId: id,
  });
  return volume.map((one) => volumeView(one, task.world.profile.family));
}

function requestOf(
  spec: VolumeSpec,
  tags: Readonly<Record<string, string>>,
): VolumeSpec & {
  readonly tags: Readonly<Record<string, string>>;
} {
  return { ...spec, tags: { ...spec.tags, ...tags } };
}

function read(task: Task, id: string): Promise<Result<VolumeRecord, CloudError>> {
  return task.read('volumes.get', (inside) => describeVolume(inside, id));
}

function listAll(task: Task): Promise<Result<readonly VolumeRecord[], CloudError>> {
  return task.read('volumes.list', (inside) => ok(listVolumes(inside)));
}

function stateOf({ state, attachments }: VolumeRecord): string {
  return attachments[0]?.state ?? state;
}
