// The table cases × clouds, for a terminal and for docs/conformance.md.

import { type CaseResult, cloudCases } from '@belay/cloud/conformance';
import type { Gap, Outcome } from './outcome.ts';

const signs: Readonly<Record<CaseResult['verdict'], string>> = {
  passed: 'yes',
  'not-applicable': '–',
  'out-of-reach': '·',
  failed: 'NO',
};

/** For people who watch. */
export function textTable(outcomes: readonly Outcome[]): string {
  const names = outcomes.map(({ cloud }) => cloud.name);
  const line = (cells: readonly string[], title: string): string =>
    `${cells.map((cell, i) => cell.padStart(names[i]?.length ?? 0)).join('  ')}  ${title}`;
  const rows = cloudCases.map(({ id, title }) =>
    line(
      outcomes.map((outcome) => signOf(outcome, id)),
      `${id.padStart(2)}  ${title}`,
    ),
  );
  const sums = outcomes.map(({ cloud, report, trouble = '' }) =>
    report === undefined ? `${cloud.name}: ${trouble}` : `${cloud.name}: ${report.summary}`,
  );
  return [line(names, 'case'), ...rows, '', ...sums, ''].join('\n');
}

/** The page that is kept in the repository. */
export function page(outcomes: readonly Outcome[], gaps: readonly Gap[]): string {
  const names = outcomes.map(({ cloud }) => cloud.name);
  const rows = cloudCases.map(({ id, title, group }) => [
    id,
    group,
    title,
    ...outcomes.map((outcome) => signOf(outcome, id)),
  ]);
  return `# Conformance

The promises of the \`Cloud\` port as cases, put to every cloud that this repository can open. The page is written by
\`npm run conformance\`; the cases are in [packages/cloud/src/conformance](../packages/cloud/src/conformance), and how to
put a cloud of your own to them is told in [packages/cloud](../packages/cloud/README.md#add-a-cloud-of-your-own).

${outcomes.map(({ cloud }) => `- **${cloud.name}**: \`${cloud.adapter}\`; ${cloud.what}.`).join('\n')}

\`yes\`: passed. \`–\`: not applicable, for want of a trait. \`·\`: out of reach, for want of a lever. \`NO\`: failed.

${outcomes.map(({ cloud, report }) => `- ${cloud.name}: ${report?.summary ?? 'not opened'}`).join('\n')}

${markdownTable(['case', 'group', 'promise', ...names], rows)}

## Why a case was not put to a cloud

${reasons(outcomes)}

## Cases that an adapter passed nowhere

${gaps.length === 0 ? 'None: every adapter has passed every case on one of its clouds.' : gapList(gaps)}
`;
}

function signOf({ report }: Outcome, id: string): string {
  if (report === undefined) return 'NO';
  // A case that nobody asked for has not failed.
  const result = report.results.find((one) => one.id === id);
  return result === undefined ? '' : signs[result.verdict];
}

function reasons(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ cloud, report }) =>
    (report?.results ?? [])
      .filter(({ verdict }) => verdict === 'not-applicable' || verdict === 'out-of-reach')
      .map(({ id, verdict, detail = '' }) => [cloud.name, id, verdict.replaceAll('-', ' '), detail]),
  );
  return rows.length === 0
    ? 'Every case was put to every cloud.'
    : markdownTable(['cloud', 'case', 'verdict', 'trait, rule or lever'], rows);
}

function gapList(gaps: readonly Gap[]): string {
  return gaps.map(({ adapter, id, why }) => `- \`${adapter}\`, case ${id}: ${why}`).join('\n');
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}
