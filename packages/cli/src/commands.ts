/** All commands by name, in the order of the help. Each is loaded when it is called: some bring a lot along. */

import type { Command } from './command.ts';

export const commandsByName: Readonly<Record<string, () => Promise<Command>>> = {
  status: async () => (await import('./status/status.ts')).status,
};
