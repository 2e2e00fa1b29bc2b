/** `belay adopt`: a store is marked by a ledger that is lost; a named person makes it this one's. */

import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { ofScanner } from './trouble.ts';
import { complain, signed, signing, unsigned, withScope } from './with-scope.ts';

export const adopt: Command = defineCommand({
  name: 'adopt',
  summary: 'Take over a store whose ledger is lost, by name',
  usage: '<scope> --reason TEXT [--by NAME]',
  about:
    'Only where the other ledger is truly lost: two ledgers over one store know nothing of one another. Quarantined items of the lost one stay where they are; this ledger knows nothing of them.',
  options: signing,
  words: { least: 1, most: 1 },
  examples: ['belay adopt offsite --reason "the disk of backup-3 is gone"'],
  exits: { [exit.refused]: 'the store cannot be asked' },
  async run(call) {
    const asking = signed(call);
    if (asking === undefined) return complain(call, 'adopt', { message: unsigned, code: exit.error });
    const [name = ''] = call.words;
    return await withScope(
      call,
      'adopt',
      name,
      async (scope) => {
        const sweeper = await scope.openSweeper();
        if (sweeper.isErr()) return complain(call, 'adopt', sweeper.error);
        const done = await sweeper.value.adopt(asking, { signal: call.signal });
        if (done.isErr()) return complain(call, 'adopt', ofScanner(done.error, name));
        call.out.say(
          `The store of ${name} is marked by the ledger ${scope.ledger.id} now. ${asking.by}: ${asking.reason}`,
        );
        return exit.done;
      },
      { mayMake: true },
    );
  },
});
