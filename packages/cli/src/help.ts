/** The help of the whole and of one command, as lines. Pure: made of the same data that the arguments are read by. */

import type { Command, OptionSpec } from './command.ts';

/** Options that every command takes. */
export const everywhere = {
  config: {
    type: 'string',
    value: 'FILE',
    help: 'the config; belay.config.ts or belay.config.json where absent',
  },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const;

/** All commands with a line each, in parts. `titles`: by the first command of each part. */
export function overview(
  commands: readonly Command[],
  titles: Readonly<Record<string, string>>,
  columns: number,
): readonly string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: belay <command> [options]',
    ...commands.flatMap(({ name, summary }) => {
      const title = titles[name];
      const line = listed([[name, summary]], columns, width);
      return title === undefined ? line : ['', title, ...line];
    }),
    '',
    'belay help <command> says more. Data goes to standard output, everything for people to standard error.',
  ];
}

/** All about one command. */
export function helpOf(command: Command, columns: number): readonly string[] {
  const { name, summary, usage, about, options, examples, exits } = command;
  return [
    `Usage: belay ${name} ${usage}`.trimEnd(),
    '',
    ...wrapped(`${summary}.${about === undefined ? '' : ` ${about}`}`, columns),
    '',
    'Options',
    ...listed(
      Object.entries({ ...options, ...everywhere }).map(([long, spec]) => [
        optionName(long, spec),
        spec.help,
      ]),
      columns,
    ),
    ...(examples.length === 0 ? [] : ['', 'Examples', ...examples.map((line) => `  ${line}`)]),
    '',
    'Exit codes',
    ...listed(
      Object.entries({ 0: 'done', 1: 'an error, which says what it is', ...exits }).map(([code, meaning]) => [
        code,
        meaning,
      ]),
      columns,
    ),
  ];
}

/** Lines of at most so many columns, broken between words; a longer word stands alone. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function optionName(long: string, { type, short, value }: OptionSpec): string {
  const name = type === 'string' ? `--${long} ${value ?? 'TEXT'}` : `--${long}`;
  return short === undefined ? name : `-${short}, ${name}`;
}

/** Names on the left, what they mean on the right; below each other where there is no room. */
function listed(
  rows: readonly (readonly [string, string])[],
  columns: number,
  width: number = Math.max(0, ...rows.map(([name]) => name.length)),
): readonly string[] {
  const room = columns - width - 4;
  return rows.flatMap(([name, text]) => {
    if (room < 24)
      return [`  ${name}`, ...wrapped(text, Math.max(20, columns - 6)).map((line) => `      ${line}`)];
    return wrapped(text, room).map((line, i) => `  ${(i === 0 ? name : '').padEnd(width)}  ${line}`);
  });
}
