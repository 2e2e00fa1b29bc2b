/** Rows of a label and a text, laid out for a terminal of a given width: the text hangs under its own column. */

/** One row of a screen. */
export interface Row {
  readonly label: string;
  /** Under the label's own column: 2 for the reasons of a strategy. */
  readonly indent?: number;
  readonly text: string;
  /** In how many lines of a wide screen it should fit; the rest is cut. Absent: never cut. */
  readonly lines?: number;
}

const textColumn = 16;

// A number and its unit stay on one line.
const fixed = '\u00a0';

/** Seconds for people: `0.2 s`, `41 s`, `3m10s`, `2h05m`. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'for ever';
  if (seconds < 1) return `${Number(seconds.toFixed(1))}${fixed}s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole}${fixed}s`;
  if (whole >= 7200) {
    const hours = Math.floor(whole / 3600);
    return `${hours}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
  }
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return rest === 0 ? `${minutes}m` : `${minutes}m${String(rest).padStart(2, '0')}s`;
}

/** The same text, which is never broken into two lines. */
export function unparted(text: string): string {
  return text.replaceAll(' ', fixed);
}

/** The same text, with plain spaces: for lines that nobody lays out. */
export function parted(text: string): string {
  return text.replaceAll(fixed, ' ');
}

/** A row cut to the lines that it should fit in. What is cut is told in full with all facts, and in the plan's JSON. */
export function shortened(row: Row, columns: number): Row {
  if (row.lines === undefined) return row;
  const lines = wrapped(row.text, columns - textColumn);
  // Narrow screens are scrolled: there the text keeps the room that it has on a wide one.
  const most = Math.ceil((row.lines * (100 - textColumn)) / (columns - textColumn));
  if (lines.length <= most) return row;
  const kept = lines.slice(0, most);
  const last = kept.at(-1) ?? '';
  // The last line gives up its last word, if the mark does not fit behind it.
  const end =
    last.length + 2 <= columns - textColumn ? last : last.slice(0, Math.max(last.lastIndexOf(' '), 1));
  return { ...row, text: `${[...kept.slice(0, -1), end].join(' ')} …` };
}

/** One row in as many lines as it needs. */
export function laidOut({ label, indent = 0, text }: Row, columns: number): readonly string[] {
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
