/** What a terminal shows of a run: a line for each step that came to an end, and a bottom that stays. Pure. */

import { clipped } from '../layout.ts';
import type { Paint, Tone } from '../paint.ts';
import { clockTime } from '../span.ts';
import type { StepLine } from './progress.ts';
import { outcomeOf, type Status } from './screen.ts';
import type { Serving } from './stopwatch.ts';

/** How wide it is, and in which colours. */
export interface Frame {
  readonly columns: number;
  readonly paint: Paint;
}

const glyphs: Readonly<Record<StepLine['state'], string>> = {
  running: '▶',
  retrying: '↻',
  done: '✓',
  failed: '✗',
  reverting: '↶',
  reverted: '↶',
  'revert-failed': '!',
  'in-doubt': '?',
};

/** A step that has come to an end. */
export function finishedLine(line: StepLine, { columns, paint }: Frame): string {
  const tone = line.state === 'done' ? 'green' : line.state.includes('fail') ? 'red' : 'yellow';
  const width = Math.min(44, Math.floor(columns / 2));
  const rest = clipped(outcomeOf(line), columns - width - 5);
  return `  ${paint(tone, glyphs[line.state])} ${clipped(line.title, width).padEnd(width)} ${paint('dim', rest)}`;
}

/** What runs now, who serves, and what is to come. */
export function bottomLines(status: Status, frame: Frame): readonly string[] {
  const { active, nowMs } = status;
  const { columns, paint } = frame;
  const width = Math.min(44, Math.floor(columns / 2));
  const running = active.map(({ title, state, sinceMs, note }) => {
    const tone = state === 'running' ? 'blue' : 'yellow';
    const rest = `${clockTime(nowMs - sinceMs)}${note === undefined ? '' : `  ${note}`}`;
    const head = `  ${paint(tone, glyphs[state])} ${clipped(title, width).padEnd(width)} `;
    return `${head}${clipped(rest, columns - width - 5)}`;
  });
  return [...running, footer(status, frame), ...outlookLine(status, frame)];
}

function footer(status: Status, { columns, paint }: Frame): string {
  const { done, total, goesBack, serving, servingForMs, elapsedMs } = status;
  const who = serving === 'nobody' ? `nobody ${clockTime(servingForMs)}` : serving;
  const counts = `${done}/${total}`.padStart(5);
  const window = columns < 60 ? '' : windowWords(status);
  const time = `  ${clockTime(elapsedMs)}`;
  const room = columns - counts.length - window.length - time.length - 'serving: nobody 00:00'.length - 6;
  const bar = room < 8 ? '' : barOf(total === 0 ? 0 : done / total, Math.min(room, 30), goesBack, paint);
  return `  ${bar}${counts}  serving: ${paint(toneOf(serving), who)}${window}${time}`;
}

/** The window's clock against what the plan said. */
function windowWords({ downtimeMs, serving, outlook: { windowP90Ms } }: Status): string {
  if (windowP90Ms === undefined || windowP90Ms === 0) return '';
  const spent = serving === 'nobody' ? '' : `${clockTime(downtimeMs)} `;
  return `  ${spent}of ${clockTime(windowP90Ms)} (p90)`;
}

function outlookLine({ outlook: { noReturn, keys } }: Status, { columns, paint }: Frame): readonly string[] {
  const words = [
    ...(noReturn === undefined ? [] : [`no way back from: ${noReturn}`]),
    ...(keys === undefined ? [] : [keys]),
  ];
  return words.length === 0 ? [] : [paint('dim', clipped(`  ${words.join(' · ')}`, columns))];
}

function barOf(share: number, width: number, goesBack: boolean, paint: Paint): string {
  // Never full before the end: the last cell is for the run's own end.
  const filled = Math.min(width - (share < 1 ? 1 : 0), Math.round(share * width));
  return `${paint(goesBack ? 'yellow' : 'green', '━'.repeat(filled))}${paint('dim', '─'.repeat(width - filled))} `;
}

function toneOf(serving: Serving): Tone {
  return serving === 'nobody' ? 'red' : 'green';
}
