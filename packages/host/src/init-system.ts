import type { ServiceFacts, TimerState } from '@belay/cloud';
import type { Result } from 'neverthrow';

/**
 * What starts and stops services on a server, as commands and what their output means. Nothing runs in here: the
 * commands are words, of which no shell makes anything, and the output is text.
 */
export interface InitSystem {
  /** For messages: `systemd`. */
  readonly name: string;
  /** Prints what `read` understands. */
  readonly list: readonly string[];
  /**
   * The same of these alone; names that are not installed are left out. `list` stands in where it is absent. Looking at
   * each unit of a large server takes systemd a second, which would be a second in which nobody serves.
   */
  show?(names: readonly string[]): readonly string[];
  /** Everything that is installed; or what in the output could not be understood. */
  read(output: string): Result<Units, string>;
  /** Stops one; ends when it is down. An error where it is not down then. */
  stop(name: string): readonly string[];
  /** Starts one; ends when it is up. An error where it did not come up. */
  start(name: string): readonly string[];
  /** Keeps these services and timers from being started by anything, also over a boot, until `unmask`. */
  mask(names: readonly string[]): readonly string[];
  /** Takes a mask away; timers and cron daemons start again, services do not. */
  unmask(names: readonly string[]): readonly string[];
}

/** What is installed on a server and starts by itself, by need or by the clock. */
export interface Units {
  readonly services: readonly ServiceFacts[];
  readonly timers: readonly TimerState[];
}
