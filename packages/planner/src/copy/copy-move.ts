/**
 * The way of every move by copying. While the source serves: the target with its own disk, all passes but the last, and
 * a rehearsal of that. Then nobody serves: quiet, the final pass, start, probe. Before the world is led to the target
 * everything goes back to a source that was never changed; from the first write that the target takes there is no way
 * back, and that moment is the pivot.
 */

import type { GraphBuilder, Handle } from '@belay/runner';
import { gateBeforeSwitch } from '../gate/cut-over-gate.ts';
import { gateOfMove } from '../gate/window-gate.ts';
import type { World } from '../move/move-input.ts';
import { probeTarget, startServices, stopServices } from '../move/services.ts';
import { lookAtSource, renameSource } from '../move/source-side.ts';
import { placeTarget } from '../move/target-side.ts';
import { confirmRoute } from '../route/confirm-route.ts';
import { giveAddressesUp, takeAddresses } from '../route/guest-addresses.ts';
import { lowerTtl } from '../route/lower-ttl.ts';
import { hasRoutesToRead, readRoutes } from '../route/read-routes.ts';
import { admitTarget, switchForGood } from '../route/switch-route.ts';
import type { SlotFiller } from '../slots.ts';
import type { CopyInput, CopyOutput } from './copy-input.ts';
import { dataDisks } from './data-disk.ts';
import { finalPass, firstPass, rehearse, warmPasses } from './passes.ts';
import type { Pictures } from './picture.ts';
import { checkQuiet, maskTimers } from './quiesce.ts';

export function copyMove<S>(
  g: GraphBuilder<World & S>,
  input: CopyInput,
  slots: SlotFiller<World & S>,
  pictures?: Pictures,
): { readonly [K in keyof CopyOutput]: Handle<CopyOutput[K]> } {
  // The source serves.
  const target = placeTarget(g, input, slots);
  const disk = dataDisks(g, input, target, (volumeId) => pictures?.of(volumeId));
  const first = firstPass(g, input, target, disk.ready);
  const warm = warmPasses(g, input, target, first, released(g, input, [first, ...lowerTtl(g, input)]));
  const rehearsed = rehearse(g, input, target, warm);
  const source = lookAtSource(g, input, [rehearsed]);
  const routes = hasRoutesToRead(input) ? readRoutes(g, input, source, target) : undefined;
  const admitted = routes === undefined ? [source] : [routes, ...admitTarget(g, input, routes)];
  const open = gateOfMove(g, input, { target, source, picture: pictures?.all }, admitted);
  const beforeStop = slots.fill(g, 'beforeStop', target, open);
  const masked = maskTimers(g, input, beforeStop);

  // Nobody serves.
  const stopped = stopServices(g, input, source, [masked]);
  const quiet = checkQuiet(g, input, stopped);
  const copied = finalPass(g, input, target, giveAddressesUp(g, input, [quiet]));
  const atRest = slots.fill(g, 'afterDetach', target, [copied]);
  const started = startServices(g, input, target, source, takeAddresses(g, input, target, atRest));
  const answers = probeTarget(g, input, target, started);
  const proven = slots.fill(g, 'beforeSwitch', target, [answers]);
  const go = gateBeforeSwitch(g, input, { started, answers, copied }, proven);
  const switched = switchForGood(g, input, target, routes, go);

  // The target serves.
  const confirmed = confirmRoute(g, input, target, switched);
  renameSource(g, input, slots.fill(g, 'afterSwitch', target, [confirmed]));
  return { target, disk: disk.made, rehearsed, finalPass: copied };
}

/** The hold comes before the warm passes: they are done when the word has come, however long it took. */
function released(
  g: GraphBuilder<World>,
  { hold, source, target }: CopyInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (hold !== true) return after;
  const ask = `Everything of ${source.name} has been copied once to ${target.instanceType}. Copy the rest, stop it and move?`;
  return [g.hold('cut-over', { after, ask })];
}
