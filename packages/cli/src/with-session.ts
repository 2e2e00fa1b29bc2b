/** Opens what a command needs, hands it over, and closes it whatever happens. */

import type { ResultAsync } from 'neverthrow';
import type { Call } from './command.ts';
import type { ConfigError } from './config/loaded-config.ts';
import { exit } from './exit.ts';
import { WorldIsOpen } from './session/sim.ts';

/** What cannot be opened is said, and the exit code is 1. */
export async function withOpened<T extends { close(): Promise<void> }>(
  { out }: Pick<Call, 'out'>,
  opening: ResultAsync<T, ConfigError>,
  work: (opened: T) => Promise<number>,
): Promise<number> {
  const opened = await opening;
  if (opened.isErr()) {
    out.say(opened.error.message);
    return exit.error;
  }
  try {
    return await work(opened.value);
  } catch (thrown) {
    // A simulated world has no other way to say that another process has it.
    if (!(thrown instanceof WorldIsOpen)) throw thrown;
    out.say(thrown.message);
    return exit.error;
  } finally {
    await opened.value.close();
  }
}
