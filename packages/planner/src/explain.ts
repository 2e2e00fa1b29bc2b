/**
 * A plan as people read it: what, why, why not the others, how long nobody serves, how far one can go back, what the
 * guards say and what is needed. Plain text that fits one screen of 24 lines at a hundred columns, and needs no colour
 * to be read; with all facts and guards when asked.
 */

import type { Downtime } from './downtime.ts';
import { evidenceRows } from './explain/evidence.ts';
import { laidOut, type Row, shortened, span, unparted } from './explain/layout.ts';
import { against, reason, wayIn } from './explain/reasons.ts';
import type { Plan } from './plan.ts';
import { rangeText } from './told-range.ts';

/** How much is told, and how wide. */
export interface ExplainOptions {
  /** Adds every fact with its source and time, every finding, every guard and every step. */
  readonly facts?: boolean | undefined;
  /** 40 to 100 columns; 100 where absent. */
  readonly columns?: number | undefined;
}

/** The plan as plain text, ending with a line feed. The plan itself is its JSON form. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const columns = Math.min(100, Math.max(40, options.columns ?? 100));
  const isWhole = options.facts === true;
  const rows = [
    ...headline(plan),
    ...(plan.result === 'refused' ? needRows(plan) : []),
    ...choice(plan),
    ...others(plan),
    ...outlook(plan),
    ...guardRows(plan),
    ...ignoredRows(plan),
    ...(plan.result === 'refused' ? [] : closing(plan)),
    ...(isWhole ? evidenceRows(plan) : []),
  ];
  return `${rows.flatMap((row) => laidOut(isWhole ? row : shortened(row, columns), columns)).join('\n')}\n`;
}

function headline({ planId, facts, target, budgetSeconds, validUntil, createdAt }: Plan): readonly Row[] {
  const from = facts.source.known ? facts.source.value.instanceType : 'unknown type';
  const { product = from } = facts.workload;
  const wanted = target.product ?? target.instanceType;
  const valid = span((Date.parse(validUntil) - Date.parse(createdAt)) / 1000);
  const oldest = Math.min(
    ...Object.values(facts).flatMap((fact) => ('at' in fact ? [Date.parse(fact.at)] : [])),
  );
  const age = span(Math.max(0, (Date.parse(createdAt) - oldest) / 1000));
  const budget = budgetSeconds === undefined ? '' : `   budget ${span(budgetSeconds)} (p90)`;
  const text = `${facts.workload.name}  ${target.product === undefined ? from : product} → ${wanted}   facts ${age} old, valid ${valid}${budget}`;
  return [{ label: `Plan ${planId}`, text }];
}

function choice(plan: Plan): readonly Row[] {
  const chosen = plan.candidates.find(({ strategy }) => strategy === plan.strategy);
  if (chosen === undefined) {
    return [{ label: 'Strategy', text: 'none: nothing that is known to be safe leads there' }];
  }
  const refused = plan.result === 'refused' ? `, but ${plan.missing.length} guard(s) say NO-GO` : '';
  const byHand =
    chosen.graph === undefined && plan.result === 'change' ? ', not carried out by this version' : '';
  const time = plan.result === 'noop' ? 'no downtime' : downtimeText(chosen.downtime);
  const named = plan.metadata === undefined ? '' : `, but the product becomes ${plan.metadata.product.to}`;
  return [
    { label: 'Strategy', text: `${chosen.title}${named}${refused}${byHand}   ${time}`, lines: 2 },
    { label: 'why', indent: 2, text: chosen.findings.map(({ evidence }) => evidence).join('; '), lines: 3 },
  ];
}

function others(plan: Plan): readonly Row[] {
  return plan.candidates
    .filter(({ strategy }) => strategy !== plan.strategy)
    .map((candidate, index) => ({
      label: index === 0 ? 'not' : '',
      indent: 2,
      text: `${candidate.title}: ${against(candidate, plan)}`,
      lines: 1,
    }));
}

function outlook(plan: Plan): readonly Row[] {
  const { downtime, wayBack, pointOfNoReturn } = plan;
  if (plan.result === 'noop') return [];
  const critical = downtime?.phases.filter(({ serving }) => serving === 'nobody') ?? [];
  const path = critical
    .filter(({ likelySeconds }) => likelySeconds >= 0.1)
    .map(({ name, likelySeconds }) => `${name}\u00a0${span(likelySeconds)}`)
    .join(' · ');
  const whole =
    downtime === undefined
      ? []
      : [
          `${unparted(rangeText({ p50Seconds: downtime.totalP50Seconds, p90Seconds: downtime.totalP90Seconds }))} in all`,
        ];
  return [
    ...(path === ''
      ? []
      : [{ label: 'Critical path', text: [`likely ${path}`, ...whole].join('; '), lines: 2 }]),
    ...(downtime?.seen === undefined ? [] : [{ label: '', text: downtime.seen.note, lines: 1 }]),
    ...(wayBack === undefined
      ? []
      : [
          { label: 'Reversible', text: `until: ${wayBack.until}${backText(downtime)}`, lines: 2 },
          { label: '', text: `point of no return: ${pointOfNoReturn?.sentence ?? 'none'}`, lines: 1 },
        ]),
  ];
}

function guardRows({ guards, guardsToCome }: Plan): readonly Row[] {
  if (guards.length === 0) return [];
  const count = (wanted: string) => guards.filter(({ decision }) => decision === wanted).length;
  const later = guardsToCome.length === 0 ? '' : ` · ${guardsToCome.length} more asked by the run`;
  const counts = `${count('GO')} go · ${count('RISK ACCEPTED')} risk accepted · ${count('NO-GO')} no-go${later}`;
  return [
    { label: 'Guards', text: counts, lines: 1 },
    ...guards
      .filter(({ decision, warns }) => decision !== 'GO' || warns === true)
      .map(({ name, id, decision, accepted, warns, ...finding }) => ({
        label: '',
        text:
          `${warns === true ? 'warning' : decision} ${name} (${id}): ${reason(finding)}` +
          (accepted === undefined ? '' : ` (${accepted.by}: ${accepted.reason})`),
        lines: 2,
      })),
  ];
}

function ignoredRows({ ignored }: Plan): readonly Row[] {
  return ignored.map(({ guard, why }, i) => ({
    label: i === 0 ? 'Ignored' : '',
    text: `acceptance of ${guard}: ${why}`,
  }));
}

/** What a refusal needs, the cheapest first: it stands at the top of the screen. */
function needRows(plan: Plan): readonly Row[] {
  if (plan.missing.length > 0) {
    return plan.guards
      .filter(({ decision }) => decision === 'NO-GO')
      .map(({ name, mayBeAccepted, change }, i) => {
        const ways = [
          ...(change === undefined ? [] : [change.sentence]),
          ...(mayBeAccepted ? ['a name and a reason'] : []),
        ];
        return {
          label: i === 0 ? 'Needs' : '',
          text: `${name}: ${ways.join(', or ') || 'no way around it'}`,
          lines: 2,
        };
      });
  }
  if (plan.unlocks.length > 0) {
    return plan.unlocks.map((unlock, i) => ({
      label: i === 0 ? 'Cheapest' : '',
      text: `${unlock.changes.join('; ')} → ${unlock.title}${gain(unlock.p50Seconds)}`,
      lines: 2,
    }));
  }
  return plan.candidates
    .filter(({ strategy }) => strategy !== 'nothing')
    .map(({ title, findings }) => ({ title, open: findings.filter(({ verdict }) => verdict !== 'holds') }))
    .sort((a, b) => a.open.length - b.open.length)
    .map(({ title, open }, i) => ({
      label: i === 0 ? 'Cheapest' : '',
      text: `${title}: ${wayIn(open)}`,
      lines: 1,
    }));
}

/** A better way that a change would open is worth a line, where it would stop the workload for much less. */
function closing(plan: Plan): readonly Row[] {
  const now = plan.downtime?.p50Seconds ?? 0;
  const better = plan.unlocks.find(({ p50Seconds }) => p50Seconds !== undefined && p50Seconds < now / 2);
  const hint =
    better === undefined
      ? []
      : [
          {
            label: 'Better',
            text: `${better.changes.join('; ')} → ${better.title}${gain(better.p50Seconds)}, not ${span(now)}`,
            lines: 2,
          },
        ];
  return [...hint, ...(plan.run === undefined ? [] : [{ label: 'Approve', text: plan.digest }])];
}

function gain(p50Seconds: number | undefined): string {
  return p50Seconds === undefined ? '' : `, ${span(p50Seconds)}`;
}

function backText(downtime: Downtime | undefined): string {
  if (downtime === undefined || downtime.backP90Seconds === 0) return '';
  const back = { p50Seconds: downtime.backP50Seconds, p90Seconds: downtime.backP90Seconds };
  return `; back within ${unparted(rangeText(back))}`;
}

function downtimeText(downtime: Downtime | undefined): string {
  if (downtime === undefined) return 'downtime not known';
  const { p90Seconds, clientTailSeconds, clientTailBecause, confidence } = downtime;
  if (p90Seconds === 0) return 'no downtime';
  const tail =
    clientTailSeconds === 0 ? '' : `   client tail ≤ ${span(clientTailSeconds)} (${clientTailBecause})`;
  const low = confidence === 'low' ? ', low confidence' : '';
  return `downtime ${unparted(rangeText(downtime))} (p50–p90${low})${tail}`;
}
