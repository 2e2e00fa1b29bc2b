import type { InstanceSpec, Tags, VolumeSpec } from '../../src/index.ts';
import { type Picture, Refused, type Server, transitionMs, type Vol, type World } from './world.ts';

/** What the provider does when it is asked. It is strict, and throws {@link Refused}; nothing waits here. */
export const zones: readonly [string, string] = ['a', 'b'];
export const types: ReadonlySet<string> = new Set(['small', 'large']);
const diskTypes: ReadonlySet<string> = new Set(['ssd', 'hdd']);

/** Reads that do not show what is made next, and those before them that do. */
export interface Hiding {
  readonly shown: number;
  readonly reads: number;
}

export const plainToSee: Hiding = { shown: 0, reads: 0 };

export function createVolume(world: World, spec: VolumeSpec, tags: Tags, hidden: Hiding, dies: boolean): Vol {
  const picture = spec.snapshotId === undefined ? undefined : readyPicture(world, spec.snapshotId);
  if (!zones.includes(spec.zone)) throw new Refused('invalid', `There is no zone ${spec.zone}.`);
  if (picture !== undefined && spec.sizeGiB < picture.sizeGiB) {
    throw new Refused('invalid', `${spec.sizeGiB} GiB are less than those of the snapshot.`);
  }
  const volume: Vol = {
    ...{ id: world.newId('vol'), name: spec.name, zone: spec.zone, sizeGiB: spec.sizeGiB },
    ...{ diskType: spec.diskType, snapshotId: spec.snapshotId, tags, state: 'creating' },
    ...{ shownReads: hidden.shown, hiddenReads: hidden.reads, reachedAtMs: world.clock.now() },
    fate: { stuck: false, waiting: [], held: false, falls: false, rollsBack: false, staleReads: 0 },
  };
  world.volumes.set(volume.id, volume);
  world.ends(volume, () => {
    if (dies) world.volumes.delete(volume.id);
    else volume.state = 'available';
  });
  return volume;
}

export function attachVolume(world: World, volumeId: string, instanceId: string, device: string): void {
  const volume = volumeOf(world, volumeId);
  const server = serverOf(world, instanceId);
  if (server.state !== 'running' && server.state !== 'stopped') {
    throw new Refused(server.state === 'pending' ? 'busy' : 'invalid', `${instanceId} is ${server.state}.`);
  }
  if (volume.zone !== server.zone) throw new Refused('zone-mismatch', 'The zones differ.', volumeId);
  if (volume.on !== undefined) throw new Refused('attached-elsewhere', 'It is in use.', volumeId);
  if (volume.state !== 'available') throw new Refused('busy', `It is ${volume.state}.`, volumeId);
  if (server.deviceIsTaken && device === 'first') throw new Refused('invalid', 'The device name is taken.');
  blur(volume);
  volume.state = 'in-use';
  volume.on = { instanceId, state: 'attaching', isRoot: false, dies: false };
  const { on } = volume;
  const falls = volume.fate.falls;
  volume.fate.falls = false;
  world.ends(volume, () => {
    if (volume.on !== on) return;
    if (falls) release(volume);
    else on.state = 'attached';
  });
}

export function detachVolume(world: World, volumeId: string, instanceId: string, force = false): void {
  const volume = volumeOf(world, volumeId);
  const { on, fate } = volume;
  if (on === undefined || on.instanceId !== instanceId) {
    throw new Refused('invalid', `${volumeId} is not on ${instanceId}.`, volumeId);
  }
  if (on.isRoot) throw new Refused('invalid', 'It is the root volume.', volumeId);
  if (on.state !== 'attached' && !force) throw new Refused('busy', `It is ${on.state}.`, volumeId);
  if (world.instances.get(instanceId)?.hostIsDown === true) {
    throw new Refused('busy', 'The host does not answer.', volumeId);
  }
  blur(volume);
  on.state = fate.held && !force ? 'busy' : 'detaching';
  if (on.state === 'busy') {
    fate.waiting.push(() => release(volume));
    return;
  }
  const { rollsBack } = fate;
  fate.rollsBack = false;
  world.ends(volume, () => {
    if (volume.on !== on) return;
    if (rollsBack) on.state = 'attached';
    else release(volume);
  });
}

export function deleteVolume(world: World, id: string): void {
  const volume = volumeOf(world, id);
  if (volume.on !== undefined) throw new Refused('busy', 'It is in use.', id);
  world.volumes.delete(id);
  world.graves.push(volume);
}

export function retypeVolume(world: World, id: string, diskType: string): void {
  const volume = volumeOf(world, id);
  if (!diskTypes.has(diskType)) throw new Refused('invalid', `There is no type ${diskType}.`, id);
  volume.diskType = diskType;
}

export function modifyVolume(world: World, id: string, sizeGiB: number, mayShrink = false): void {
  const volume = volumeOf(world, id);
  if (sizeGiB < volume.sizeGiB && !mayShrink) throw new Refused('invalid', 'A volume never shrinks.', id);
  if (sizeGiB === volume.sizeGiB) throw new Refused('rate-cooldown', 'It was modified a moment ago.', id);
  volume.sizeGiB = sizeGiB;
}

export function createInstance(world: World, spec: InstanceSpec, tags: Tags): Server {
  if (!zones.includes(spec.zone)) throw new Refused('invalid', `There is no zone ${spec.zone}.`);
  if (!types.has(spec.instanceType)) throw new Refused('invalid', `There is no type ${spec.instanceType}.`);
  const server: Server = {
    ...{ id: world.newId('i'), name: spec.name, zone: spec.zone, imageId: spec.imageId, tags },
    ...{ userData: spec.userData, instanceType: spec.instanceType, state: 'pending' },
    ...{ isProtected: false, hostIsDown: false, deviceIsTaken: false },
  };
  world.instances.set(server.id, server);
  const none = { name: 'root', zone: spec.zone, sizeGiB: spec.rootSizeGiB ?? 8, diskType: 'ssd' };
  const root = createVolume(world, none, {}, plainToSee, false);
  root.state = 'in-use';
  root.on = { instanceId: server.id, state: 'attached', isRoot: true, dies: true };
  // The transition of a new volume would make it available.
  world.volumes.set(root.id, { ...root });
  world.clock.after(transitionMs, () => {
    if (server.state === 'pending') server.state = 'running';
  });
  return server;
}

export function powerInstance(world: World, id: string, to: 'running' | 'stopped'): void {
  const server = serverOf(world, id);
  const from = to === 'running' ? 'stopped' : 'running';
  if (server.state !== from) throw new Refused('busy', `It is ${server.state}.`, id);
  server.state = to === 'running' ? 'pending' : 'stopping';
  world.clock.after(transitionMs, () => {
    server.state = to;
  });
}

export function deleteInstance(world: World, id: string, force = false): void {
  const server = serverOf(world, id);
  if (server.isProtected && !force) throw new Refused('protected', `${id} is protected.`, id);
  server.state = 'gone';
  for (const volume of world.volumes.values()) {
    if (volume.on?.instanceId !== id) continue;
    if (volume.on.dies) world.volumes.delete(volume.id);
    else release(volume);
  }
  for (const address of world.addresses.values()) {
    if (address.instanceId === id) address.instanceId = undefined;
  }
}

export function createSnapshot(world: World, volumeId: string, name: string, tags: Tags): Picture {
  const { sizeGiB } = volumeOf(world, volumeId);
  return addSnapshot(world, { name, volumeId, sizeGiB, tags, takenAtMs: world.clock.now() });
}

export function copySnapshot(world: World, original: Picture, name: string, tags: Tags): Picture {
  const { volumeId, sizeGiB, takenAtMs } = original;
  return addSnapshot(world, { name, volumeId, sizeGiB, tags, takenAtMs });
}

function addSnapshot(world: World, spec: Omit<Picture, 'id' | 'sharedWith'>): Picture {
  const id = world.newId('snap');
  const picture: Picture = { id, sharedWith: [], ...spec };
  world.snapshots.set(id, picture);
  world.clock.after(transitionMs, () => {
    picture.readyAtMs = world.clock.now();
  });
  return picture;
}

export function volumeOf(world: World, id: string): Vol {
  return known(world.volumes, id);
}

export function serverOf(world: World, id: string): Server {
  return known(world.instances, id);
}

export function known<T>(things: ReadonlyMap<string, T>, id: string): T {
  const thing = things.get(id);
  if (thing === undefined) throw new Refused('not-found', `${id} does not exist.`, id);
  return thing;
}

function readyPicture(world: World, id: string): Picture {
  const picture = known(world.snapshots, id);
  if (picture.readyAtMs === undefined) throw new Refused('invalid', `${id} is not ready.`, id);
  return picture;
}

/** Reads may go on to show what was. */
function blur(volume: Vol): void {
  const { staleReads } = volume.fate;
  volume.fate.staleReads = 0;
  if (staleReads > 0) {
    const { on, ...rest } = volume;
    volume.stale = { reads: staleReads, volume: { ...rest, on: on === undefined ? undefined : { ...on } } };
  }
}

function release(volume: Vol): void {
  volume.on = undefined;
  volume.state = 'available';
}
