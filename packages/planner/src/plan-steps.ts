/** Steps of a plan with their ways back: what undoes each, how long that takes, and whether anything would be lost. */

import type { Downtime } from './downtime.ts';
import { type GuardPhase, guardsBefore } from './guards.ts';
import type { Parameters } from './parameters.ts';
import type { PlannedStep } from './planned-steps.ts';
import type { StrategyName, WayBack } from './strategy.ts';
import { backSpread } from './way-back.ts';

/** A step of a plan. */
export interface PlanStep extends PlannedStep {
  /** Guards that are asked there, where it is a gate. */
  readonly guards?: readonly string[] | undefined;
  /** How it is undone; absent where there is nothing to undo. */
  readonly back?: StepBack | undefined;
}

/** The revert of a step. */
export interface StepBack {
  /** Best, likely and worst case, where the model knows it. */
  readonly estimateSeconds?: readonly [number, number, number] | undefined;
  /** From here on going back loses what was written meanwhile. */
  readonly isLossy: boolean;
}

/** Steps with their ways back. All that comes after the point of no return is lossy to undo. */
export function withWaysBack(
  steps: readonly PlannedStep[],
  { rank, pivot }: WayBack,
  parameters: Parameters,
): readonly PlanStep[] {
  const last = steps.findIndex(({ step, undo }) => undo === 'point-of-no-return' || nameOf(step) === pivot);
  return steps.map((each, index) => {
    const step = { ...besideThePath(each, parameters), ...each };
    if (step.undo !== 'reverted') return step;
    const spread = backSpread(nameOf(step.step), parameters);
    const isLossy = rank === 3 && last >= 0 && index >= last;
    const back: StepBack =
      spread === undefined
        ? { isLossy }
        : { estimateSeconds: [spread.bestSeconds, spread.likelySeconds, spread.worstSeconds], isLossy };
    return { ...step, back };
  });
}

/** What goes on while something longer does is no phase of the downtime, and takes its time all the same. */
function besideThePath({ step }: PlannedStep, { checks }: Parameters): Pick<PlannedStep, 'estimateSeconds'> {
  if (nameOf(step) !== 'look-at-fence') return {};
  return { estimateSeconds: [checks.bestSeconds, checks.likelySeconds, checks.worstSeconds] };
}

/** Gates with the guards that they ask. */
export function withGuards(steps: readonly PlanStep[], strategy: StrategyName): readonly PlanStep[] {
  return steps.map((step) => {
    const phase = phaseOf[nameOf(step.step)];
    if (phase === undefined) return step;
    return { ...step, guards: guardsBefore(strategy, phase).map(({ name }) => name) };
  });
}

const phaseOf: Readonly<Record<string, GuardPhase>> = {
  'gate-window': 'window',
  'gate-cut-over': 'cut-over',
};

/** Where this version has no graph for a strategy, its phases tell what would be done. */
export function stepsOfPhases(
  downtime: Downtime | undefined,
  { pivot }: WayBack,
  parameters: Parameters,
): readonly PlannedStep[] {
  const phases = downtime?.phases ?? [];
  return phases.map(({ name, serving, bestSeconds, likelySeconds, worstSeconds }, index) => ({
    step: name,
    title: name.replaceAll('-', ' '),
    after: index === 0 ? [] : [phases[index - 1]?.name ?? ''],
    serving,
    undo:
      name === pivot
        ? 'point-of-no-return'
        : backSpread(name, parameters) === undefined
          ? 'nothing-to-undo'
          : 'reverted',
    estimateSeconds: [bestSeconds, likelySeconds, worstSeconds],
  }));
}

/** A step's own name, without the scopes around it and the number behind it. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/-\d+$/, '');
}
