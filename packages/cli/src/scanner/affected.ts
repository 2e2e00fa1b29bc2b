/** `belay affected`: whose things a run has touched, and what of it can be brought back. */

import { affectedBy } from '@belay/scanner';
import { type Command, defineCommand } from '../command.ts';
import { findRun } from './find-run.ts';
import { ledgerAt } from './scope.ts';
import { affectedLines } from './sweep-text.ts';
import { ofScanner } from './trouble.ts';
import { complain, pageOf, print } from './with-scope.ts';

export const affected: Command = defineCommand({
  name: 'affected',
  summary: 'Show whose things a run has touched, and what can be brought back',
  usage: '<run> [--json]',
  about: 'Reads the ledger and asks nobody.',
  options: { json: { type: 'boolean', help: 'one JSON value' } },
  words: { least: 1, most: 1 },
  examples: ['belay affected sweep-3f2a9c1b04de', 'belay affected sweep-3f2a9c1b04de --json'],
  exits: {},
  async run(call) {
    const [typed = ''] = call.words;
    const found = await findRun(call, typed);
    if (found.isErr()) return complain(call, 'affected', found.error);
    const { place, run } = found.value;
    const ledger = ledgerAt(place, false);
    if (ledger.isErr()) return complain(call, 'affected', ledger.error);
    const touched = affectedBy(ledger.value, run);
    ledger.value.close();
    if (touched.isErr()) return complain(call, 'affected', ofScanner(touched.error, place.scope));
    if (call.options.json) call.out.data(JSON.stringify({ formatVersion: '1.0', ...touched.value }));
    else print(call, affectedLines(touched.value, pageOf(call)));
    return 0;
  },
});
