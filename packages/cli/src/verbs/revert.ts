/** `belay revert`: takes a run back that succeeded, as far as there is a way back. */

import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { findRun } from '../run/find-run.ts';
import { reportRun } from '../run/report.ts';
import { watchOptions } from '../run/screen-for.ts';
import { withRun } from '../run/with-run.ts';
import { wordOptions } from './ask-run.ts';

export const revert: Command = defineCommand({
  name: 'revert',
  summary: 'Take a run back that succeeded',
  usage: '<run> --reason TEXT',
  about:
    'Refused past a point of no return, and after `belay release-source`. What was written since is kept where the disk carries it.',
  options: { ...wordOptions, ...watchOptions },
  words: { least: 1, most: 1 },
  examples: ['belay revert p-7f3a91c2 --reason "the new type is too slow"'],
  exits: {
    [exit.stuck]: 'something could not be taken back: act now',
    [exit.interrupted]: 'Ctrl-C: it rests, and belay apply <run> carries it on',
  },
  async run(call) {
    const { by = call.user, reason = '', output, verbose } = call.options;
    const { out, words } = call;
    const [word = ''] = words;
    const asked = { name: 'revert', output, reason, needsReason: true, journal: 'if-there' } as const;
    return await withRun(call, asked, async (session, kind) => {
      const found = await findRun(session, word);
      if (found.isErr() || session.runner === undefined) {
        out.say(`belay revert: ${found.isErr() ? found.error.message : 'nothing has run here yet'}`);
        return exit.error;
      }
      const row = found.value;
      return await reportRun(call, session, session.runner.revert(row.runId, { by, reason }), {
        row,
        output: kind,
        isVerbose: verbose,
        knownUpTo: row.lastSeq,
        isTakenBack: true,
      });
    });
  },
});
