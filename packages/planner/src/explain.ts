/**
 * A plan as people read it: what, why, why not the others, how long nobody serves, how far one can go back, what the
 * guards say and what is needed. Plain text, at most a hundred columns, and no colour is needed to read it.
 */

import type { Downtime } from './downtime.ts';
import { factNames } from './facts.ts';
import type { Plan, PlannedAssessment } from './plan.ts';
import type { Judged } from './precondition.ts';

/** How much is told, and how wide. */
export interface ExplainOptions {
  /** Adds every fact with its source and time, and every finding and guard. */
  readonly facts?: boolean | undefined;
  /** 40 to 100 columns; 100 where absent. */
  readonly columns?: number | undefined;
}

/** The plan as plain text, ending with a line feed. The plan itself is its JSON form. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const columns = Math.min(100, Math.max(40, options.columns ?? 100));
  const rows = [
    ...headline(plan),
    ...choice(plan),
    ...others(plan),
    ...outlook(plan),
    ...guardRows(plan),
    ...ignoredRows(plan),
    ...needRows(plan),
    ...(options.facts === true ? evidence(plan) : []),
  ];
  return `${rows.flatMap((row) => laidOut(row, columns)).join('\n')}\n`;
}

interface Row {
  readonly label: string;
  /** Under the label's own column: 2 for the reasons of a strategy. */
  readonly indent?: number;
  readonly text: string;
}

const textColumn = 16;

function headline(plan: Plan): readonly Row[] {
  const { facts, target } = plan;
  const from = facts.source.known ? facts.source.value.instanceType : 'unknown type';
  const minutes = Math.round((Date.parse(plan.validUntil) - Date.parse(plan.createdAt)) / 60_000);
  const budget = plan.budgetSeconds === undefined ? '' : `   budget ${span(plan.budgetSeconds)} (p90)`;
  return [
    {
      label: `Plan ${plan.id}`,
      text: `${facts.workload.name}  ${from} → ${target.instanceType}   valid ${minutes} min${budget}`,
    },
  ];
}

function choice(plan: Plan): readonly Row[] {
  const chosen = plan.assessments.find(({ strategy }) => strategy === plan.strategy);
  if (chosen === undefined) {
    return [{ label: 'Strategy', text: 'none: nothing that is known to be safe leads there' }];
  }
  const refused = plan.result === 'refused' ? `, but ${plan.missing.length} guard(s) say NO-GO` : '';
  const byHand =
    chosen.graph === undefined && plan.result === 'change' ? ', not carried out by this version' : '';
  const time = plan.result === 'nothing' ? 'no downtime' : downtimeText(chosen.downtime);
  return [
    { label: 'Strategy', text: `${chosen.title}${refused}${byHand}   ${time}` },
    { label: 'why', indent: 2, text: chosen.findings.map(({ evidence }) => evidence).join('; ') },
  ];
}

function others(plan: Plan): readonly Row[] {
  return plan.assessments
    .filter(({ strategy }) => strategy !== plan.strategy)
    .map((assessment) => ({
      label: 'not',
      indent: 2,
      text: `${assessment.title}: ${against(assessment, plan)}`,
    }));
}

function against(assessment: PlannedAssessment, plan: Plan): string {
  const reasons = assessment.findings.filter(({ verdict }) => verdict !== 'holds');
  if (reasons.length > 0) return told(reasons);
  const { downtime, wayBack, noGo } = assessment;
  const stopped = noGo.map((guard) => `guard ${guard.name}: ${reason(guard)}`);
  const chosen = plan.assessments.find(({ strategy }) => strategy === plan.strategy);
  if (plan.strategy === 'nothing') return 'feasible, but there is nothing to do';
  if (stopped.length > 0) return `feasible, but ${stopped.join('; ')}`;
  const worseBack = chosen !== undefined && wayBack.rank > chosen.wayBack.rank;
  const why = worseBack ? `it can be undone only until ${wayBack.until}` : 'ranked lower';
  return `feasible, ${why}; ${downtimeText(downtime)}`;
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

function reason({ verdict, sentence, evidence, change }: Omit<Judged, 'name'>): string {
  const fix = change === undefined ? '' : ` (fix: ${change})`;
  return verdict === 'unknown' ? `not known whether ${sentence}: ${evidence}${fix}` : `${evidence}${fix}`;
}

function outlook(plan: Plan): readonly Row[] {
  const { downtime, wayBack } = plan;
  if (plan.result === 'nothing') return [];
  const critical = downtime?.phases.filter(({ serving }) => serving === 'nobody') ?? [];
  const path = critical.map(({ name, likelySeconds }) => `${name}${fixed}${span(likelySeconds)}`).join(' · ');
  const whole =
    downtime === undefined
      ? []
      : [`${span(downtime.totalP50Seconds)}–${span(downtime.totalP90Seconds)} in all`];
  return [
    ...(path === '' ? [] : [{ label: 'Critical path', text: [`likely ${path}`, ...whole].join('; ') }]),
    ...(wayBack === undefined
      ? []
      : [
          { label: 'Reversible', text: `until: ${wayBack.until}` },
          { label: '', text: `point of no return: ${wayBack.pointOfNoReturn}` },
        ]),
  ];
}

function guardRows({ guards }: Plan): readonly Row[] {
  if (guards.length === 0) return [];
  const count = (wanted: string) => guards.filter(({ decision }) => decision === wanted).length;
  const stopping = guards.filter(({ decision }) => decision !== 'GO');
  return [
    {
      label: 'Guards',
      text: `${count('GO')} go · ${count('RISK ACCEPTED')} risk accepted · ${count('NO-GO')} no-go`,
    },
    ...stopping.map(({ name, decision, accepted, ...finding }) => ({
      label: '',
      text:
        `${decision} ${name}: ${reason(finding)}` +
        (accepted === undefined ? '' : ` (${accepted.by}: ${accepted.reason})`),
    })),
  ];
}

function ignoredRows({ ignored }: Plan): readonly Row[] {
  return ignored.map(({ guard, why }, i) => ({
    label: i === 0 ? 'Ignored' : '',
    text: `acceptance of ${guard}: ${why}`,
  }));
}

function needRows(plan: Plan): readonly Row[] {
  if (plan.missing.length > 0) {
    const texts = plan.guards
      .filter(({ decision }) => decision === 'NO-GO')
      .map(({ name, mayBeAccepted, change }) => {
        const ways = [
          ...(change === undefined ? [] : [change]),
          ...(mayBeAccepted ? ['a name and a reason'] : []),
        ];
        return `${name}: ${ways.join(', or ') || 'no way around it'}`;
      });
    return texts.map((text, i) => ({ label: i === 0 ? 'Needs' : '', text }));
  }
  if (plan.strategy !== 'refuse') {
    return plan.run === undefined ? [] : [{ label: 'Approve', text: plan.digest }];
  }
  const fixes = plan.assessments
    .filter(({ strategy }) => strategy !== 'nothing')
    .map(({ title, findings }) => ({ title, open: findings.filter(({ verdict }) => verdict !== 'holds') }))
    .sort((a, b) => a.open.length - b.open.length);
  return fixes.map(({ title, open }, i) => ({
    label: i === 0 ? 'Cheapest' : '',
    text: `${title}: ${wayIn(open)}`,
  }));
}

/** What would have to be done for these to hold. */
function wayIn(open: readonly Judged[]): string {
  const unlearned = open.filter(({ verdict, change }) => verdict === 'unknown' && change === undefined);
  const steps = open
    .filter((each) => !unlearned.includes(each))
    .map(({ change, sentence }) => change ?? `see to it that ${sentence}`);
  const learn = unlearned.length === 0 ? [] : [`find out ${unlearned.map(({ name }) => name).join(', ')}`];
  return [...steps, ...learn].join('; ');
}

function evidence(plan: Plan): readonly Row[] {
  const facts = factNames.map((name, i) => {
    const fact = plan.facts[name];
    const what = fact.known ? 'known' : `unknown (${fact.why})`;
    return { label: i === 0 ? 'Facts' : '', text: `${name}: ${what}, ${fact.at}, ${fact.source}` };
  });
  const findings = plan.assessments.map(({ title, findings: all }) => ({
    label: title,
    text: all.map(({ name, verdict }) => `${name} ${verdict}`).join(' · '),
  }));
  const guards = plan.guards.map(({ name, decision, evidence: seen, accident }, i) => ({
    label: i === 0 ? 'Guards' : '',
    text: `${decision} ${name}: ${seen} [${accident}]`,
  }));
  return [...facts, ...findings, ...guards];
}

function downtimeText(downtime: Downtime | undefined): string {
  if (downtime === undefined) return 'downtime not known';
  const { p50Seconds, p90Seconds, clientTailSeconds, clientTailBecause, confidence } = downtime;
  const tail =
    clientTailSeconds === 0 ? '' : `   client tail ≤ ${span(clientTailSeconds)} (${clientTailBecause})`;
  const low = confidence === 'low' ? ', low confidence' : '';
  return `downtime ${span(p50Seconds)}–${span(p90Seconds)} (p50–p90${low})${tail}`;
}

// A number and its unit stay on one line.
const fixed = '\u00a0';

/** Seconds for people: `0.2 s`, `41 s`, `3m10s`. */
function span(seconds: number): string {
  if (seconds < 1) return `${Number(seconds.toFixed(1))}${fixed}s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole}${fixed}s`;
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return rest === 0 ? `${minutes}m` : `${minutes}m${String(rest).padStart(2, '0')}s`;
}

/** One row in as many lines as it needs, the text hanging under its own column. */
function laidOut({ label, indent = 0, text }: Row, columns: number): readonly string[] {
  const head = `${' '.repeat(indent)}${label}`.padEnd(textColumn - 1);
  return wrapped(text, columns - textColumn).map((line, i) =>
    `${i === 0 ? head : ' '.repeat(textColumn - 1)} ${line}`.replaceAll(fixed, ' ').trimEnd(),
  );
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
    } else {
      lines.push(line.trimEnd());
      line = word;
    }
  }
  return [...lines, line];
}

/** A word that is longer than a line is cut: a digest or a path has no better place to break. */
function pieces(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...pieces(word.slice(width), width)];
}
