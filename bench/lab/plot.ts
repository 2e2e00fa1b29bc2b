// The picture beside the page: bars of how long nobody served, with what the plan had said as a line across each.

import type { LabReport } from './measured.ts';

export function plot(report: LabReport): string {
  const panels = panelsOf(report).filter(({ bars }) => bars.length > 0);
  let y = 36;
  const drawn = panels.map((panel) => {
    const top = y;
    y += panelHeight(panel);
    return draw(panel, top);
  });
  const size = `width="${width}" height="${y}" viewBox="0 0 ${width} ${y}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">
<title>Downtime of each move in the lab, what its plan had said, failing steps and recoveries</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="20">Bar: nobody serves. Dark: the data itself is under way. Line: p50 to p90 as the plan had said, rounded outwards.</text>
${drawn.join('\n')}
</svg>
`;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** Times in seconds. */
interface Bar {
  readonly label: string;
  readonly wholeS: number;
  readonly dataS?: number | undefined;
  readonly said?: { readonly p50S: number; readonly p90S: number } | undefined;
  /** Written behind the bar, after its length. */
  readonly note?: string | undefined;
}

function panelsOf({ runs, estimates, failures, twoLabs, recoveries }: LabReport): readonly Panel[] {
  return [
    {
      title: 'Moves',
      bars: runs.map((run) => ({
        label: `${run.strategy}, ${run.files} files`,
        wholeS: run.downtimeS,
        dataS: run.dataPhaseS,
        said: { p50S: run.planP50S, p90S: run.planP90S },
        note: lostNote(run.ordersLost),
      })),
    },
    ...estimates.map(({ strategy, files, history, runs }) => ({
      title: `Plans after ${history} moves of history: ${strategy}, ${files} files`,
      bars: runs.map((run, i) => ({
        label: `move ${history + i + 1}`,
        wholeS: run.downtimeS,
        said: { p50S: run.planP50S, p90S: run.planP90S },
      })),
    })),
    {
      title: 'From one lab to another, by name',
      bars: twoLabs.map((one) => ({
        label: `rsync, ${one.way}`,
        wholeS: one.downtimeS,
        said: { p50S: one.planP50S, p90S: one.planP90S },
        note: lostNote(one.ordersLost),
      })),
    },
    {
      title: 'One step fails',
      bars: failures.map((one) => ({
        label: `${one.strategy}: ${one.step}`,
        wholeS: one.downtimeS,
        note: `${one.serves} serves, ${lostNote(one.ordersLost)}`,
      })),
    },
    {
      title: 'The server goes down',
      bars: recoveries.map((one) => ({
        label: one.accident,
        wholeS: one.outageS,
        said: { p50S: one.planP50S, p90S: one.planP90S },
        note: `${one.way}, ${one.serves} serves, ${lostNote(one.ordersLost)}`,
      })),
    },
  ];
}

function lostNote(count: number): string {
  return `${count} lost`;
}

const width = 1120;
const left = 330;
const barWidth = 380;
const rowHeight = 20;
const headHeight = 28;

function panelHeight({ bars }: Panel): number {
  return headHeight + bars.length * rowHeight + 12;
}

/** Each panel has a scale of its own, of which the longest bar is the measure; what a plan had said may go beyond it. */
function draw({ title, bars }: Panel, top: number): string {
  const longestS = Math.max(
    0.1,
    ...bars.map(({ wholeS, said }) => Math.max(wholeS, Math.min(said?.p90S ?? 0, 2 * wholeS))),
  );
  const at = (valueS: number): string => (left + Math.min(1, valueS / longestS) * barWidth).toFixed(1);
  const long = (valueS: number): string => (Math.min(1, valueS / longestS) * barWidth).toFixed(1);
  const rows = bars.map(({ label, wholeS, dataS, said, note }, i) => {
    const y = top + headHeight + i * rowHeight;
    const middle = y + 7;
    const dark =
      dataS === undefined
        ? ''
        : `<rect x="${left}" y="${y}" width="${long(dataS)}" height="14" fill="#345"/>`;
    const line =
      said === undefined
        ? ''
        : `<line x1="${at(said.p50S)}" y1="${middle}" x2="${at(said.p90S)}" y2="${middle}" stroke="#c40" stroke-width="2"/>`;
    const text = [`${wholeS.toFixed(2)} s`, note].filter((part) => part !== undefined).join(', ');
    return `<text x="8" y="${y + 11}">${escaped(label)}</text>
<rect x="${left}" y="${y}" width="${long(wholeS)}" height="14" fill="#9ab"/>${dark}${line}
<text x="${left + barWidth + 8}" y="${y + 11}">${escaped(text)}</text>`;
  });
  return `<text x="8" y="${top + 16}" font-weight="bold">${escaped(title)}</text>\n${rows.join('\n')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
