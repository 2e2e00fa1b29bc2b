/**
 * Turns facts and a target into the input of a swap and the list of its steps. The list is read off the graph that
 * will run, so a plan cannot show other steps than those.
 */

import { shapeOf } from '@belay/runner';
import type { Downtime, Serving } from '../downtime.ts';
import type { Facts } from '../facts.ts';
import type { Fix } from '../guards.ts';
import { swapZones } from '../strategies/volume-swap.ts';
import type { Target } from '../target.ts';
import { volumeSwap } from '../volume-swap-graph.ts';
import type { SwapInput } from './swap-input.ts';
import { servingDuring } from './swap-serving.ts';

/** A step of the graph as a plan shows it. */
export interface PlannedStep {
  /** Path in the graph. */
  readonly step: string;
  readonly title: string;
  readonly after: readonly string[];
  readonly serving: Serving;
  /** Can it be undone, or does it change nothing? */
  readonly undo: 'reverted' | 'nothing-to-undo';
  /** Best, likely and worst case, where the downtime model knows the step. */
  readonly estimateSeconds?: readonly [number, number, number] | undefined;
}

export interface PlannedSwap {
  readonly input: SwapInput;
  readonly steps: readonly PlannedStep[];
}

export interface SwapPlanOptions {
  readonly fixes: readonly Fix[];
  /** Names of guards whose risk somebody takes. */
  readonly accepted: readonly string[];
  readonly downtime: Downtime | undefined;
}

/** `undefined` where a fact is missing that the input needs: no feasible swap lacks one. */
export function plannedSwap(facts: Facts, target: Target, options: SwapPlanOptions): PlannedSwap | undefined {
  const { workload, source } = facts;
  if (!source.known) return undefined;
  const { at, zones: _, diskType: __, sizeGiB: ___, carries: ____, ...spec } = target;
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
  };
  return shapeOf(volumeSwap, input).match(
    ({ nodes }) => ({
      input,
      steps: nodes
        .filter(({ kind }) => kind !== 'scope')
        .map(({ path, title, after, hasRevert }) => ({
          step: path,
          title: title ?? path,
          after: after.flatMap((i) => nodes[i]?.path ?? []),
          // A step that is in no table counts as time in which nobody serves: the careful answer.
          serving: servingDuring(path) ?? 'nobody',
          undo: hasRevert === true ? 'reverted' : 'nothing-to-undo',
          ...estimateOf(path, options.downtime),
        })),
    }),
    () => undefined,
  );
}

function estimateOf(path: string, downtime: Downtime | undefined): Pick<PlannedStep, 'estimateSeconds'> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const phase = downtime?.phases.find((each) => each.name === name || name.startsWith(`${each.name}-`));
  if (phase === undefined) return {};
  return { estimateSeconds: [phase.bestSeconds, phase.likelySeconds, phase.worstSeconds] };
}
