/** The demo on a terminal: finished steps scroll up, running ones and who serves stay in place below them. */

import type { StepLine } from './progress.ts';
import { clockTime, type Output, outcomeOf, type Screen, type Status } from './screen.ts';
import type { Serving } from './stopwatch.ts';

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
const colors = { green: 32, red: 31, amber: 33, blue: 34, bold: 1, dim: 2 } as const;
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const drawEveryMs = 100;

export function terminalScreen(output: Output, color: boolean): Screen {
  let drawn = 0;
  let status: (() => Status) | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  const columns = (): number => Math.max(40, output.columns ?? 80) - 1;
  const paint = (name: keyof typeof colors, text: string): string =>
    color ? `\u001b[${colors[name]}m${text}\u001b[0m` : text;

  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  const draw = (above: readonly string[] = []): void => {
    const below = status === undefined ? [] : bottom(status(), columns(), paint);
    output.write(`${erase()}${[...above, ...below].map((line) => `${line}\n`).join('')}`);
    drawn = below.length;
  };

  return {
    heading: (text) => draw(['', paint('bold', clipped(text, columns())), '']),
    text: (text) => draw(text.split('\n')),
    step(line) {
      // What begins is seen at the bottom; only what has come to an end is kept.
      if (line.state === 'running' || line.state === 'reverting') return draw();
      draw([finished(line, columns(), paint)]);
    },
    serving: () => draw(),
    live(next) {
      status = next;
      if (next !== undefined && timer === undefined) {
        output.write(hideCursor);
        timer = setInterval(() => draw(), drawEveryMs);
      }
      if (next === undefined) stop();
      draw();
    },
    record: () => undefined,
    close() {
      status = undefined;
      stop();
      draw();
    },
  };

  function stop(): void {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    output.write(showCursor);
  }
}

type Paint = (name: keyof typeof colors, text: string) => string;

function finished(line: StepLine, columns: number, paint: Paint): string {
  const tone = line.state === 'done' ? 'green' : line.state.includes('fail') ? 'red' : 'amber';
  const width = Math.min(44, Math.floor(columns / 2));
  const rest = clipped(outcomeOf(line), columns - width - 5);
  return `  ${paint(tone, glyphs[line.state])} ${clipped(line.title, width).padEnd(width)} ${paint('dim', rest)}`;
}

function bottom(status: Status, columns: number, paint: Paint): readonly string[] {
  const { active, nowMs } = status;
  const width = Math.min(44, Math.floor(columns / 2));
  const running = active.map(({ title, state, sinceMs, note }) => {
    const tone = state === 'running' ? 'blue' : 'amber';
    const rest = `${clockTime(nowMs - sinceMs)}${note === undefined ? '' : `  ${note}`}`;
    const head = `  ${paint(tone, glyphs[state])} ${clipped(title, width).padEnd(width)} `;
    return `${head}${clipped(rest, columns - width - 5)}`;
  });
  return [...running, footer(status, columns, paint)];
}

function footer(status: Status, columns: number, paint: Paint): string {
  const { done, total, goesBack, serving, servingForMs, elapsedMs } = status;
  const who = serving === 'nobody' ? `nobody ${clockTime(servingForMs)}` : serving;
  const counts = `${done}/${total}`.padStart(5);
  const time = `  ${clockTime(elapsedMs)}`;
  const room = columns - counts.length - time.length - 'serving: nobody 00:00'.length - 6;
  const bar = room < 8 ? '' : barOf(done / total, Math.min(room, 30), goesBack, paint);
  return `  ${bar}${counts}  serving: ${paint(toneOf(serving), who)}${time}`;
}

function barOf(share: number, width: number, goesBack: boolean, paint: Paint): string {
  // Never full before the end: the last cell is for the run's own end.
  const filled = Math.min(width - (share < 1 ? 1 : 0), Math.round(share * width));
  return `${paint(goesBack ? 'amber' : 'green', '━'.repeat(filled))}${paint('dim', '─'.repeat(width - filled))} `;
}

function toneOf(serving: Serving): keyof typeof colors {
  return serving === 'nobody' ? 'red' : 'green';
}

function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
