/**
 * What a command is: its name, its words for the help, its options as data, and what it does with a call. A command
 * gets everything that it touches with the call, so that it runs the same in a test, and answers with an exit code.
 */

import type { Clock } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import type { ConfigError, LoadedConfig } from './config/loaded-config.ts';

/** One command. `defineCommand` makes one whose options are typed. */
export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** One word, or two: `plan`, `breaker close`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** After the name: `<workload> --to <product> [options]`. */
  readonly usage: string;
  /** More for `belay help <name>`: a few plain sentences. */
  readonly about?: string | undefined;
  readonly options: O;
  /** How many words that are no options it takes. */
  readonly words: { readonly least: number; readonly most: number };
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Exit codes with their meanings, besides 0 and 1. */
  readonly exits: Readonly<Record<number, string>>;
  /** Resolves with the exit code. Says itself what went wrong; rejects only for a mistake in the program. */
  run(call: Call<O>): Promise<number>;
}

/** Options by their long names, as `util.parseArgs` takes them, with a sentence for the help. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** One option. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** It may be given several times. */
  readonly multiple?: true;
  /** What stands for its value in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** The values of options: a flag that is absent is `false`, a list that is absent is empty. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [Name in keyof O]: O[Name] extends { readonly multiple: true }
    ? readonly string[]
    : O[Name] extends { readonly type: 'boolean' }
      ? boolean
      : string | undefined;
};

/** One call of a command, with all that it may touch. */
export interface Call<O extends OptionSpecs = OptionSpecs> {
  readonly options: OptionValues<O>;
  /** The words that are no options. */
  readonly words: readonly string[];
  /** The config file, read and checked at the first asking. */
  config(): ResultAsync<LoadedConfig, ConfigError>;
  /** Where relative paths of the command line begin. */
  readonly folder: string;
  readonly out: Out;
  /** Where people watch: standard error. */
  readonly terminal: Paper;
  /** Where data goes: standard output. */
  readonly page: Paper;
  readonly keyboard: Keyboard;
  readonly clock: Clock;
  /** Fires when somebody wants the command to end: Ctrl-C, or a friendly kill. */
  readonly signal: AbortSignal;
  /** Who is at the keyboard, for what is recorded; an option of a command may say otherwise. */
  readonly user: string;
  /** Starts this command once more as a process that outlives this one; what it says goes to the end of that file. */
  launch(args: readonly string[], log: string): Launched;
  /** A variable of the environment: secrets come from there, by the names that the config gives. */
  env(name: string): string | undefined;
}

/** A process of its own. */
export interface Launched {
  /** Absent where it could not be started: `ended` says so. */
  readonly pid: number | undefined;
  /** Its exit code; 1 where a signal ended it. */
  readonly ended: Promise<number>;
}

/** Two streams: one can be piped on, the other is read by people. */
interface Out {
  /** One line of what was asked for, on standard output. */
  data(line: string): void;
  /** One line for people, on standard error. */
  say(line: string): void;
  /** Text for people as it is, with control characters: for what is drawn in place. */
  draw(text: string): void;
}

/** What a stream can show. */
export interface Paper {
  /** Asked anew each time: windows change. */
  readonly columns: number;
  readonly colour: boolean;
  readonly isTty: boolean;
}

/** Somebody who can be asked. */
export interface Keyboard {
  /** Is there a person at a terminal? */
  readonly isThere: boolean;
  /** One line, without its line feed; `undefined` where nobody is there, or the input ends. `hidden`: not echoed. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>;
  /** Single keys as they are pressed, until the returned function is called. Nothing, where nobody is there. */
  keys(listener: (key: string) => void): () => void;
}

/** A command whose options have the types that its specs say. */
export function defineCommand<const O extends OptionSpecs>(command: Command<O>): Command<O> {
  return command;
}
