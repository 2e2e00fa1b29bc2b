/** `belay purge`: deletes for good what has lain in quarantine for the whole undo window. Dry, until it is said. */

import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { patientRemover } from './patient-remover.ts';
import { nobody } from './plan-parts.ts';
import { showProgress } from './progress.ts';
import { sweepProgress } from './progress-text.ts';
import type { Scope } from './scope.ts';
import { type DueView, dueLines, purgedLines } from './sweep-text.ts';
import { ofScanner, type Trouble } from './trouble.ts';
import { complain, pageOf, print, withScope } from './with-scope.ts';

const options = {
  'for-good': { type: 'boolean', help: 'do it: there is no way back' },
  json: { type: 'boolean', help: 'one JSON value' },
  'detailed-exitcode': { type: 'boolean', help: 'exit with 2 where a dry purge would delete something' },
} as const;

export const purge: Command = defineCommand({
  name: 'purge',
  summary: 'Delete what has been in quarantine for the whole undo window; dry, unless --for-good',
  usage: '<scope> [--for-good] [options]',
  about:
    'Each item is verified once more: what somebody needs again is brought back instead, and the breaker opens.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay purge offsite', 'belay purge offsite --for-good'],
  exits: {
    [exit.changes]: 'dry, with --detailed-exitcode: something is due',
    [exit.refused]: 'a side or a clock is not believed: nothing was touched',
    [exit.riskMissing]: 'a person is needed: the breaker is open, or nobody has looked at an alert',
    [exit.stuck]: 'something was needed again and was brought back; the breaker is open',
    [exit.interrupted]: 'ended by Ctrl-C after a batch: belay affected says what was done',
  },
  async run(call) {
    const [name = ''] = call.words;
    return await withScope(call, 'purge', name, (scope) => purged(call, scope));
  },
});

async function purged(call: Call<typeof options>, scope: Scope): Promise<number> {
  const { name } = scope;
  let handled = 0;
  const sweeper = await scope.openSweeper((remover) =>
    patientRemover(remover, (items) => {
      handled += items;
    }),
  );
  if (sweeper.isErr()) return complain(call, 'purge', sweeper.error);
  const view = quarantineOf(call, scope);
  if (view.isErr()) return complain(call, 'purge', view.error);
  const { due } = view.value;
  const { json } = call.options;
  if (!call.options['for-good']) {
    if (json) call.out.data(JSON.stringify({ formatVersion: '1.0', dry: true, ...view.value }));
    else print(call, dueLines(view.value, pageOf(call)));
    return call.options['detailed-exitcode'] && due.length > 0 ? exit.changes : exit.done;
  }
  const line = showProgress(call, (ms) =>
    sweepProgress(`Purge of ${name}`, { handled, total: due.length }, ms),
  );
  const done = await sweeper.value.purge({ signal: call.signal });
  line.end();
  if (done.isErr()) return complain(call, 'purge', ofScanner(done.error, name));
  if (json) call.out.data(JSON.stringify({ formatVersion: '1.0', dry: false, report: done.value }));
  else print(call, purgedLines(done.value, name, pageOf(call)));
  return done.value.broughtBack.length === 0 ? exit.done : exit.stuck;
}

/** What lies in quarantine, by whether its window is over. */
function quarantineOf(call: Call, { ledger, scanner, name }: Scope): Result<DueView, Trouble> {
  const sweeps = ledger.log.since('sweep-started', 0);
  if (sweeps.isErr()) return err(ofScanner(sweeps.error, name));
  const all: { readonly key: string; readonly owner: string; readonly until: string }[] = [];
  for (const run of new Set(sweeps.value.map(({ event }) => event.run))) {
    const touched = scanner.affected(run);
    if (touched.isErr()) return err(ofScanner(touched.error, name));
    for (const { owner = nobody, items } of touched.value.owners) {
      for (const { key, restorableUntil: until } of items) {
        if (until !== undefined) all.push({ key, owner, until });
      }
    }
  }
  const nowMs = call.clock.now();
  const isDue = ({ until }: { readonly until: string }): boolean => Date.parse(until) <= nowMs;
  return ok({ scope: name, due: all.filter(isDue), waiting: all.filter((one) => !isDue(one)) });
}
