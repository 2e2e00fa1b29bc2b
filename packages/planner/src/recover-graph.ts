/**
 * The recovery of a workload whose server does not answer. The target is built without waiting for the source's return;
 * then the source is fenced, which is read back, so that only one of them may ever serve. With the surviving disks
 * nothing is lost and everything can be taken back; with disks made of snapshots the first write that the target
 * takes is the point of no return. The source is kept, powered off, under the name of a broken one.
 */

import type { SnapshotId } from '@belay/cloud';
import type { GraphBuilder, Handle, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { eachDisk } from './copy/copy-input.ts';
import { dataDisks } from './copy/data-disk.ts';
import { knownOfSource } from './failover/absent-source.ts';
import { fenceAgain, fenceHolds, fenceServer } from './failover/fence.ts';
import { brokenName, renameServer } from './failover/names.ts';
import { sourcePlace, type TargetServer, type World } from './move/move-input.ts';
import { probeTarget, startServices } from './move/services.ts';
import { keepVolumesOfTarget, placeTarget } from './move/target-side.ts';
import { restoreBackup, snapshotWhole, stillDown } from './recover/before.ts';
import type {
  RecoverInput,
  RecoverOutput,
  StartAgainInput,
  StartAgainOutput,
} from './recover/recover-input.ts';
import { dataMounted, serverBack, startServer } from './resize/power.ts';
import { confirmRoute } from './route/confirm-route.ts';
import { takeAddresses } from './route/guest-addresses.ts';
import { hasRoutesToRead, readRoutes } from './route/read-routes.ts';
import { admitTarget, switchForGood, switchRoutes } from './route/switch-route.ts';
import { type Slots, slotsFor } from './slots.ts';
import { attachAll, detachAll, mountAll } from './swap/all-volumes.ts';

/** The recovery, with sets of slots of one's own that inputs may name. */
export function recoverWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, RecoverInput, RecoverOutput> {
  return stepGraph('recover', (g: GraphBuilder<World & S>, input: RecoverInput) => {
    const slots = slotsFor(sets, input);
    const fenced = { at: sourcePlace(input), id: input.source.id, name: input.source.name };

    // The target is built whatever becomes of the source.
    const target = placeTarget(g, input, slots);
    const built = [target, ...filledDisks(g, input, target)];
    const source = knownOfSource(g, input, []);
    const word =
      input.hold === true ? [g.hold('cut-over', { after: [...built, source], ask: askOf(input) })] : built;
    const routes = hasRoutesToRead(input) ? readRoutes(g, input, source, target) : undefined;
    const admitted = routes === undefined ? [source] : [routes, ...admitTarget(g, input, routes)];
    const down = stillDown(g, input, slots.fill(g, 'beforeStop', target, [...word, ...admitted]));

    // The source must not serve any more.
    const fence = fenceServer(g, fenced, [down]);
    const mounted = input.way.kind === 'surviving-volume' ? carryOver(g, input, target, fence) : [fence];
    const atRest = slots.fill(g, 'afterDetach', target, mounted);
    // A server that is off holds no address.
    const started = startServices(g, input, target, source, takeAddresses(g, input, target, atRest));
    const answers = probeTarget(g, input, target, started);
    const proven = slots.fill(g, 'beforeSwitch', target, [answers]);
    const holds = fenceHolds(g, fenced, proven);
    const switched =
      input.way.kind === 'surviving-volume'
        ? switchRoutes(g, input, target, routes, [holds])
        : switchForGood(g, input, target, routes, [holds]);

    // The target serves.
    const confirmed = confirmRoute(g, input, target, switched.length === 0 ? [holds] : switched);
    const settled = slots.fill(g, 'afterSwitch', target, [confirmed]);
    const again = fenceAgain(g, fenced, settled);
    if (input.way.kind === 'surviving-volume') keepVolumesOfTarget(g, input, target, [again]);
    renameServer(g, 'rename-source', { ...fenced, from: fenced.name, to: brokenName(fenced.name) }, [again]);
    return { target, fence };
  });
}

/** The recovery, without slots. */
export const recover: StepGraph<World, RecoverInput, RecoverOutput> = recoverWith<unknown>([]);

/** The same server, powered off and on again: the shortest way back, if its hardware is still there. */
export const startAgain: StepGraph<World, StartAgainInput, StartAgainOutput> = stepGraph(
  'start-again',
  (g: GraphBuilder<World>, input: StartAgainInput) => {
    const fenced = { at: sourcePlace(input), id: input.source.id, name: input.source.name };
    const source = knownOfSource(g, input, []);
    const down = stillDown(g, input, [source]);
    const off = fenceServer(g, fenced, [down]);
    const on = startServer(g, input, off);
    const server = serverBack(g, input, `${fenced.name} has booted`, [on]);
    const mounted = dataMounted(g, input, server);
    const started = startServices(g, input, server, source, [mounted], 'leave');
    confirmRoute(g, input, server, [probeTarget(g, input, server, started)]);
    return { server };
  },
);

/** The surviving disks go from the fenced source to the target, all together. */
function carryOver(
  g: GraphBuilder<World>,
  input: RecoverInput,
  target: Handle<TargetServer>,
  fence: Handle<unknown>,
): readonly Handle<unknown>[] {
  const detached = detachAll(g, input, [fence]);
  return mountAll(g, input, target, attachAll(g, input, target, detached));
}

/** Disks of the target's own with the data on them, where the source's own do not come along. */
function filledDisks(
  g: GraphBuilder<World>,
  input: RecoverInput,
  target: Handle<TargetServer>,
): readonly Handle<unknown>[] {
  const { way } = input;
  if (way.kind === 'surviving-volume') return [];
  if (way.kind === 'from-snapshot') {
    const { more = [], disk } = way;
    const from = { kind: 'snapshot' } as const;
    const moreDisks = more.map((each) => ({ ...each.disk, from }));
    const disks = { ...input, disk: { ...disk, from }, moreDisks };
    const snapshotOf = new Map<string, SnapshotId>([
      [input.volume.id, way.snapshotId],
      ...(input.moreVolumes ?? []).map(({ id }, index) => [id, more[index]?.snapshotId ?? ''] as const),
    ]);
    const pictures = new Map(
      eachDisk(disks).map(({ volume: { id }, suffix }) => [
        id,
        snapshotWhole(g, input, snapshotOf.get(id) ?? '', suffix),
      ]),
    );
    return dataDisks(g, disks, target, (volumeId) => pictures.get(volumeId)).ready;
  }
  const { disk, moreDisks = [] } = way;
  const disks = { ...input, disk, moreDisks };
  const { ready } = dataDisks(g, disks, target, () => undefined);
  // One after the other: the backup is read by one reader, as fast as it was measured.
  return eachDisk(disks).reduce<readonly Handle<unknown>[]>(
    (before, one) => [restoreBackup(g, one, way, target, before)],
    ready,
  );
}

function askOf({ source, target, way, moreVolumes = [] }: RecoverInput): string {
  return `${target.instanceType} is ready to serve with ${dataOf(way, moreVolumes.length > 0)}. Power ${source.name} off for good?`;
}

function dataOf(way: RecoverInput['way'], areSeveral: boolean): string {
  if (way.kind === 'surviving-volume') return areSeveral ? 'its disks' : 'its disk';
  if (way.kind === 'from-backup') return `the files of ${way.backupId}`;
  const all = [way.snapshotId, ...(way.more ?? []).map(({ snapshotId }) => snapshotId)];
  return areSeveral ? `disks of snapshots ${all.join(' and ')}` : `a disk of snapshot ${way.snapshotId}`;
}
