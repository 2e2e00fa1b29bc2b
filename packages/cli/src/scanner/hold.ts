/** `belay hold`: keeps single items, whatever scans and plans say. Holds are asked for at the very last moment. */

import type { HoldKeeper } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { guess } from '../nearest.ts';
import { holdLines } from './hold-text.ts';
import { holdKeepers, openSides, placeOf } from './scope.ts';
import { ofScanner, type Trouble } from './trouble.ts';
import { complain, pageOf, print, signed, signing, unsigned } from './with-scope.ts';

const at = {
  type: 'string',
  value: 'SIDE',
  help: 'which side keeps the hold; the first that can, where absent',
} as const;
const adding = { ...signing, at } as const;
const listing = { json: { type: 'boolean', help: 'one JSON value' } } as const;

export const holdAdd: Command = defineCommand({
  name: 'hold add',
  summary: 'Keep one item, whatever scans and plans say',
  usage: '<scope> <key> --reason TEXT [options]',
  about:
    'Kept in a registry in SQLite or PostgreSQL, or in a folder that is scanned. A bucket has locks of its own: Object Lock, which is honoured too.',
  options: adding,
  words: { least: 2, most: 2 },
  examples: ['belay hold add offsite backups/ann/1.tar --reason "court case 7"'],
  exits: { [exit.stuck]: 'a sweep has a claim on it at this moment: look where it is afterwards' },
  async run(call) {
    const [scope = '', key = ''] = call.words;
    const asking = signed(call);
    if (asking === undefined) return complain(call, 'hold add', { message: unsigned, code: exit.error });
    return await withKeepers(call, 'hold add', async (keepers) => {
      const keeper = keeperAt(keepers, scope, call.options.at);
      if (keeper.isErr()) return complain(call, 'hold add', keeper.error);
      const added = await keeper.value.add({ key, ...asking });
      if (added.isErr()) return complain(call, 'hold add', ofScanner(added.error, scope));
      const word = added.value === 'added' ? 'is held from now on' : 'was held already, and stays so';
      call.out.say(`${key} ${word}, by ${keeper.value.name}.`);
      return exit.done;
    });
  },
});

export const holdRemove: Command = defineCommand({
  name: 'hold remove',
  summary: 'Take a hold off: from then on the item is as any other',
  usage: '<scope> <key>',
  options: {},
  words: { least: 2, most: 2 },
  examples: ['belay hold remove offsite backups/ann/1.tar'],
  exits: {},
  async run(call) {
    const [scope = '', key = ''] = call.words;
    return await withKeepers(call, 'hold remove', async (keepers) => {
      let removed = 0;
      for (const keeper of keepers) {
        const was = await keeper.remove(key);
        if (was.isErr()) return complain(call, 'hold remove', ofScanner(was.error, scope));
        if (was.value === undefined) continue;
        removed += 1;
        call.out.say(
          `${key} is no longer held by ${keeper.name}. It was: ${was.value.by}: ${was.value.reason}`,
        );
      }
      if (removed > 0) return exit.done;
      return complain(call, 'hold remove', { message: `nobody here holds ${key}.`, code: exit.error });
    });
  },
});

export const holdList: Command = defineCommand({
  name: 'hold list',
  summary: 'Show what is held, by whom, and why',
  usage: '<scope> [--json]',
  options: listing,
  words: { least: 1, most: 1 },
  examples: ['belay hold list offsite'],
  exits: {},
  async run(call) {
    const [scope = ''] = call.words;
    return await withKeepers(call, 'hold list', async (keepers) => {
      const all: { side: string; held: readonly { key: string; by: string; reason: string }[] }[] = [];
      for (const keeper of keepers) {
        const held = await keeper.list();
        if (held.isErr()) return complain(call, 'hold list', ofScanner(held.error, scope));
        all.push({ side: keeper.name, held: held.value });
      }
      if (call.options.json) call.out.data(JSON.stringify({ formatVersion: '1.0', scope, holds: all }));
      else print(call, holdLines(scope, all, pageOf(call)));
      return exit.done;
    });
  },
});

/** Opens only the sides: a hold must be possible while the ledger, the policy or the alerts are in trouble. */
async function withKeepers(
  call: Call,
  command: string,
  work: (keepers: readonly HoldKeeper[]) => Promise<number>,
): Promise<number> {
  const [scope = ''] = call.words;
  const place = await placeOf(call, scope);
  if (place.isErr()) return complain(call, command, place.error);
  const sides = await openSides(place.value, undefined);
  if (sides.isErr()) return complain(call, command, sides.error);
  try {
    return await work(holdKeepers(sides.value));
  } finally {
    await sides.value.close();
  }
}

function keeperAt(
  keepers: readonly HoldKeeper[],
  scope: string,
  side: string | undefined,
): Result<HoldKeeper, Trouble> {
  const names = keepers.map(({ name }) => name);
  const [first] = keepers;
  if (first === undefined) {
    const message = `no side of ${scope} keeps holds that belay can set. Put the item under the lock of its store, or stop everything: belay breaker open ${scope}.`;
    return err({ message, code: exit.error });
  }
  const found = side === undefined ? first : keepers.find(({ name }) => name === side);
  if (found !== undefined) return ok(found);
  const message = `${side} keeps no holds.${guess(side ?? '', names)} Those that do: ${names.join(', ')}.`;
  return err({ message, code: exit.error });
}
