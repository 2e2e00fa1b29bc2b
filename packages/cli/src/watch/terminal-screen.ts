/** A run on a terminal: finished steps scroll up, running ones and who serves stay in place below them. */

import type { Clock } from '@belay/cloud';
import { clipped } from '../layout.ts';
import { paintFor } from '../paint.ts';
import type { Output, Screen, Status } from './screen.ts';
import { bottomLines, type Frame, finishedLine } from './terminal-frame.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const drawEveryMs = 100;

/** `clock`: real time, for drawing; that of the run may be another. */
export function terminalScreen(
  output: Output,
  { colour, clock }: { readonly colour: boolean; readonly clock: Clock },
): Screen {
  let drawn = 0;
  let status: (() => Status) | undefined;
  let cancel: (() => void) | undefined;
  const paint = paintFor(colour);
  const frame = (): Frame => ({ columns: Math.max(40, output.columns ?? 80) - 1, paint });

  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  const draw = (above: readonly string[] = []): void => {
    const below = status === undefined ? [] : bottomLines(status(), frame());
    output.write(`${erase()}${[...above, ...below].map((line) => `${line}\n`).join('')}`);
    drawn = below.length;
  };
  const again = (): void => {
    cancel = clock.after(drawEveryMs, () => {
      draw();
      again();
    });
  };
  const stop = (): void => {
    if (cancel === undefined) return;
    cancel();
    cancel = undefined;
    output.write(showCursor);
  };

  return {
    heading: (text) => draw(['', paint('bold', clipped(text, frame().columns)), '']),
    text: (text) => draw(text.split('\n')),
    step(line) {
      // What begins is seen at the bottom; only what has come to an end is kept.
      if (line.state === 'running' || line.state === 'reverting') return draw();
      draw([finishedLine(line, frame())]);
    },
    serving: () => draw(),
    live(next) {
      status = next;
      if (next !== undefined && cancel === undefined) {
        output.write(hideCursor);
        again();
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
}
