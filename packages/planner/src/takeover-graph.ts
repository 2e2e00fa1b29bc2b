/**
 * The takeover: a standby becomes the one that serves. Before anything is touched it is authorised, and the standby's
 * last import looked at. While a living primary is copied over the standby, that standby is marked as worth nothing. The
 * primary is fenced and that is read back before the standby is promoted, so that never two serve. The first address that leads to the standby is the point of no return; afterwards only forward: names, front
 * ends, a new standby is asked for. Nothing is deleted: the primary is kept, under the name of a broken one.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { knownOfSource } from './failover/absent-source.ts';
import { fenceAgain, fenceHolds, fenceServer, quietFence } from './failover/fence.ts';
import { brokenName, renameServer } from './failover/names.ts';
import { sourcePlace, type World } from './move/move-input.ts';
import { probeTarget, startStoppedServices, stopServices } from './move/services.ts';
import { lookAtSource } from './move/source-side.ts';
import { confirmRoute } from './route/confirm-route.ts';
import { giveAddressesUp, takeAddresses } from './route/guest-addresses.ts';
import { hasRoutesToRead, readRoutes } from './route/read-routes.ts';
import { admitTarget, switchForGood } from './route/switch-route.ts';
import { type Slots, slotsFor } from './slots.ts';
import { authorise, checkStandby, lookAtStandby } from './takeover/before.ts';
import { beginCopy, sealCopy } from './takeover/copy-mark.ts';
import { pauseImports, quietStandby, requestStandby, syncStandby } from './takeover/promote.ts';
import type { TakeoverInput, TakeoverOutput } from './takeover/takeover-input.ts';

/** The takeover, with sets of slots of one's own that inputs may name. */
export function takeoverWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, TakeoverInput, TakeoverOutput> {
  return stepGraph('takeover', (g: GraphBuilder<World & S>, input: TakeoverInput) => {
    const slots = slotsFor(sets, input);
    const { mode, standby, source: primary } = input;
    const fenced = { at: sourcePlace(input), id: primary.id, name: primary.name };

    // The primary serves, or nobody does.
    const authorised = authorise(g, input);
    const imported = checkStandby(g, input, [authorised]);
    const target = lookAtStandby(g, input, [imported]);
    const paused = pauseImports(g, input, [target]);
    const caughtUp =
      mode.kind === 'planned'
        ? syncStandby(g, input, mode, 'warm', [beginCopy(g, input, [quietStandby(g, input, [paused])])])
        : paused;
    const word =
      input.hold === true ? g.hold('cut-over', { after: [caughtUp], ask: askOf(input) }) : caughtUp;
    const source = mode.kind === 'planned' ? lookAtSource(g, input, [word]) : knownOfSource(g, input, [word]);
    const routes = hasRoutesToRead(input) ? readRoutes(g, input, source, target) : undefined;
    const admitted = routes === undefined ? [source] : [routes, ...admitTarget(g, input, routes)];
    const beforeStop = slots.fill(g, 'beforeStop', target, admitted);

    // Nobody serves.
    const isPlanned = mode.kind === 'planned';
    const stopped = isPlanned ? [stopServices(g, input, source, beforeStop)] : beforeStop;
    const fence = isPlanned
      ? quietFence(g, fenced, input.services, 'fence-source', stopped)
      : fenceServer(g, fenced, stopped);
    // A server that is off holds no address.
    const synced = isPlanned
      ? giveAddressesUp(g, input, [sealCopy(g, input, [syncStandby(g, input, mode, 'final', [fence])])])
      : [fence];
    const atRest = slots.fill(g, 'afterDetach', target, synced);
    const reachable = takeAddresses(g, input, target, atRest);
    const started = startStoppedServices(g, input, target, source, reachable);
    const answers = probeTarget(g, input, target, started);
    const proven = slots.fill(g, 'beforeSwitch', target, [answers]);
    const holds = isPlanned
      ? quietFence(g, fenced, input.services, 'fence-holds', proven)
      : fenceHolds(g, fenced, proven);
    const switched = switchForGood(g, input, target, routes, [holds]);

    // The standby serves.
    const confirmed = confirmRoute(g, input, target, switched);
    const settled = slots.fill(g, 'afterSwitch', target, [confirmed]);
    const again = isPlanned
      ? quietFence(g, fenced, input.services, 'fence-again', settled)
      : fenceAgain(g, fenced, settled);
    const broken = { ...fenced, from: primary.name, to: brokenName(primary.name) };
    const renamed = renameServer(g, 'rename-source', broken, [again]);
    const promoted = { at: standby.at, id: standby.id, from: standby.name, to: primary.name };
    const named = renameServer(g, 'rename-standby', promoted, [renamed]);
    return { server: target, import: imported, fence, nextStandby: requestStandby(g, input, [named]) };
  });
}

/** The takeover, without slots. */
export const takeover: StepGraph<World, TakeoverInput, TakeoverOutput> = takeoverWith<unknown>([]);

function askOf({ standby, source, mode }: TakeoverInput): string {
  const loss =
    mode.kind === 'planned' ? 'Nothing is lost.' : `What came after ${mode.dataAtLeast} may be lost.`;
  return `${standby.name} is ready. Stop ${source.name} for good and let it take over? ${loss}`;
}
