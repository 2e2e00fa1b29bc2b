/**
 * Another type for the same server. Where the cloud keeps the old one until somebody confirms, going back is as safe as
 * staying; where the server must be stopped for it, its hardware may be given away, so there must be held capacity, or
 * a person who takes that risk by name. One that loses its public address by that is followed by the names that led
 * there, where their zone is ours, and refused otherwise.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { gateOfReturn } from './gate/cut-over-gate.ts';
import { gateOfResize } from './gate/window-gate.ts';
import type { World } from './move/move-input.ts';
import { probeTarget, startServices, stopServices } from './move/services.ts';
import { lookAtSource } from './move/source-side.ts';
import { sealFirstRun } from './release/give-up.ts';
import { checkCapacity } from './resize/before.ts';
import { checkResized, confirmAtTheEnd, confirmLater } from './resize/confirm.ts';
import { changeServerType, dataMounted, serverBack, startServer, stopServer } from './resize/power.ts';
import type { ConfirmResizeInput, ResizeInput, ResizeOutput } from './resize/resize-input.ts';
import { confirmRoute } from './route/confirm-route.ts';
import { followAddress, followWhenBack } from './route/follow-address.ts';
import { lowerTtl } from './route/lower-ttl.ts';
import { type Slots, slotsFor } from './slots.ts';

/** The resize, with sets of slots of one's own that inputs may name; those before the switch and around it have places. */
export function resizeInPlaceWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, ResizeInput, ResizeOutput> {
  return stepGraph('resize-in-place', (g: GraphBuilder<World & S>, input: ResizeInput) => {
    const slots = slotsFor(sets, input);

    // It serves.
    const planned = checkCapacity(g, input, [], 'check-capacity');
    const asIs = input.hold === true ? afterHold(g, input, planned) : planned;
    const source = lookAtSource(g, input, [asIs, ...lowerTtl(g, input)]);
    const beforeStop = slots.fill(g, 'beforeStop', asIs, gateOfResize(g, input, source, [source]));

    // Nobody serves.
    const isStopped = input.way === 'stopped';
    const ready = isStopped ? followWhenBack(g, input, source, beforeStop) : beforeStop;
    const stopped = stopServices(g, input, source, ready);
    const off = isStopped ? stopServer(g, input, stopped) : stopped;
    const resized = changeServerType(g, input, [off]);
    const on = isStopped ? startServer(g, input, resized) : resized;
    const server = serverBack(g, input, `${input.source.name} has booted as ${input.toType}`, [on]);
    const mounted = dataMounted(g, input, server);
    const started = startServices(g, input, server, source, [mounted]);
    const answers = probeTarget(g, input, server, started);
    const proven = slots.fill(g, 'beforeSwitch', server, [answers]);

    // It serves again.
    const go = gateOfReturn(g, input, answers, proven);
    const led = isStopped ? followAddress(g, input, source, server, go) : go;
    const confirmed = confirmRoute(g, input, server, led);
    const settled = slots.fill(g, 'afterSwitch', server, [confirmed]);
    if (input.way === 'kept' && input.confirm === 'at-the-end') confirmAtTheEnd(g, input, settled);
    return { server };
  });
}

/** The resize, without slots. */
export const resizeInPlace: StepGraph<World, ResizeInput, ResizeOutput> = resizeInPlaceWith<unknown>([]);

/** Gives the old server of an earlier resize up: checks again, may wait for a person, seals that run first. */
export const confirmResize: StepGraph<World, ConfirmResizeInput, undefined> = stepGraph(
  'confirm-resize',
  (g: GraphBuilder<World>, input: ConfirmResizeInput) => {
    const { source, fromType, toType } = input.resize;
    const first = checkResized(g, input, [], 'check-resized');
    const ask = `${source.name} serves as ${toType}. Give its old server (${fromType}) up?`;
    const seen =
      input.hold === true
        ? checkResized(g, input, [g.hold('confirm', { after: [first], ask })], 'check-resized-again')
        : first;
    confirmLater(g, input, sealFirstRun(g, input, [seen]));
  },
);

function afterHold(g: GraphBuilder<World>, input: ResizeInput, planned: ReturnType<typeof checkCapacity>) {
  const { source, fromType, toType } = input;
  const ask = `${source.name} is to become ${toType}, from ${fromType}. Stop its services now?`;
  return checkCapacity(g, input, [g.hold('cut-over', { after: [planned], ask })], 'check-capacity-again');
}
