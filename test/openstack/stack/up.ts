// eval "$(test/openstack/stack/up)": starts the stack, or sees that it works, and prints what clients must be told.

import { settingsFrom } from './settings.ts';
import { startStack } from './stack.ts';

try {
  const { members } = await startStack(settingsFrom(process.env), (line) => console.error(line));
  for (const [name, value] of Object.entries(members[0])) console.log(`export ${name}=${value}`);
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}
