/**
 * `belay ledger`: reads the chain of a ledger through, line by line, and holds its end against its seal. One that was
 * edited, cut off or replaced by an older copy is found out; a named person may say that it is the right one all the same.
 */

import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { counted } from './amount.ts';
import { ledgerAt, placeIn, placeOf, scopeNames } from './scope.ts';
import { ofConfig, ofScanner } from './trouble.ts';
import { complain, signed, signing, unsigned } from './with-scope.ts';

export const ledgerVerify: Command = defineCommand({
  name: 'ledger verify',
  summary: 'Read a ledger through: was a line changed, taken out, put in or cut off?',
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

export const ledgerReseal: Command = defineCommand({
  name: 'ledger reseal',
  summary: 'Say, by name, that a ledger is the right one although its seal says otherwise',
  usage: '<scope> --reason TEXT [--by NAME]',
  about:
    'After a seal was lost, or a ledger was brought back from a backup. What the scanner did since that backup is forgotten: look into the quarantine first. A chain that is broken inside cannot be sealed.',
  options: signing,
  words: { least: 1, most: 1 },
  examples: [
    'belay ledger reseal offsite --reason "restored from the backup of Monday, nothing was swept since"',
  ],
  exits: {},
  async run(call) {
    const asking = signed(call);
    if (asking === undefined) return complain(call, 'ledger reseal', { message: unsigned, code: exit.error });
    const [name = ''] = call.words;
    const place = await placeOf(call, name);
    const opened = place.andThen((found) => ledgerAt(found, false, asking));
    if (opened.isErr()) return complain(call, 'ledger reseal', opened.error);
    opened.value.close();
    call.out.say(`The ledger of ${name} is sealed anew. ${asking.by}: ${asking.reason}`);
    return exit.done;
  },
});
