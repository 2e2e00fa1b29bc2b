/** `belay ledger verify`: reads the chain of a ledger through, line by line. One that was edited is found out. */

import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { counted } from './amount.ts';
import { ledgerAt, placeIn, scopeNames } from './scope.ts';
import { ofConfig, ofScanner } from './trouble.ts';
import { complain } from './with-scope.ts';

export const ledgerVerify: Command = defineCommand({
  name: 'ledger verify',
  summary: 'Read the chain of a ledger through: was a line changed, taken out or put in?',
  usage: '[<scope>] [--json]',
  about:
    'Prints the number of its lines and the hash of the last one: noted elsewhere, it tells later whether it is the same.',
  options: { json: { type: 'boolean', help: 'one JSON value a line' } },
  words: { least: 0, most: 1 },
  examples: ['belay ledger verify', 'belay ledger verify offsite --json'],
  exits: { [exit.stuck]: 'a chain is broken: nothing is scanned or swept with it' },
  async run(call) {
    const loaded = await call.config();
    if (loaded.isErr()) return complain(call, 'ledger verify', ofConfig(loaded.error));
    const [one] = call.words;
    let worst: number = exit.done;
    for (const name of one === undefined ? scopeNames(loaded.value) : [one]) {
      const opened = placeIn(call, loaded.value, name).andThen((place) => ledgerAt(place, false));
      if (opened.isErr()) {
        // Opening reads the chain: a broken one is not opened.
        const code = opened.error.isBroken === true ? exit.stuck : opened.error.code;
        worst = Math.max(worst, complain(call, 'ledger verify', { ...opened.error, code }));
        continue;
      }
      const ledger = opened.value;
      const lines = ledger.log.all();
      const { id } = ledger;
      ledger.close();
      if (lines.isErr()) {
        worst = Math.max(worst, complain(call, 'ledger verify', ofScanner(lines.error, name)));
        continue;
      }
      const last = lines.value.at(-1);
      const head = {
        lines: lines.value.length,
        at: last === undefined ? null : new Date(last.atMs).toISOString(),
        hash: last?.hash ?? null,
      };
      if (call.options.json)
        call.out.data(JSON.stringify({ formatVersion: '1.0', scope: name, ledger: id, ...head }));
      else
        call.out.data(
          `${name}: whole, ${counted(head.lines, 'line')}, the last of ${head.at ?? 'never'}: ${head.hash ?? 'none'}`,
        );
    }
    return worst;
  },
});
