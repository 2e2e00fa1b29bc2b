/** Which of two feasible strategies is better: the order of choice, and nothing else. */

import type { GuardResult } from './guards.ts';
import type { Assessment } from './judge.ts';

/** A feasible strategy with what the guards that stand before it said. */
export interface Contender {
  readonly assessment: Assessment;
  readonly guards: readonly GuardResult[];
}

/**
 * Below zero where `a` comes first. What is already so first, and what this version can carry out; then the guards,
 * how far one can go back, whether nine cases of ten stay within the budget, how long nobody serves, how long the whole
 * takes, and what it costs.
 */
export function preference(a: Contender, b: Contender, budgetSeconds: number | undefined): number {
  const [mine, others] = [ranks(a, budgetSeconds), ranks(b, budgetSeconds)];
  return (
    mine
      .map((rank, i) => rank - (others[i] ?? 0))
      .find((difference) => difference !== 0 && !Number.isNaN(difference)) ?? 0
  );
}

function ranks({ assessment, guards }: Contender, budgetSeconds: number | undefined): readonly number[] {
  const { strategy, graph, wayBack, downtime, cost } = assessment;
  const stopping = guards.filter(({ name, decision }) => decision === 'NO-GO' && name !== 'within-budget');
  const isWithin =
    downtime !== undefined && downtime.p90Seconds <= (budgetSeconds ?? Number.POSITIVE_INFINITY);
  return [
    strategy === 'nothing' ? 0 : graph !== undefined ? 1 : 2,
    stopping.length,
    wayBack.rank,
    isWithin ? 0 : 1,
    downtime?.p50Seconds ?? Number.MAX_VALUE,
    downtime?.totalP50Seconds ?? Number.MAX_VALUE,
    cost.servers + cost.disks,
  ];
}
