/**
 * The volume swap: the data disks move, all together, from the source to a bigger, smaller or newer server in the same
 * cloud.
 *
 * While the source serves, everything that can fail slowly or for want of stock is done and proven, and a gate asks the
 * plan's guards once more. Then nobody
 * serves for as long as stop, unmount, detach, attach, mount, start and probe take. The source is kept, renamed; the
 * run can be undone as long as it is, and nothing that was written meanwhile is lost, for the disk carries it along.
 * There is no pivot: a swap has no point of no return of its own.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { gateBeforeSwitch } from './gate/cut-over-gate.ts';
import { gateOfMove } from './gate/window-gate.ts';
import { cutOver } from './move/cut-over.ts';
import type { World } from './move/move-input.ts';
import { probeTarget, startServices, stopServices } from './move/services.ts';
import { keepVolumeOfSource, lookAtSource, renameSource } from './move/source-side.ts';
import { keepVolumesOfTarget, placeTarget } from './move/target-side.ts';
import { confirmRoute } from './route/confirm-route.ts';
import { giveAddressesUp, takeAddresses } from './route/guest-addresses.ts';
import { lowerTtl } from './route/lower-ttl.ts';
import { hasRoutesToRead, readRoutes } from './route/read-routes.ts';
import { admitTarget, switchRoutes } from './route/switch-route.ts';
import { type Slots, slotsFor } from './slots.ts';
import { attachAll, detachAll, mountAll, unmountAll } from './swap/all-volumes.ts';
import { settleSource } from './swap/settle-source.ts';
import type { SwapInput, SwapOutput } from './swap/swap-input.ts';

/** The swap, with sets of slots of one's own that inputs may name. */
export function volumeSwapWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, SwapInput, SwapOutput> {
  return stepGraph('volume-swap', (g: GraphBuilder<World & S>, input: SwapInput) => {
    const slots = slotsFor(sets, input);

    // The source serves.
    const target = placeTarget(g, input, slots);
    const kept = keepVolumeOfSource(g, input);
    const ready = cutOver(g, input, target, [target, kept, ...lowerTtl(g, input)]);
    const source = lookAtSource(g, input, ready);
    const routes = hasRoutesToRead(input) ? readRoutes(g, input, source, target) : undefined;
    const admitted = routes === undefined ? [source] : [routes, ...admitTarget(g, input, routes)];
    const settled = settleSource(g, input, admitted);
    const open = gateOfMove(g, input, { target, source }, [settled]);
    const beforeStop = slots.fill(g, 'beforeStop', target, open);

    // Nobody serves.
    const stopped = stopServices(g, input, source, beforeStop);
    const unmounted = unmountAll(g, input, giveAddressesUp(g, input, [stopped]));
    const detached = detachAll(g, input, unmounted);
    const free = slots.fill(g, 'afterDetach', target, detached);
    const disks = attachAll(g, input, target, free);
    const mounted = mountAll(g, input, target, disks);
    const reachable = takeAddresses(g, input, target, mounted);
    const started = startServices(g, input, target, source, reachable);
    const answers = probeTarget(g, input, target, started);
    const proven = slots.fill(g, 'beforeSwitch', target, [answers]);
    const go = gateBeforeSwitch(g, input, { started, answers }, proven);
    const switched = switchRoutes(g, input, target, routes, go);

    // The target serves.
    const confirmed = confirmRoute(g, input, target, switched.length === 0 ? go : switched);
    const after = slots.fill(g, 'afterSwitch', target, [confirmed]);
    keepVolumesOfTarget(g, input, target, after);
    renameSource(g, input, after);
    return { target, attachment: disks[0].attached };
  });
}

/** The swap, without slots. */
export const volumeSwap: StepGraph<World, SwapInput, SwapOutput> = volumeSwapWith<unknown>([]);
