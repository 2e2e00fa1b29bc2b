/** `belay breaker`: open, nothing is swept. Any doubt opens it, a restart does not close it, a named person does. */

import type { Asking, ScannerError } from '@belay/scanner';
import type { Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { breakerLines } from './breaker-text.ts';
import { type Scope, scopeNames } from './scope.ts';
import { ofConfig, ofScanner } from './trouble.ts';
import { complain, pageOf, print, signed, signing, unsigned, withScope } from './with-scope.ts';

const listing = { json: { type: 'boolean', help: 'one JSON value a line' } } as const;
const closing = {
  ...signing,
  'begin-anew': {
    type: 'boolean',
    help: 'what there is now is right: the next scan is not held against the last',
  },
} as const;

export const breakerStatus: Command = defineCommand({
  name: 'breaker status',
  summary: 'Show whether anything may be swept, and why not',
  usage: '[<scope>] [--json]',
  options: listing,
  words: { least: 0, most: 1 },
  examples: ['belay breaker status', 'belay breaker status offsite'],
  exits: { [exit.riskMissing]: 'one is open: a person closes it' },
  async run(call) {
    const loaded = await call.config();
    if (loaded.isErr()) return complain(call, 'breaker status', ofConfig(loaded.error));
    const [one] = call.words;
    let worst: number = exit.done;
    for (const name of one === undefined ? scopeNames(loaded.value) : [one]) {
      const code = await withScope(
        call,
        'breaker status',
        name,
        async ({ scanner }) => {
          const breaker = scanner.breaker();
          if (breaker.isErr()) return complain(call, 'breaker status', ofScanner(breaker.error, name));
          if (call.options.json)
            call.out.data(JSON.stringify({ formatVersion: '1.0', scope: name, ...breaker.value }));
          else print(call, breakerLines(name, breaker.value, pageOf(call)));
          return breaker.value.state === 'open' ? exit.riskMissing : exit.done;
        },
        { mayLack: true },
      );
      // What could not be looked at is worse than what is open.
      if (worst !== exit.error && code !== exit.done) worst = code;
    }
    return worst;
  },
});

export const breakerOpen: Command = defineCommand({
  name: 'breaker open',
  summary: 'Stop everything, now: nothing of a scope is swept or deleted',
  usage: '<scope> --reason TEXT [--by NAME]',
  about:
    'It stays open through restarts. A sweep that is under way ends with its batch. Undo works all the same.',
  options: signing,
  words: { least: 1, most: 1 },
  examples: ['belay breaker open offsite --reason "the migration of the database is tonight"'],
  exits: {},
  async run(call) {
    return await decided(call, 'breaker open', async (scope, { by, reason }) =>
      (await scope.scanner.openBreaker(by, reason, { signal: call.signal })).map(
        () => `Open: nothing of ${scope.name} is swept or deleted. People have been told.`,
      ),
    );
  },
});

export const breakerClose: Command = defineCommand({
  name: 'breaker close',
  summary: 'Say, by name, that it is safe to go on',
  usage: '<scope> --reason TEXT [options]',
  about:
    'The reason says what was found. Nothing is swept by closing it: the next scan and the next plan come first.',
  options: closing,
  words: { least: 1, most: 1 },
  examples: ['belay breaker close offsite --reason "the database is back, rows counted by hand"'],
  exits: { [exit.riskMissing]: 'nobody could be told the next time: the alerts do not work' },
  async run(call) {
    const counts = call.options['begin-anew'] ? 'begin-anew' : 'keep';
    return await decided(call, 'breaker close', async (scope, asking) =>
      (await scope.scanner.closeBreaker({ ...asking, counts }, { signal: call.signal })).map(
        () => `Closed by ${asking.by}: ${asking.reason}`,
      ),
    );
  },
});

async function decided(
  call: Call<typeof signing>,
  command: string,
  work: (scope: Scope, asking: Asking) => Promise<Result<string, ScannerError>>,
): Promise<number> {
  const asking = signed(call);
  if (asking === undefined) return complain(call, command, { message: unsigned, code: exit.error });
  const [name = ''] = call.words;
  return await withScope(
    call,
    command,
    name,
    async (scope) => {
      const done = await work(scope, asking);
      if (done.isErr()) return complain(call, command, ofScanner(done.error, name));
      call.out.say(done.value);
      return exit.done;
    },
    { mayLack: true },
  );
}
