/**
 * Progress for who waits: on a terminal one line that is drawn anew each second, elsewhere a line every half minute. It
 * is drawn by the clock and not by what arrives, so that a side that hangs is seen to hang.
 */

import type { Call } from '../command.ts';
import { clipped } from '../layout.ts';

/** A line that is shown until it is ended. */
export interface ProgressLine {
  end(): void;
}

/** Shows what `text` says; it is given the time since the beginning. */
export function showProgress(
  { out, terminal, clock }: Pick<Call, 'out' | 'terminal' | 'clock'>,
  text: (elapsedMs: number) => string,
): ProgressLine {
  const beganMs = clock.now();
  const everyMs = terminal.isTty ? 1_000 : 30_000;
  const draw = (): void => {
    const line = text(clock.now() - beganMs);
    if (terminal.isTty) out.draw(`\r\u001b[2K${clipped(line, terminal.columns - 1)}`);
    else out.say(line);
    cancel = clock.after(everyMs, draw);
  };
  let cancel = clock.after(everyMs, draw);
  return {
    end() {
      cancel();
      if (terminal.isTty) out.draw('\r\u001b[2K');
    },
  };
}
