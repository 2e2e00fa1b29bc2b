/** Why a strategy is not the one: in one line, what cannot be helped first. */

import type { Downtime } from '../downtime.ts';
import type { Candidate, Plan } from '../plan.ts';
import type { Judged } from '../precondition.ts';
import { rangeText } from '../told-range.ts';
import { unparted } from './layout.ts';

/** Why this strategy was not chosen. */
export function against(candidate: Candidate, plan: Plan): string {
  const reasons = candidate.findings.filter(({ verdict }) => verdict !== 'holds');
  if (reasons.length > 0) return told(reasons);
  const { downtime, wayBack, noGo } = candidate;
  if (plan.strategy === 'nothing') return 'feasible, but there is nothing to do';
  if (noGo.length > 0) {
    return `feasible, but ${noGo.map((guard) => `${guard.name} (${guard.id}): ${reason(guard)}`).join('; ')}`;
  }
  const chosen = plan.candidates.find(({ strategy }) => strategy === plan.strategy);
  const isWorse = chosen !== undefined && wayBack.rank > chosen.wayBack.rank;
  const because = isWorse ? `back only until ${wayBack.until}` : 'ranked lower';
  return `feasible, ${range(downtime)}; ${because}`;
}

/** What was seen, and what would turn it. */
export function reason({ verdict, sentence, evidence, change }: Omit<Judged, 'name'>): string {
  const fix = change === undefined ? '' : ` (fix: ${change.sentence})`;
  return verdict === 'unknown' ? `not known whether ${sentence}: ${evidence}${fix}` : `${evidence}${fix}`;
}

/** What would have to be done for these to hold. */
export function wayIn(open: readonly Judged[]): string {
  const unlearned = open.filter(({ verdict, change }) => verdict === 'unknown' && change === undefined);
  const steps = open
    .filter((each) => !unlearned.includes(each))
    .map(({ change, sentence }) => change?.sentence ?? `see to it that ${sentence}`);
  const learn = unlearned.length === 0 ? [] : [`find out ${unlearned.map(({ name }) => name).join(', ')}`];
  return [...steps, ...learn].join('; ');
}

/** What fails first, then what is not known, one sentence for all that have the same cause. */
function told(reasons: readonly Judged[]): string {
  const failing = reasons.filter(({ verdict }) => verdict === 'fails').map((each) => reason(each));
  const open = reasons.filter(({ verdict }) => verdict === 'unknown');
  const causes = [...new Set(open.map(({ evidence }) => evidence))].map((cause) => {
    const names = open.filter(({ evidence }) => evidence === cause).map(({ name }) => name);
    return `not known: ${names.join(', ')} (${cause})`;
  });
  return [...failing, ...causes].join('; ');
}

function range(downtime: Downtime | undefined): string {
  if (downtime === undefined) return 'downtime not known';
  if (downtime.p90Seconds === 0) return 'no downtime';
  return unparted(rangeText(downtime));
}
