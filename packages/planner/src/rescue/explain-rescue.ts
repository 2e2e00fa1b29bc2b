/** Rescue plans as people read them: every way side by side, its time and its loss first. */

import { laidOut, type Row, shortened, span, unparted } from '../explain/layout.ts';
import { reason } from '../explain/reasons.ts';
import type { Judged } from '../precondition.ts';
import { rangeText } from '../told-range.ts';
import type { Loss } from './loss.ts';
import type { RecoveryAssessment, RecoveryPlan, ToServing } from './recovery.ts';
import type { TakeoverPlan } from './takeover.ts';

/** A recovery as plain text, ending with a line feed. */
export function explainRecovery(
  plan: RecoveryPlan,
  { columns = 100 }: { readonly columns?: number } = {},
): string {
  const { candidates, way, facts, missing, acceptedLoss, acceptedMoments } = plan;
  const served = facts.lastServedAt.known
    ? `last served at ${facts.lastServedAt.value}`
    : 'nobody saw when it stopped';
  const chosen = candidates.find((each) => each.way === way);
  return text(
    [
      {
        label: `Plan ${plan.planId}`,
        text: `recover ${facts.workload.name} (${facts.workload.instance.id}), ${served}`,
      },
      {
        label: 'Way',
        text: chosen === undefined ? 'none that is known to be open' : `${chosen.title}${costs(chosen)}`,
        lines: 2,
      },
      ...candidates.filter((each) => each !== chosen).map((each, i) => other(each, i)),
      ...taken({ 'expected-loss': acceptedLoss, 'one-moment': acceptedMoments }),
      ...needs(missing, chosen?.loss),
      ...(plan.result === 'change' ? [{ label: 'Approve', text: plan.digest }] : []),
    ],
    columns,
  );
}

/** A takeover as plain text, ending with a line feed. */
export function explainTakeover(
  plan: TakeoverPlan,
  { columns = 100 }: { readonly columns?: number } = {},
): string {
  const { candidates, mode, facts, evidence, steps, missing, acceptedLoss } = plan;
  const chosen = candidates.find((each) => each.mode === mode);
  return text(
    [
      {
        label: `Plan ${plan.planId}`,
        text: `take over ${facts.workload.name} from ${facts.workload.instance.id}`,
      },
      {
        label: 'Way',
        text:
          chosen === undefined ? 'none that is known to be open' : `${chosen.mode} takeover${costs(chosen)}`,
        lines: 2,
      },
      ...candidates
        .filter((each) => each !== chosen)
        .map((each, i) => ({
          label: i === 0 ? 'not' : '',
          indent: 2,
          text: `${each.mode}: ${open(each.findings) || `feasible${costs(each)}`}`,
          lines: 2,
        })),
      {
        label: 'Standby',
        text: `newest data ${evidence.dataAt ?? 'of a time that nobody knows'}; last valid backup ${evidence.backupAt ?? 'not known'}`,
      },
      ...evidence.importLog.slice(-3).map((line) => ({ label: '', text: `import: ${line}`, lines: 1 })),
      ...steps.map((step, i) => ({ label: i === 0 ? 'Steps' : '', text: `${i + 1}. ${step}` })),
      ...taken({ 'expected-loss': acceptedLoss }),
      ...needs(missing, chosen?.loss),
      ...(plan.result === 'change' ? [{ label: 'Approve', text: plan.digest }] : []),
    ],
    columns,
  );
}

function other({ title, findings, toServing, loss }: RecoveryAssessment, index: number): Row {
  const against = open(findings);
  const told = against === '' ? `open${costs({ toServing, loss })}` : against;
  return { label: index === 0 ? 'not' : '', indent: 2, text: `${title}: ${told}`, lines: 2 };
}

function open(findings: readonly Judged[]): string {
  return findings
    .filter(({ verdict }) => verdict !== 'holds')
    .map((finding) => reason(finding))
    .join('; ');
}

function costs({
  toServing,
  loss,
}: {
  readonly toServing?: ToServing | undefined;
  readonly loss: Loss;
}): string {
  const time =
    toServing === undefined
      ? 'time not known'
      : `serves in ${unparted(rangeText(toServing))} (p50–p90${toServing.confidence === 'low' ? ', low confidence' : ''})`;
  const lost = loss.seconds === undefined || loss.seconds === 0 ? '' : `${span(loss.seconds)}: `;
  return `   ${time}   loses ${lost}${loss.sentence}`;
}

/** Risks that somebody has taken: whoever approves the plan takes them with it. */
function taken(
  risks: Readonly<Record<string, { readonly by: string; readonly reason: string } | undefined>>,
): readonly Row[] {
  return Object.entries(risks)
    .flatMap(([risk, word]) => (word === undefined ? [] : [`${risk} by ${word.by}: ${word.reason}`]))
    .map((line, i) => ({ label: i === 0 ? 'Accepted' : '', text: line }));
}

function needs(missing: readonly string[], loss: Loss | undefined): readonly Row[] {
  return missing.map((each, i) => ({
    label: i === 0 ? 'Needs' : '',
    text:
      each === 'expected-loss'
        ? `expected-loss: a name and a reason, as this loses ${loss?.sentence ?? 'data'}`
        : each,
    lines: 2,
  }));
}

function text(rows: readonly Row[], columns: number): string {
  const width = Math.min(100, Math.max(40, columns));
  return `${rows.flatMap((row) => laidOut(shortened(row, width), width)).join('\n')}\n`;
}
