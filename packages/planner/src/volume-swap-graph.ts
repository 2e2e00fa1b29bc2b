/**
 * The volume swap: the data disk moves from the source to a bigger, smaller or newer server in the same cloud.
 *
 * While the source serves, everything that can fail slowly or for want of stock is done and proven. Then nobody
 * serves for as long as stop, unmount, detach, attach, mount, start and probe take. The source is kept, renamed; the
 * run can be undone as long as it is, and nothing that was written meanwhile is lost, for the disk carries it along.
 * There is no pivot: a swap has no point of no return of its own.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { confirmRoute, readNames, switchAddresses, switchNames } from './swap/route.ts';
import { keepVolumeOfSource, lookAtSource, renameSource } from './swap/source-side.ts';
import type { SwapInput, SwapOutput, World } from './swap/swap-input.ts';
import {
  checkTarget,
  keepVolumeOfTarget,
  provisionTarget,
  quietTarget,
  targetReady,
} from './swap/target-side.ts';
import {
  attachToTarget,
  detachFromSource,
  mountOnTarget,
  probeTarget,
  startServices,
  stopServices,
  unmountFromSource,
} from './swap/window.ts';

export const volumeSwap: StepGraph<World, SwapInput, SwapOutput> = stepGraph(
  'volume-swap',
  (g: GraphBuilder<World>, input: SwapInput) => {
    // The source serves.
    const target = g.scope('place', { choices: input.zones }, (s, zone) => {
      const made = provisionTarget(s, input, zone);
      const ready = targetReady(s, input, made);
      const fit = checkTarget(s, input, made, [ready]);
      quietTarget(s, input, made, [fit]);
      return made;
    });
    const kept = keepVolumeOfSource(g, input);
    const source = lookAtSource(g, input, [target, kept]);
    const names = input.names.length === 0 ? undefined : readNames(g, input, source, target);

    // Nobody serves.
    const stopped = stopServices(g, input, source, names === undefined ? [target] : [target, names]);
    const unmounted = unmountFromSource(g, input, stopped);
    const detached = detachFromSource(g, input, unmounted);
    const attached = attachToTarget(g, input, target, detached);
    const mounted = mountOnTarget(g, input, target, attached);
    const started = startServices(g, input, target, source, mounted);
    const answers = probeTarget(g, input, target, started);
    const switched = [
      ...switchAddresses(g, input, target, [answers]),
      ...(names === undefined ? [] : switchNames(g, input, names, [answers])),
    ];

    // The target serves.
    const led = switched.length === 0 ? [answers] : switched;
    const confirmed = confirmRoute(g, input, target, led);
    keepVolumeOfTarget(g, input, target, [confirmed]);
    renameSource(g, input, [confirmed]);
    return { target, attachment: attached };
  },
);
