import { ok, type Result } from 'neverthrow';
import type { Attachment, CloudError, StorageVolume, VolumeState, Volumes } from '../../src/index.ts';
import { createKeyed, find, shown } from './keyed.ts';
import * as raw from './provider.ts';
import { type Adapter, run, type Task } from './task.ts';
import { Refused, type Server, type Vol, type World } from './world.ts';

/** The volumes of the port over the tiny provider. */
export function volumesPort(adapter: Adapter, hidden: () => raw.Hiding, dies: () => boolean): Volumes {
  const { world, flaw } = adapter;
  const alive = (): readonly Vol[] => visible(world, flaw === 'gives what was deleted');
  return {
    get: (id, options = {}) =>
      run(adapter, 'volumes.get', options, async (task) => view(task, await read(task, id))),
    find: (key, options = {}) =>
      run(adapter, 'volumes.find', options, async (task) => {
        const found = await find(task, { key, all: alive }, true);
        return found === undefined ? undefined : view(task, found);
      }),
    list: (filter, options) => list(adapter, filter?.tags ?? {}, options?.signal),
    create: (spec, call) =>
      run(adapter, 'volumes.create', call, async (task) => {
        const { flawed } = task;
        const wanted = {
          ...spec,
          sizeGiB: flawed('forgets the size') ? 1 : spec.sizeGiB,
          zone: flawed('takes any zone') && !raw.zones.includes(spec.zone as 'a') ? raw.zones[0] : spec.zone,
          name: flawed('cuts long names') ? spec.name.slice(0, 64) : spec.name,
          snapshotId: flawed('makes an empty volume of a missing snapshot')
            ? known(world, spec.snapshotId)
            : spec.snapshotId,
        };
        const picture = world.snapshots.get(spec.snapshotId ?? '');
        if (flawed('makes volumes smaller than their snapshot') && picture !== undefined) {
          wanted.sizeGiB = Math.max(picture.sizeGiB, wanted.sizeGiB);
        }
        const letters = (text: string): string =>
          flawed('loses letters') ? Buffer.from(text, 'latin1').toString('latin1') : text;
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'volume', operation: 'volumes.create', key: call.key, spec, all: alive },
            make: (tags) =>
              raw.createVolume(
                world,
                { ...wanted, name: letters(wanted.name) },
                flawed('forgets the tags') ? tags : { ...spec.tags, ...tags },
                hidden(),
                dies(),
              ),
          },
          call.signal,
        );
        return view(task, await untilAvailable(task, id));
      }),
    copy: (spec, call) =>
      run(adapter, 'volumes.copy', call, async (task) => {
        const source = await read(task, spec.volumeId);
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'copy', operation: 'volumes.copy', key: call.key, spec, all: alive },
            make: (tags) => {
              const { name, zone, sizeGiB, diskType } = { ...source, ...spec };
              const made = {
                name,
                zone,
                sizeGiB: sizeGiB ?? source.sizeGiB,
                diskType: diskType ?? source.diskType,
              };
              return raw.createVolume(world, made, { ...spec.tags, ...tags }, raw.plainToSee, false);
            },
          },
          call.signal,
        );
        return view(task, await untilAvailable(task, id));
      }),
    attach: ({ volumeId, instanceId }, call) =>
      run(adapter, 'volumes.attach', call, (task) => attach(task, volumeId, instanceId)),
    detach: ({ volumeId, instanceId }, call) =>
      run(adapter, 'volumes.detach', call, async (task) => {
        if (task.flawed('swallows not-found') && !world.volumes.has(volumeId)) {
          return {
            ...view(task, [...world.volumes.values()][0] as Vol),
            state: 'available',
            attachments: [],
          };
        }
        return view(task, await detach(task, volumeId, instanceId));
      }),
    delete: (id, call) =>
      run(adapter, 'volumes.delete', call, async (task) => {
        if (task.flawed('only says that it deletes')) return;
        if (!world.volumes.has(id) && task.flawed('misses a volume that is gone')) {
          throw new Refused('not-found', 'None.', id);
        }
        if (task.flawed('deletes what is in use')) raw.volumeOf(world, id).on = undefined;
        if (world.volumes.has(id)) await task.ask('volumes.delete', () => raw.deleteVolume(world, id));
      }),
    modify: (id, { sizeGiB, diskType }, call) =>
      run(adapter, 'volumes.modify', call, async (task) => {
        const volume = await read(task, id);
        if (sizeGiB !== undefined && (sizeGiB !== volume.sizeGiB || task.flawed('grows what has grown'))) {
          await task.ask('volumes.modify', () =>
            raw.modifyVolume(world, id, sizeGiB, task.flawed('shrinks')),
          );
          if (task.flawed('detaches to grow')) volume.on = undefined;
        }
        if (diskType !== undefined && diskType !== volume.diskType) {
          await task.ask('volumes.modify', () => raw.retypeVolume(world, id, diskType));
        }
        return view(task, await read(task, id));
      }),
  };
}

async function attach(task: Task, volumeId: string, instanceId: string): Promise<Attachment> {
  const { world, flawed } = task;
  const first = await task.ask('instances.get', () => world.instances.get(instanceId));
  if (first === undefined) {
    throw new Refused('not-found', 'There is none.', flawed('names the wrong one') ? volumeId : instanceId);
  }
  await read(task, volumeId);
  await untilNotOn(task, volumeId, instanceId);
  const before = await read(task, volumeId);
  if (before.on?.instanceId === instanceId && flawed('refuses what is attached already')) {
    throw new Refused('busy', 'It is attached already.', volumeId);
  }
  if (before.on?.instanceId !== instanceId) await send(task, before, first);
  if (flawed('answers while attaching')) return attachmentOf(task, raw.volumeOf(world, volumeId));
  const done = await task.until(
    () => read(task, volumeId),
    (seen, sinceMs) => {
      task.saw(seen.on?.state ?? seen.state);
      const fellBack = seen.on === undefined && sinceMs > 500;
      if (fellBack && !flawed('waits for what fell back')) {
        throw new Refused('failed', 'The attach fell back.', volumeId);
      }
      if (seen.fate.word !== undefined && flawed('fails on a strange state')) {
        throw new Refused('failed', 'The state is not known.', volumeId);
      }
      return seen.on?.instanceId === instanceId && seen.on.state === 'attached';
    },
  );
  return attachmentOf(task, done);
}

/** One that is on its way off is waited for; one that is attached elsewhere stays there. */
async function untilNotOn(task: Task, volumeId: string, instanceId: string): Promise<void> {
  const { world, flawed } = task;
  await task.until(
    () => read(task, volumeId),
    ({ on, state }) => {
      task.saw(on?.state ?? state);
      if (on === undefined || on.instanceId === instanceId) return state !== 'creating';
      if (on.state === 'detaching' && !flawed('refuses what is on its way off')) return false;
      if (flawed('steals')) {
        raw.volumeOf(world, volumeId).on = undefined;
        raw.volumeOf(world, volumeId).state = 'available';
        return true;
      }
      throw new Refused('attached-elsewhere', `It is attached to ${on.instanceId}.`, volumeId);
    },
  );
}

async function send(task: Task, volume: Vol, server: Server): Promise<void> {
  const { world, flawed } = task;
  const { id: volumeId } = volume;
  if (flawed('attaches across zones')) Object.assign(volume, { zone: server.zone });
  if (flawed('attaches to what is gone') && server.state === 'gone')
    Object.assign(server, { state: 'stopped' });
  let device = 'first';
  for (let tries = 1; ; tries += 1) {
    try {
      await task.ask('volumes.attach', () => raw.attachVolume(world, volumeId, server.id, device));
      return;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      if (thrown.isLost && !flawed('denies what was lost')) return;
      if (/device name/.test(thrown.message) && !flawed('gives up when a name is taken')) {
        device = 'next';
      } else if (server.state === 'pending' && thrown.kind === 'busy') {
        if (flawed('calls a pending instance invalid')) throw new Refused('invalid', thrown.message);
        await task.pause(500);
      } else if (flawed('asks a full instance again') && thrown.kind === 'quota' && tries < 3) {
        await task.pause(100);
      } else {
        throw thrown;
      }
    }
  }
}

async function detach(task: Task, volumeId: string, instanceId: string): Promise<Vol> {
  const { world, flawed } = task;
  const volume = await read(task, volumeId);
  const from = flawed('detaches wherever it is') ? volume.on?.instanceId : instanceId;
  if (volume.on === undefined || volume.on.instanceId !== from) {
    if (flawed('refuses what is not attached')) throw new Refused('invalid', 'It is not attached.', volumeId);
    return volume;
  }
  if (volume.on.isRoot && flawed('detaches the root')) raw.volumeOf(world, volumeId).on = undefined;
  if (volume.on.isRoot && flawed('calls the root busy'))
    throw new Refused('busy', 'It is the root.', volumeId);
  const force = flawed('forces') || (flawed('forces at the second try') && volume.on.state === 'busy');
  if (volume.on.state === 'attached' || force) {
    task.saw(volume.on.state);
    try {
      await task.ask('volumes.detach', () => raw.detachVolume(world, volumeId, from, force));
    } catch (thrown) {
      const isDown = thrown instanceof Refused && /host/.test(thrown.message);
      if (!isDown || !flawed('takes a dead host for a detach')) throw thrown;
      return { ...volume, on: undefined, state: 'available' };
    }
  }
  if (flawed('answers while detaching')) return await read(task, volumeId);
  let wasDetaching = false;
  return await task.until(
    () => read(task, volumeId),
    (seen, sinceMs) => {
      const { on } = seen;
      task.saw(on?.state ?? seen.state);
      if (on === undefined || on.instanceId !== from) return true;
      if (on.state === 'busy' && !flawed('waits in silence for a guest')) {
        throw new Refused('busy', 'The guest holds the disk.', volumeId);
      }
      const isBack = on.state === 'attached' && wasDetaching;
      wasDetaching ||= on.state === 'detaching';
      if (on.state === 'attached' && sinceMs < 100 && flawed('believes the first look')) {
        throw new Refused('failed', 'It is still attached.', volumeId);
      }
      if (isBack && !flawed('waits for what was rolled back')) {
        throw new Refused('failed', 'The detach was rolled back.', volumeId);
      }
      return false;
    },
  );
}

/** Reads one; reads may be behind. */
async function read(task: Task, id: string): Promise<Vol> {
  return await task.ask('volumes.get', () => {
    const volume = raw.volumeOf(task.world, id);
    if (volume.hiddenReads > 0 && volume.shownReads > 0) volume.shownReads -= 1;
    else if (volume.hiddenReads > 0) {
      volume.hiddenReads -= 1;
      throw new Refused('not-found', `${id} does not exist.`, id);
    }
    const { stale } = volume;
    if (stale === undefined) return volume;
    stale.reads -= 1;
    if (stale.reads <= 0) delete volume.stale;
    return stale.volume;
  });
}

async function untilAvailable(task: Task, id: string): Promise<Vol> {
  const { flawed } = task;
  if (flawed('answers while creating')) return raw.volumeOf(task.world, id);
  let wasSeen = false;
  let seenAtMs = task.world.clock.now();
  const done = await task.until(
    async () => {
      try {
        const volume = await read(task, id);
        seenAtMs = task.world.clock.now();
        wasSeen = true;
        return volume;
      } catch (thrown) {
        if (!(thrown instanceof Refused) || thrown.kind !== 'not-found') throw thrown;
        if (flawed('believes the first not-found')) throw thrown;
        const isDoubted = wasSeen && flawed('believes one look that does not find it again');
        const isGone = isDoubted || task.world.clock.now() - seenAtMs > 3_000;
        if (isGone && flawed('calls what vanished not-found')) throw thrown;
        if (isGone && !flawed('waits for what vanished')) {
          throw new Refused('failed', `${id} was accepted and then vanished.`, id);
        }
        return undefined;
      }
    },
    (seen) => {
      task.saw(seen?.state ?? 'not seen');
      return seen !== undefined && seen.state !== 'creating';
    },
  );
  return done ?? raw.volumeOf(task.world, id);
}

async function* list(
  adapter: Adapter,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): AsyncIterable<Result<StorageVolume, CloudError>> {
  const { world, flaw } = adapter;
  const pageSize = 3;
  let from = 0;
  for (let more = true; more; ) {
    const page = await run(adapter, 'volumes.list', { signal }, async (task) => {
      const all = await task.ask('all.list', () =>
        visible(world, flaw === 'lists what was deleted').filter(
          (one) => flaw === 'ignores the filter' || hasTags(one, tags),
        ),
      );
      more = all.length > from + pageSize && flaw !== 'lists one page';
      return all.slice(from, from + pageSize).map((one) => view(task, one));
    });
    if (page.isErr()) {
      yield page.map(() => {
        throw new Error('It is an error.');
      });
      return;
    }
    for (const one of page.value) yield ok(one);
    from += flaw === 'lists the last of a page twice' ? pageSize - 1 : pageSize;
  }
}

/** What is there; and what was, where the flaw is to show that. */
function visible({ volumes, graves }: World, withDeleted: boolean): readonly Vol[] {
  return withDeleted ? [...volumes.values(), ...graves] : [...volumes.values()];
}

export function hasTags(
  one: { readonly tags: Readonly<Record<string, string>> },
  tags: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(tags).every(([name, value]) => one.tags[name] === value);
}

function known(world: World, snapshotId: string | undefined): string | undefined {
  return snapshotId !== undefined && world.snapshots.has(snapshotId) ? snapshotId : undefined;
}

const states: Readonly<Record<Vol['state'], VolumeState>> = {
  creating: 'creating',
  available: 'available',
  'in-use': 'in-use',
  error: 'failed',
};

function view(task: Task, volume: Vol): StorageVolume {
  const { flawed } = task;
  const { id, name, zone, sizeGiB, diskType, snapshotId, on, fate } = volume;
  const said =
    on !== undefined && on.state !== 'attached' && on.state !== 'busy' ? on.state : states[volume.state];
  const strange = flawed('takes a strange state for available') ? 'available' : 'unknown';
  const failed = flawed('takes a strange state for an error') ? 'failed' : strange;
  return {
    ...{ id, name, zone: flawed('mixes up the zones') ? 'b' : zone, sizeGiB, diskType, multiAttach: false },
    state: fate.word === undefined ? said : failed,
    providerState: fate.word ?? volume.state,
    attachments: on === undefined ? [] : [attachmentOf(task, volume)],
    ...(snapshotId === undefined ? {} : { snapshotId }),
    tags: shown(volume.tags),
  };
}

function attachmentOf({ flawed }: Task, { id: volumeId, on }: Vol): Attachment {
  const serial = flawed('knows no serial') ? '' : flawed('gives all disks one serial') ? 'disk' : volumeId;
  const state = on?.state === 'busy' ? 'detaching' : (on?.state ?? 'unknown');
  return {
    volumeId,
    instanceId: on?.instanceId ?? '',
    state,
    disk: { serial, byId: [`virtio-${volumeId}`] },
  };
}
