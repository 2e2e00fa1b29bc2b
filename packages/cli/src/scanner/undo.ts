/** `belay undo`: brings back what a run has taken. It works with the breaker open and with every registry dead. */

import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { findRun } from './find-run.ts';
import { patientRemover } from './patient-remover.ts';
import { showProgress } from './progress.ts';
import { sweepProgress } from './progress-text.ts';
import { undoneLines } from './sweep-text.ts';
import { ofScanner } from './trouble.ts';
import { complain, pageOf, print, signed, signing, unsigned, withScope } from './with-scope.ts';

const options = { ...signing, json: { type: 'boolean', help: 'one JSON value' } } as const;

export const undo: Command = defineCommand({
  name: 'undo',
  summary: 'Bring back what a sweep has put into quarantine',
  usage: '<run> --reason TEXT [options]',
  about: 'May be called again. What has come under the same name meanwhile is never written over.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay undo sweep-3f2a9c1b04de --reason "ann needs it"'],
  exits: {
    [exit.stuck]: 'not all of it is back: it says what is not, and why',
    [exit.interrupted]: 'ended by Ctrl-C after a batch: call it again',
  },
  async run(call) {
    const asking = signed(call);
    if (asking === undefined) return complain(call, 'undo', { message: unsigned, code: exit.error });
    const [typed = ''] = call.words;
    const found = await findRun(call, typed);
    if (found.isErr()) return complain(call, 'undo', found.error);
    const { place, run } = found.value;
    return await withScope(
      call,
      'undo',
      place.scope,
      async (scope) => {
        let handled = 0;
        const sweeper = await scope.openSweeper((remover) =>
          patientRemover(remover, (items) => {
            handled += items;
          }),
        );
        if (sweeper.isErr()) return complain(call, 'undo', sweeper.error);
        const total = scope.scanner.affected(run).match(
          ({ totals }) => totals.restorable,
          () => 0,
        );
        const line = showProgress(call, (ms) => sweepProgress(`Undo of ${run}`, { handled, total }, ms));
        const done = await sweeper.value.undo(run, asking, { signal: call.signal });
        line.end();
        if (done.isErr()) return complain(call, 'undo', ofScanner(done.error, scope.name));
        return told(call, done.value);
      },
      { mayLack: true },
    );
  },
});

function told(call: Call<typeof options>, report: Parameters<typeof undoneLines>[0]): number {
  if (call.options.json) call.out.data(JSON.stringify({ formatVersion: '1.0', report }));
  else print(call, undoneLines(report, pageOf(call)));
  return report.notYet.length === 0 ? exit.done : exit.stuck;
}
