// Faults that the simulated world shows by itself, however it is reached: in process or over a socket.

import type { Clock } from '@belay/cloud';
import type { Levers } from '@belay/cloud/conformance';
import type { Sim } from '../src/index.ts';

/** `readMs`: how far apart two reads of whoever waits are at the most. */
export function worldLevers({ world, faults }: Pick<Sim<Clock>, 'world' | 'faults'>, readMs: number): Levers {
  return {
    async replay(operation) {
      if (!faults.replay(operation)) throw new Error(`No ${operation} has had an effect yet.`);
    },
    stickVolume: (volumeId) => faults.freeze(volumeId),
    hideNew: (reads, shownReads = 0) =>
      void faults.add({
        on: 'volumes.create',
        does: { what: 'shows-late', forMs: reads * readMs, afterMs: shownReads * readMs },
      }),
    staleReads: (resourceId, reads) =>
      void faults.add({
        on: ['volumes.attach', 'volumes.detach', 'volumes.modify', 'volumes.delete'],
        resourceId,
        does: { what: 'shows-late', forMs: reads * readMs },
      }),
    vanish: (operation) => faults.rollBack(operation),
    failAttach: (resourceId) =>
      void faults.add({ on: 'volumes.attach', resourceId, does: { what: 'rolls-back' } }),
    rollBackDetach: (resourceId) =>
      void faults.add({ on: 'volumes.detach', resourceId, does: { what: 'rolls-back' } }),
    holdDisk: (volumeId) => world.holdDisk(volumeId),
    hangHost: (instanceId) => faults.hangHost(instanceId),
    strangeState: (volumeId) => world.showAs(volumeId, 'pondering'),
    reachedAtMs(volumeId) {
      const done = world
        .events()
        .findLast(({ what, details }) => what.startsWith('volume.') && details['volumeId'] === volumeId);
      if (done === undefined) throw new Error(`Nothing has happened to ${volumeId}.`);
      return done.atMs;
    },
    async twin(volumeId) {
      const volume = world.state().volumes[volumeId];
      if (volume === undefined) throw new Error(`There is no volume ${volumeId}.`);
      const { name, zone, sizeGiB, diskType, tags } = volume;
      return world.seed.volume({ name, zone, sizeGiB, diskType, tags });
    },
    tagBehind: async (instanceId, tags) => world.tag(instanceId, tags),
    async populate(tags) {
      const { zones, diskTypes } = world.state();
      const [[zone = ''], [diskType = '']] = [Object.keys(zones), Object.keys(diskTypes)];
      const one = { name: 'one of many', zone, sizeGiB: 1, diskType, tags };
      const volumeIds = Array.from({ length: 1_001 }, () => world.seed.volume(one));
      return {
        volumeIds,
        async remove() {
          for (const volumeId of volumeIds) world.lose(volumeId);
        },
      };
    },
    protect: async (instanceId, on) => world.protect(instanceId, on),
    sharedWith: async (snapshotId) => world.state().snapshots[snapshotId]?.sharedWith ?? [],
    userDataOf: async (instanceId) => world.state().instances[instanceId]?.userData,
  };
}
