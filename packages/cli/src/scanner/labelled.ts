/**
 * Text with a label on its left, as all reports of the scanner are laid out; on a narrow terminal the label stands on a
 * line of its own. Keys and digests are never broken: people copy them. Pure.
 */

import { wrapped } from '../help.ts';
import { paintFor, type Tone } from '../paint.ts';

/** What a page can show. */
export interface Page {
  readonly columns: number;
  readonly colour: boolean;
}

/** A word at the left; bold, where no other tone is named. */
type Label = string | readonly [Tone, string];

/** A page to write on. */
export interface Writer {
  /** Is there no room for two columns? */
  readonly isNarrow: boolean;
  /** A paragraph. */
  text(text: string, indent?: number): readonly string[];
  /** A paragraph that begins with a word of another tone. */
  lead(tone: Tone, word: string, rest: string): readonly string[];
  /** A label and what belongs to it, one paragraph each. */
  entry(label: Label, ...texts: readonly string[]): readonly string[];
  /** A label and a list of lines that are laid out already. */
  block(label: Label, lines: readonly string[]): readonly string[];
  /** A heading. */
  head(text: string): readonly string[];
  /** How many columns `block` leaves for its lines. */
  readonly room: number;
}

const labelWidth = 12;
const narrowest = 60;

/** For this page. */
export function writerOn({ columns, colour }: Page): Writer {
  const paint = paintFor(colour);
  const isNarrow = columns < narrowest;
  const left = isNarrow ? 2 : labelWidth;
  const room = Math.max(16, columns - left);
  const text: Writer['text'] = (words, indent = 0) =>
    wrapped(words, Math.max(16, columns - indent)).map((line) => `${' '.repeat(indent)}${line}`);
  const block: Writer['block'] = (label, lines) => {
    const [tone, name] = typeof label === 'string' ? (['bold', label] as const) : label;
    if (name === '') return lines.map((line) => `${' '.repeat(left)}${line}`.trimEnd());
    const shown = paint(tone, name);
    if (isNarrow) return [shown, ...lines.map((line) => `  ${line}`)];
    const [first = '', ...more] = lines;
    return [
      `${shown}${' '.repeat(Math.max(1, left - name.length))}${first}`,
      ...more.map((line) => `${' '.repeat(left)}${line}`.trimEnd()),
    ];
  };
  return {
    isNarrow,
    text,
    lead(tone, word, rest) {
      // Broken first: what gives a tone has no width.
      const [first = '', ...more] = wrapped(`${word}${rest}`, columns);
      return [`${paint(tone, word)}${first.slice(word.length)}`, ...more];
    },
    room,
    block,
    entry: (label, ...texts) =>
      block(
        label,
        texts.flatMap((one) => wrapped(one, room)),
      ),
    head: (title) => wrapped(title, columns).map((line) => paint('bold', line)),
  };
}

/** Columns as wide as what is in them, the first to the left, the others to the right. */
export function columnsOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
