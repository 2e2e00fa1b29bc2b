import type { Request } from '../journal.ts';
import {
  append,
  type JournalCase,
  journalCase,
  must,
  mustFail,
  newRun,
  same,
  start,
} from './journal-bench.ts';

const cancel: Request = { verb: 'cancel', by: 'ann', reason: 'not today' };
const resume: Request = { verb: 'resume', by: 'ann' };

/** What is asked of a run reaches its owner, whoever that is by then, and is answered once. */
export const journalMailCases: readonly JournalCase[] = [
  journalCase(
    { id: 'journal-60', title: 'a request reaches the owner of its run, and the answer whoever asked' },
    async (bench) => {
      const [owner, asker] = [await bench.open('a'), await bench.open('b')];
      await start(owner, newRun('r'));
      await start(asker, newRun('s'));
      same('Mail before', await must(owner.pending('owned')), []);
      const id = await must(asker.request('r', cancel));
      same('Mail of the asker', await must(asker.pending('owned')), []);
      const mail = [{ id, runId: 'r', request: cancel }];
      same('Mail of the owner', await must(owner.pending('owned')), mail);
      same('Mail, looked at again', await must(owner.pending('owned')), mail);
      same('The answer before', await must(asker.answerOf(id)), undefined);
      await must(owner.answer(id, { done: true }));
      same('Mail after', await must(owner.pending('owned')), []);
      same('The answer', await must(asker.answerOf(id)), { done: true });
    },
  ),
  journalCase({ id: 'journal-61', title: 'requests come oldest first, one’s own too' }, async (bench) => {
    const owner = await bench.open('a');
    await start(owner, newRun('r'));
    await start(owner, newRun('s'));
    const ids = [];
    for (const runId of ['s', 'r', 's']) ids.push(await must(owner.request(runId, cancel)));
    const mail = await must(owner.pending('owned'));
    same(
      'Their ids',
      mail.map(({ id }) => id),
      ids,
    );
    same(
      'Their runs',
      mail.map(({ runId }) => runId),
      ['s', 'r', 's'],
    );
  }),
  journalCase(
    { id: 'journal-62', title: 'a request is answered once, and null is an answer' },
    async (bench) => {
      const owner = await bench.open('a');
      await start(owner, newRun('r'));
      const id = await must(owner.request('r', cancel));
      await must(owner.answer(id, null));
      await mustFail(owner.answer(id, 'again'), 'misuse');
      same('The answer', await must(owner.answerOf(id)), null);
      await mustFail(owner.answer(id + 1, 'to nothing'), 'misuse');
      await mustFail(owner.answerOf(id + 1), 'misuse');
      await mustFail(owner.request('nobody', cancel), 'misuse');
    },
  ),
  journalCase(
    { id: 'journal-63', title: 'a request that nobody answered goes to the run’s next owner' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r'));
      const first = await must(two.request('r', cancel));
      same('Mail of the first owner', (await must(one.pending('owned'))).length, 1);
      await must(one.append([append('r', { release: true })]));
      same('Mail after it gave the run up', await must(one.pending('owned')), []);
      const second = await must(one.request('r', resume));
      same('Mail before the claim', await must(two.pending('owned')), []);
      await must(two.claim('r', 1));
      same('Mail of the next owner', await must(two.pending('owned')), [
        { id: first, runId: 'r', request: cancel },
        { id: second, runId: 'r', request: resume },
      ]);
    },
  ),
  journalCase(
    { id: 'journal-64', title: 'the mail of a run that was abandoned no longer reaches who owned it' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r', ['node/1']));
      await must(one.append([append('r', { state: 'stuck' })]));
      await must(two.request('r', cancel));
      same('Mail before', (await must(one.pending('owned'))).length, 1);
      await must(two.transfer('r', newRun('rescue', ['node/1']), 'ann', 'disk is gone'));
      same('Mail after', await must(one.pending('owned')), []);
    },
  ),
];
