import { samePlace } from '@belay/cloud';
import { letGo } from './attachments.ts';
import { isFrozen } from './freeze.ts';
import { retireType } from './instance-types.ts';
import type { Operation } from './operations.ts';
import { type Seeding, seeding } from './seed.ts';
import { type Serving, whoServes } from './serving.ts';
import type { QuotaRecord, WorldView } from './state.ts';
import { setStock } from './stock.ts';
import type { World, WorldEvent } from './world.ts';

/**
 * The world seen from above, by somebody who is no party in it: what is true now whatever an API says, what happened
 * when, who serves; and the hands to set a scene.
 */
export interface SimWorld {
  readonly seed: Seeding;
  /** Everything there is, as a copy. */
  state(): WorldView;
  /** All that has happened since this process opened the world, in order. */
  events(): readonly WorldEvent[];
  /** Calls back at each event; the returned function ends that. */
  onEvent(listener: (event: WorldEvent) => void): () => void;
  /** Who answers for this name or address now, and why nobody does. */
  whoServes(nameOrAddress: string): Serving;
  /** Calls back now, and whenever somebody else (or nobody) answers for this name. */
  onServing(name: string, listener: (serving: Serving, atMs: number) => void): () => void;
  /** A customer comes by: whoever serves writes an order to its disk. */
  visit(name: string): Visit;
  /** The text of a file on a disk, wherever that disk is; `undefined` where there is none. */
  readFile(volumeId: string, path: string): string | undefined;
  /** Writes to a disk from inside the server that has it mounted. False where none has: nothing is written. */
  writeFile(volumeId: string, path: string, text: string): boolean;
  /** Deletes a file from inside the server that has the disk mounted. False where there is none, or nobody has it. */
  removeFile(volumeId: string, path: string): boolean;
  /** Somebody keeps files open there, until the returned function is called. */
  holdMount(instanceId: string, mountPoint: string, by: string): () => void;
  /** The guest uses this disk, mounted or not, and does not let it go until the returned function is called. */
  holdDisk(volumeId: string): () => void;
  /** The server hangs: nobody gets in, nothing is served, its disks are held until the instance is stopped. */
  hang(instanceId: string): void;
  /** Turns the protection against deletion on or off. Throws where there is no such instance. */
  protect(instanceId: string, on: boolean): void;
  /** So many machines are free from now on; no end of them where `count` is `undefined`. */
  setStock(instanceType: string, zone: string, count: number | undefined): void;
  /** Changes the limits that are named and leaves the others. What is above a new limit stays. */
  setQuota(quotas: QuotaRecord): void;
  /** Ends the life of an instance type, in one zone or in all: what is stopped starts no more. */
  retire(instanceType: string, endsAt?: string, zone?: string): void;
  /**
   * What the account may not do from now on, as names of the provider's actions: `ec2:DetachVolume`, `volume:*`. An
   * empty list lets it do everything again.
   */
  deny(actions: readonly string[]): void;
  /** The image keeps this device name for itself: an attach there is refused, or never ends. */
  spoilDevice(instanceId: string, device: string, how: 'taken' | 'sticks'): void;
  /** Somebody else puts tags on an instance or a volume. Throws where there is neither. */
  tag(resourceId: string, tags: Readonly<Record<string, string>>): void;
  /** Somebody else deletes a volume, whatever state it is in. */
  lose(volumeId: string): void;
  /** The API has a word of its own for the state of this volume, until the returned function is called. */
  showAs(volumeId: string, word: string): () => void;
  /** How many sessions were opened with the provider since this process opened the world. */
  sessions(): number;
  /** How many calls of this operation have reached the API or a server since this process opened the world. */
  calls(operation: Operation): number;
}

export type Visit =
  | { readonly servedBy: string; readonly order: number }
  | { readonly servedBy: undefined; readonly why: string };

const ordersPath = 'db/orders';

export interface Watchers {
  readonly events: WorldEvent[];
  readonly listeners: Set<(event: WorldEvent) => void>;
  readonly changed: Set<() => void>;
}

export function inspect(world: World, watchers: Watchers, calls: (operation: Operation) => number): SimWorld {
  const { state } = world;
  const { events, listeners, changed } = watchers;
  return {
    seed: seeding(world),
    state: () => world.change(() => structuredClone(state)),
    events: () => [...events],
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whoServes: (name) => world.change(() => whoServes(world, name)),
    onServing(name, listener) {
      let last: Serving | undefined;
      const look = (): void => {
        const serving = whoServes(world, name);
        if (last !== undefined && last.instanceId === serving.instanceId) return;
        last = serving;
        listener(serving, state.nowMs);
      };
      world.change(() => undefined);
      look();
      changed.add(look);
      return () => changed.delete(look);
    },
    visit: (name) => world.change(() => visit(world, name)),
    readFile: (volumeId, path) => state.volumes[volumeId]?.filesystem?.files[path]?.text,
    writeFile: (volumeId, path, text) => world.change(() => writeFile(world, volumeId, path, text)),
    removeFile: (volumeId, path) =>
      world.change(() => {
        const files = state.volumes[volumeId]?.filesystem?.files;
        if (files?.[path] === undefined || !takesWrites(world, volumeId)) return false;
        delete files[path];
        return true;
      }),
    holdMount(instanceId, mountPoint, by) {
      world.change(() => {
        const guest = state.guests[instanceId];
        if (guest !== undefined) guest.holders[mountPoint] = by;
      });
      return () =>
        world.change(() => {
          const guest = state.guests[instanceId];
          if (guest?.holders[mountPoint] === by) delete guest.holders[mountPoint];
        });
    },
    holdDisk(volumeId) {
      const holders = state.volumes[volumeId]?.attachments.map(({ instanceId }) => instanceId) ?? [];
      world.change(() => {
        for (const guest of holders.map((id) => state.guests[id])) {
          if (guest !== undefined) guest.heldDisks[volumeId] = true;
        }
      });
      return () =>
        world.change(() => {
          for (const instanceId of holders) {
            delete state.guests[instanceId]?.heldDisks[volumeId];
            letGo(world, volumeId, instanceId);
          }
        });
    },
    hang: (instanceId) =>
      world.change(() => {
        const guest = state.guests[instanceId];
        if (guest === undefined) throw new Error(`There is no server ${instanceId}.`);
        guest.up = false;
        guest.bootId = '';
        world.emit('guest.hangs', { instanceId });
      }),
    protect: (instanceId, on) =>
      world.change(() => {
        const instance = state.instances[instanceId];
        if (instance === undefined) throw new Error(`There is no instance ${instanceId}.`);
        instance.deletionProtected = on;
      }),
    setStock: (instanceType, zone, count) => world.change(() => setStock(world, instanceType, zone, count)),
    setQuota: (quotas) => world.change(() => void Object.assign(state.quotas, quotas)),
    retire: (instanceType, endsAt, zone) => world.change(() => retireType(world, instanceType, zone, endsAt)),
    deny: (actions) =>
      world.change(() => {
        for (const action of Object.keys(state.denied)) delete state.denied[action];
        for (const action of actions) state.denied[action] = true;
      }),
    spoilDevice: (instanceId, device, how) =>
      world.change(() => {
        const instance = state.instances[instanceId];
        if (instance === undefined) throw new Error(`There is no instance ${instanceId}.`);
        instance.badDevices[device] = how;
      }),
    tag: (resourceId, tags) =>
      world.change(() => {
        const tagged = state.instances[resourceId] ?? state.volumes[resourceId];
        if (tagged === undefined) throw new Error(`There is nothing with the id ${resourceId}.`);
        Object.assign(tagged.tags, tags);
      }),
    lose: (volumeId) =>
      world.change(() => {
        const volume = state.volumes[volumeId];
        if (volume === undefined) throw new Error(`There is no volume ${volumeId}.`);
        volume.attachments = [];
        volume.state = 'gone';
        world.emit('volume.gone', { volumeId });
      }),
    showAs(volumeId, word) {
      const show = (shown: string | undefined): void =>
        world.change(() => {
          const volume = state.volumes[volumeId];
          if (volume !== undefined) volume.shownAs = shown;
        });
      show(word);
      return () => show(undefined);
    },
    sessions: () => world.sessions.opened(),
    calls,
  };
}

function visit(world: World, name: string): Visit {
  const { server, detail } = whoServes(world, name);
  const there = world.reach().find(({ at }) => server !== undefined && samePlace(at, server));
  if (server === undefined || there === undefined) return { servedBy: undefined, why: detail };
  return there.change(() => order(there, server.id));
}

function order(world: World, instanceId: string): Visit {
  const guest = world.state.guests[instanceId];
  const mounted = guest?.mounts.find(
    ({ volumeId }) => world.state.volumes[volumeId]?.filesystem !== undefined,
  );
  if (guest !== undefined && mounted !== undefined && isFrozen(guest, mounted.mountPoint)) {
    return { servedBy: undefined, why: `${mounted.mountPoint} on ${instanceId} takes no writes now.` };
  }
  const disk = world.state.volumes[mounted?.volumeId ?? ''];
  if (disk?.filesystem === undefined) return { servedBy: undefined, why: `${instanceId} has no data disk.` };
  const before = disk.filesystem.files[ordersPath]?.text ?? '';
  const number = before.split('\n').filter((line) => line !== '').length + 1;
  const text = `${before}order ${number}\n`;
  disk.filesystem.files[ordersPath] = { bytes: Buffer.byteLength(text), text };
  return { servedBy: instanceId, order: number };
}

function writeFile(world: World, volumeId: string, path: string, text: string): boolean {
  const filesystem = world.state.volumes[volumeId]?.filesystem;
  if (filesystem === undefined || !takesWrites(world, volumeId)) return false;
  filesystem.files[path] = { bytes: Buffer.byteLength(text), text };
  return true;
}

/** Has a server this disk mounted, and not frozen? */
function takesWrites(world: World, volumeId: string): boolean {
  return Object.values(world.state.guests).some((guest) =>
    guest.mounts.some((mount) => mount.volumeId === volumeId && !isFrozen(guest, mount.mountPoint)),
  );
}
