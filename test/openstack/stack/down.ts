// test/openstack/stack/down [--purge]: stops the stack; `--purge` takes its databases and logs away too.

import { settingsFrom } from './settings.ts';
import { stopStack } from './stack.ts';

await stopStack(settingsFrom(process.env), { purge: process.argv.includes('--purge') });
