/** Turns facts and a target into the input of a swap and the list of its steps. */

import type { Downtime } from '../downtime.ts';
import type { Facts } from '../facts.ts';
import type { Fix } from '../guards.ts';
import { type PlannedStep, plannedSteps } from '../planned-steps.ts';
import type { AnySlots } from '../slots.ts';
import { swapZones } from '../strategies/volume-swap.ts';
import type { Target } from '../target.ts';
import { volumeSwapWith } from '../volume-swap-graph.ts';
import type { SwapInput } from './swap-input.ts';

export type { PlannedStep };

export interface PlannedSwap {
  readonly input: SwapInput;
  readonly steps: readonly PlannedStep[];
}

export interface SwapPlanOptions {
  readonly fixes: readonly Fix[];
  /** Names of guards whose risk somebody takes. */
  readonly accepted: readonly string[];
  readonly downtime: Downtime | undefined;
  /** Wait for a person's word before anything is stopped. */
  readonly hold?: boolean | undefined;
  /** Steps of one's own that take part. */
  readonly slots?: AnySlots | undefined;
}

/** `undefined` where a fact is missing that the input needs: no feasible swap lacks one. */
export function plannedSwap(facts: Facts, target: Target, options: SwapPlanOptions): PlannedSwap | undefined {
  const { workload, source } = facts;
  const { slots, downtime } = options;
  if (!source.known) return undefined;
  const { at, zones: _, diskType: __, sizeGiB: ___, carries: ____, product: _____, ...spec } = target;
  const input: SwapInput = {
    at,
    source: { id: workload.instance.id, name: source.value.name },
    volume: {
      id: workload.volumeId,
      mountPoint: workload.mountPoint,
      filesystemUuid: workload.filesystemUuid,
    },
    services: workload.services,
    probe: workload.probe,
    floatingIps: workload.floatingIps,
    names: workload.names,
    zones: swapZones({ facts, target }),
    target: spec,
    mayKeepVolume: options.fixes.includes('keep-volume'),
    ...(options.accepted.includes('source-serves') && { sourceMustServe: false }),
    ...(options.hold === true && { hold: true }),
    ...(slots !== undefined && { slots: slots.name }),
  };
  const steps = plannedSteps(volumeSwapWith(slots === undefined ? [] : [slots]), input, downtime);
  return steps === undefined ? undefined : { input, steps };
}
