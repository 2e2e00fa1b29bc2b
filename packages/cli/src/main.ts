/**
 * From the words of a command line to the command that is meant, and to its exit code. Wrong words are answered with
 * the nearest right ones. Touches nothing itself: the streams, the keyboard and the clock are handed in.
 */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Call, Command, OptionSpecs, OptionValues } from './command.ts';
import { commandsByName, parts } from './commands.ts';
import { loadConfig } from './config/load.ts';
import type { ConfigError, LoadedConfig } from './config/loaded-config.ts';
import { exit } from './exit.ts';
import { everywhere, helpOf, overview } from './help.ts';
import { guess } from './nearest.ts';

/** What a call has besides its own arguments. */
export type World = Omit<Call, 'options' | 'words' | 'config'> & {
  readonly version: string;
};

/** Resolves with the exit code. */
export async function main(args: readonly string[], world: World): Promise<number> {
  const { out, page, terminal, version } = world;
  const say = (lines: readonly string[]): void => lines.forEach((line) => out.say(line));
  const [first = '', second = ''] = args;
  if (first === '--version' || first === '-V' || first === 'version') {
    out.data(version);
    return exit.done;
  }
  if (first === '' || first === '--help' || first === '-h' || (first === 'help' && second === '')) {
    const lines = overview(await allCommands(), parts, (first === '' ? terminal : page).columns);
    if (first === '') say(lines);
    else lines.forEach((line) => out.data(line));
    return first === '' ? exit.error : exit.done;
  }
  const asked = first === 'help' ? args.slice(1) : args;
  const found = commandOf(asked);
  if (found.isErr()) {
    say([found.error, 'belay help lists all commands.']);
    return exit.error;
  }
  const command = await found.value.load();
  const given = found.value.rest;
  if (first === 'help' || isHelpAsked(given)) {
    helpOf(command, page.columns).forEach((line) => out.data(line));
    return exit.done;
  }
  const read = readArguments(command, given);
  if (read.isErr()) {
    say([`belay ${command.name}: ${read.error}`, `belay help ${command.name} says more.`]);
    return exit.error;
  }
  const { options, words } = read.value;
  return await command.run({ ...world, options, words, config: configOnce(world, options['config']) });
}

/** The config is read once, and only where a command asks for it. */
function configOnce(world: World, file: unknown): () => ResultAsync<LoadedConfig, ConfigError> {
  let loaded: ResultAsync<LoadedConfig, ConfigError> | undefined;
  return () => {
    loaded ??= loadConfig(world.folder, typeof file === 'string' ? file : undefined);
    return loaded;
  };
}

interface Found {
  readonly load: () => Promise<Command>;
  readonly rest: readonly string[];
}

/** A name has one word or two: `breaker close` comes before `breaker`. */
function commandOf([first = '', second, ...rest]: readonly string[]): Result<Found, string> {
  const two = second === undefined ? undefined : commandsByName[`${first} ${second}`];
  if (two !== undefined) return ok({ load: two, rest });
  const one = Object.hasOwn(commandsByName, first) ? commandsByName[first] : undefined;
  if (one !== undefined) return ok({ load: one, rest: second === undefined ? [] : [second, ...rest] });
  const names = Object.keys(commandsByName);
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) return err(`belay ${first} needs one more word: ${family.join(', ')}.`);
  const meant = guess(first, names, 'belay ');
  return err(
    first.startsWith('-')
      ? `The command comes first, then ${first}.`
      : `There is no command ${first}.${meant}`,
  );
}

async function allCommands(): Promise<readonly Command[]> {
  return await Promise.all(Object.values(commandsByName).map((load) => load()));
}

/** Whatever else is wrong: who asks for help gets it. */
function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).some((arg) => arg === '--help' || arg === '-h');
}

interface Arguments {
  readonly options: OptionValues<OptionSpecs>;
  readonly words: readonly string[];
}

/** The sentence of an error names what is wrong and what was most likely meant. */
function readArguments(command: Command, args: readonly string[]): Result<Arguments, string> {
  const specs: OptionSpecs = { ...command.options, ...everywhere };
  const parsed = parsedBy(specs, args);
  if (parsed.isErr()) return err(parsed.error);
  const { values, positionals: words } = parsed.value;
  const { least, most } = command.words;
  if (words.length < least) return err(`something is missing: belay ${command.name} ${command.usage}`);
  if (words.length > most) return err(`${words[most] ?? ''} is one word too many.`);
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, multiple }]) => {
      const value = values[name];
      if (multiple === true) return [name, Array.isArray(value) ? value.map(String) : []];
      return [name, type === 'boolean' ? value === true : typeof value === 'string' ? value : undefined];
    }),
  );
  return ok({ options, words });
}

function parsedBy(
  specs: OptionSpecs,
  args: readonly string[],
): Result<
  { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] },
  string
> {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short !== undefined && { short }), ...(multiple !== undefined && { multiple }) },
    ]),
  );
  try {
    return ok(parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (thrown) {
    // That is how `parseArgs` says that an argument makes no sense.
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const unknown = /^Unknown option '(--?[^']+)'/.exec(said)?.[1];
    if (unknown === undefined) return err(said.split('\n')[0] ?? said);
    const meant = guess(unknown.replace(/^-+/, ''), Object.keys(specs), '--');
    return err(`there is no option ${unknown}.${meant}`);
  }
}
