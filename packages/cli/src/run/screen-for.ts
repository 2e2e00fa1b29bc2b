/** The screen that somebody asked for, or that fits: a terminal in place, lines elsewhere, JSON for programs. */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../command.ts';
import { jsonScreen, lineScreen } from '../watch/line-screen.ts';
import type { Screen } from '../watch/screen.ts';
import { terminalScreen } from '../watch/terminal-screen.ts';

/** The options of every command that watches a run. */
export const watchOptions = {
  output: { type: 'string', value: 'KIND', help: 'tty, plain or json; tty on a terminal, plain elsewhere' },
  verbose: { type: 'boolean', short: 'v', help: 'say what steps report while they run, too' },
} as const;

export type OutputKind = 'tty' | 'plain' | 'json';

/** JSON lines go to standard output, all others to standard error. */
export function outputKind(
  given: string | undefined,
  { terminal }: Pick<Call, 'terminal'>,
): Result<OutputKind, string> {
  if (given === undefined) return ok(terminal.isTty ? 'tty' : 'plain');
  if (given === 'tty' || given === 'plain' || given === 'json') return ok(given);
  return err(`--output is tty, plain or json, not ${given}`);
}

export function screenFor(
  kind: OutputKind,
  { out, terminal, clock }: Pick<Call, 'out' | 'terminal' | 'clock'>,
): Screen {
  const people = {
    write: (text: string) => out.draw(text),
    get columns() {
      return terminal.columns;
    },
  };
  switch (kind) {
    case 'tty':
      return terminalScreen(people, { colour: terminal.colour, clock });
    case 'plain':
      return lineScreen(people, { clock });
    case 'json':
      return jsonScreen({ write: (text) => out.data(text.trimEnd()) });
  }
}
