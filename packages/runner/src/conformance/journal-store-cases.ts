import { check } from './case.ts';
import {
  append,
  done,
  eventsOf,
  freeKeys,
  type JournalCase,
  journalCase,
  must,
  mustFail,
  newRun,
  rowOf,
  same,
  start,
} from './journal-bench.ts';

/** The store as a whole: it outlives its owners, forgets what it is told to, can be copied, and closes in order. */
export const journalStoreCases: readonly JournalCase[] = [
  journalCase(
    {
      id: 'journal-80',
      title: 'what was acknowledged is there for those who come after',
      levers: ['killOwner'],
    },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['node/1']));
      const asked = await must(journal.request('r', { verb: 'resume', by: 'ann' }));
      for (let seq = 2; seq < 40; seq++)
        await must(journal.append([append('r', { seq, events: [done(`s-${seq}`)] })]));
      await bench.kill('a');
      const next = await bench.open('b');
      const steps = (await eventsOf(next, 'r')).slice(1).map(({ event }) => event);
      same(
        'Its events',
        steps,
        Array.from({ length: 38 }, (_, i) => done(`s-${i + 2}`)),
      );
      same('Its key', await freeKeys(next, 'x', ['node/1']), false);
      await must(next.claim('r', 1));
      same(
        'Its mail',
        (await must(next.pending('owned'))).map(({ id }) => id),
        [asked],
      );
    },
  ),
  journalCase(
    { id: 'journal-81', title: 'runs that ended before are forgotten, and their ids stay taken' },
    async (bench) => {
      const journal = await bench.open('a');
      for (const runId of ['old', 'new', 'stuck', 'holding'])
        await start(journal, newRun(runId, [`key/${runId}`]));
      const asked = await must(journal.request('old', { verb: 'seal', by: 'ann', reason: 'done' }));
      await must(
        journal.append([
          append('old', { state: 'reverted', atMs: 4_999, freeKeys: true, release: true }),
          append('new', { state: 'success', atMs: 5_000, freeKeys: true, release: true }),
          append('stuck', { state: 'stuck', atMs: 2_000 }),
          append('holding', { state: 'success', atMs: 2_000 }),
        ]),
      );
      same('How many', await must(journal.prune(5_000)), 1);
      same('How many more', await must(journal.prune(5_000)), 0);
      same('Its events', await must(journal.read('old', 1, 10)), []);
      const listed = (await must(journal.rows({}))).map(({ runId }) => runId);
      same('The list', listed, ['new', 'stuck', 'holding']);
      const { state, input, graph, lastSeq } = await rowOf(journal, 'old');
      same(
        'What is kept of it',
        { state, input, graph, lastSeq },
        { state: 'reverted', input: { machine: 'old' }, graph: 'moving', lastSeq: 0 },
      );
      const again = await must(journal.create(newRun('old', [])));
      same('Its id', again, { created: false, row: await rowOf(journal, 'old') });
      await mustFail(journal.append([append('old', { seq: 1 })]), 'misuse');
      await mustFail(journal.answerOf(asked), 'misuse');
      same('A claim', (await must(journal.claim('old', 1))).claimed, false);
      same('The number of events of a run that was kept', (await rowOf(journal, 'new')).lastSeq, 2);
    },
  ),
  journalCase(
    {
      id: 'journal-82',
      title: 'a copy is made while runs go on, opens by itself and holds what was there',
      levers: ['openCopy'],
    },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['node/1']));
      const events = Array.from({ length: 2_000 }, (_, i) => done(`step-${i}`));
      await must(journal.append([append('r', { events, state: 'waiting' })]));
      const path = bench.store.copyPath();
      const copying = must(journal.backupTo(path));
      let seq = 2_002;
      for (let i = 0; i < 10; i++) await must(journal.append([append('r', { seq: seq++ })]));
      await copying;
      await must(journal.append([append('r', { seq, state: 'success', freeKeys: true, release: true })]));
      const copy = await bench.openCopy(path, 'z');
      const kept = await eventsOf(copy, 'r');
      check(
        kept.length >= 2_001,
        `The copy has ${kept.length} events, and 2,001 were there when it was asked for.`,
      );
      same('Its events', kept, (await eventsOf(journal, 'r')).slice(0, kept.length));
      const row = await rowOf(copy, 'r');
      same('Its row', { state: row.state, held: row.keysHeld }, { state: 'waiting', held: true });
      same('Its keys', await freeKeys(copy, 'x', ['node/1']), false);
      const error = await mustFail(journal.backupTo(path), 'unavailable');
      check(error.message.includes(path), `The error does not name ${path}: ${error.message}`);
      same('The copy, after a second one was refused', (await eventsOf(copy, 'r')).length, kept.length);
    },
  ),
  journalCase(
    { id: 'journal-83', title: 'a journal is opened once, and closed it does nothing' },
    async (bench) => {
      const journal = bench.journal();
      await mustFail(journal.rows({}), 'misuse');
      await must(journal.open({ owner: 'a', leaseMs: 1_000, now: () => bench.nowMs }));
      await mustFail(journal.open({ owner: 'b', leaseMs: 1_000, now: () => bench.nowMs }), 'misuse');
      await start(journal, newRun('r'));
      await must(journal.close());
      await must(journal.close());
      await mustFail(journal.append([append('r')]), 'closed');
      await mustFail(journal.pending('owned'), 'closed');
      await mustFail(journal.open({ owner: 'a', leaseMs: 1_000, now: () => bench.nowMs }), 'closed');
      const next = await bench.open('a');
      same('The run', (await rowOf(next, 'r')).lastSeq, 1);
    },
  ),
];
