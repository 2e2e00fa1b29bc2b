import type { RunEvent } from '../event.ts';
import { check } from './case.ts';
import {
  append,
  done,
  eventsOf,
  type JournalCase,
  journalCase,
  must,
  mustFail,
  newRun,
  rowOf,
  same,
  start,
} from './journal-bench.ts';

/** Runs begin once, and their events are kept in order, all of a call or nothing of it, under the highest fence only. */
export const journalEventCases: readonly JournalCase[] = [
  journalCase(
    { id: 'journal-1', title: 'a run that was started is there, with its row and its first events' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['disk/1', 'node/1']));
      same('Its row', await rowOf(journal, 'r'), {
        runId: 'r',
        graph: 'moving',
        input: { machine: 'r' },
        state: 'running',
        fence: 1,
        owner: 'a',
        ownerIs: 'live',
        keys: ['disk/1', 'node/1'],
        keysHeld: true,
        createdAtMs: 1_000,
        updatedAtMs: 1_000,
        lastSeq: 1,
      });
      const event = { kind: 'created', graph: 'moving', input: { machine: 'r' }, keys: ['disk/1', 'node/1'] };
      same('Its events', await eventsOf(journal, 'r'), [{ seq: 1, atMs: 1_000, fence: 1, event }]);
    },
  ),
  journalCase(
    {
      id: 'journal-2',
      title: 'an id names one run for ever: a second start is shown the first and changes nothing',
    },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['node/1']));
      const other = await bench.open('b');
      const again = await must(other.create(newRun('r', ['node/2'], { graph: 'another', input: 5 })));
      same('The answer', again, { created: false, row: await rowOf(other, 'r') });
      same('The graph', (await rowOf(journal, 'r')).graph, 'moving');
      same('The other key', await must(journal.create(newRun('s', ['node/2']))), { created: true, fence: 1 });
    },
  ),
  journalCase(
    { id: 'journal-3', title: 'events come back as they were given, in order, numbered without a gap' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r'));
      const events: readonly RunEvent[] = [
        { kind: 'started', step: 'place#1/ü “x”', attempt: 1, wires: '' },
        {
          kind: 'done',
          step: 'a',
          output: { n: [0, -0.1, 1e300, 2 ** 53, null, true, '\u0000\n\ud83d\ude00'] },
        },
        { kind: 'done', step: 'b' },
        { kind: 'failed', step: 'c', error: { kind: 'x', message: 'y', cause: { kind: 'z', message: '' } } },
      ];
      same('The answer', await must(journal.append([append('r', { events, atMs: 7 })])), ['ok']);
      const due = events.map((event, i) => ({ seq: i + 2, atMs: 7, fence: 1, event }));
      same('The events', (await eventsOf(journal, 'r')).slice(1), due);
      const other = await bench.open('b');
      same('The events, seen by another process', (await eventsOf(other, 'r')).slice(1), due);
    },
  ),
  journalCase({ id: 'journal-4', title: 'a run is read in pages, from any event on' }, async (bench) => {
    const journal = await bench.open('a');
    await start(journal, newRun('r'));
    const events = Array.from({ length: 25 }, (_, i) => done(`step-${i}`));
    await must(journal.append([append('r', { events })]));
    const seqs = async (from: number, limit: number) =>
      (await must(journal.read('r', from, limit))).map(({ seq }) => seq);
    same('The first page', await seqs(1, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    same('The second page', await seqs(11, 10), [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    same('The last page', await seqs(21, 10), [21, 22, 23, 24, 25, 26]);
    same('One large page', (await seqs(1, 1_000)).length, 26);
    same('Beyond the end', await seqs(27, 10), []);
    same('A page of nothing', await seqs(1, 0), []);
    same('A run that is not there', await must(journal.read('nobody', 1, 10)), []);
  }),
  journalCase(
    {
      id: 'journal-5',
      title: 'a gap or a repeat in the numbers is refused with all else that was in the call',
    },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r'));
      await start(journal, newRun('s'));
      for (const seq of [0, 1, 3]) {
        const wrong = append('r', { seq, state: 'stuck' });
        await mustFail(journal.append([append('s', { state: 'stuck', freeKeys: true }), wrong]), 'misuse');
        await mustFail(journal.append([wrong]), 'misuse');
      }
      for (const runId of ['r', 's']) {
        const { lastSeq, state } = await rowOf(journal, runId);
        same(`What is there of ${runId}`, { lastSeq, state }, { lastSeq: 1, state: 'running' });
      }
      same('The right number', await must(journal.append([append('s'), append('r')])), ['ok', 'ok']);
    },
  ),
  journalCase(
    { id: 'journal-6', title: 'a run that is not there, or a fence that nobody was given, is a mistake' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r'));
      await mustFail(journal.append([append('nobody')]), 'misuse');
      await mustFail(journal.append([append('r', { fence: 2 })]), 'misuse');
      same('The number of events', (await rowOf(journal, 'r')).lastSeq, 1);
    },
  ),
  journalCase(
    { id: 'journal-7', title: 'what is written under an old fence is refused, and changes nothing' },
    async (bench) => {
      const [old, next] = [await bench.open('a'), await bench.open('b')];
      await start(old, newRun('r', ['node/1']));
      await must(old.append([append('r', { release: true })]));
      await must(next.claim('r', 1));
      const late = append('r', { seq: 3, state: 'success', freeKeys: true, release: true });
      same('The answer', await must(old.append([late])), ['fenced-out']);
      const { lastSeq, state, owner, keysHeld } = await rowOf(old, 'r');
      same(
        'The run',
        { lastSeq, state, owner, keysHeld },
        { lastSeq: 2, state: 'running', owner: 'b', keysHeld: true },
      );
      same('The new owner', await must(next.append([append('r', { fence: 2, seq: 3 })])), ['ok']);
      const fences = (await eventsOf(next, 'r')).map(({ fence }) => fence);
      same('The fences of the events', fences, [1, 1, 2]);
    },
  ),
  journalCase(
    { id: 'journal-8', title: 'a batch that is fenced out does not hold the others of its call back' },
    async (bench) => {
      const [old, next] = [await bench.open('a'), await bench.open('b')];
      for (const runId of ['r', 's', 't']) await start(old, newRun(runId));
      await must(old.append([append('s', { release: true })]));
      await must(next.claim('s', 1));
      const batches = [append('r'), append('s', { seq: 3 }), append('t', { state: 'waiting' })];
      same('The answers', await must(old.append(batches)), ['ok', 'fenced-out', 'ok']);
      same('The first', (await rowOf(next, 'r')).lastSeq, 2);
      same('The second', (await rowOf(next, 's')).lastSeq, 2);
      same('The third', (await rowOf(next, 't')).state, 'waiting');
    },
  ),
  journalCase({ id: 'journal-9', title: 'one call may carry several batches of one run' }, async (bench) => {
    const journal = await bench.open('a');
    await start(journal, newRun('r'));
    const first = append('r', { events: [done('a'), done('b')] });
    const answers = await must(journal.append([first, append('r', { seq: 4, state: 'stuck' })]));
    same('The answers', answers, ['ok', 'ok']);
    same('The number of events', (await rowOf(journal, 'r')).lastSeq, 4);
    await mustFail(journal.append([append('r', { seq: 5 }), append('r', { seq: 5 })]), 'misuse');
    same('The number after a repeat', (await rowOf(journal, 'r')).lastSeq, 4);
    same('A call without batches', await must(journal.append([])), []);
  }),
  journalCase(
    { id: 'journal-10', title: 'the row follows the events: state, owner, number and time of the last' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r'));
      await must(journal.append([append('r', { state: 'stuck', atMs: 5_000 })]));
      const { state, updatedAtMs, lastSeq } = await rowOf(journal, 'r');
      same('The row', { state, updatedAtMs, lastSeq }, { state: 'stuck', updatedAtMs: 5_000, lastSeq: 2 });
      await must(journal.append([append('r', { seq: 3, atMs: 6_000 })]));
      same('An append that says nothing of the state', (await rowOf(journal, 'r')).state, 'stuck');
      same('The time of the last event', (await rowOf(journal, 'r')).updatedAtMs, 6_000);
      await must(journal.append([append('r', { seq: 4, events: [], release: true })]));
      const { owner, ownerIs, lastSeq: still } = await rowOf(journal, 'r');
      same('After its release', { owner, ownerIs, still }, { owner: undefined, ownerIs: 'none', still: 3 });
    },
  ),
  journalCase(
    { id: 'journal-11', title: 'runs are listed in the order of their creation, by state, graph and key' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('c', ['node/1']));
      await start(journal, newRun('a', ['node/2'], { graph: 'other' }));
      await start(journal, newRun('b'));
      await must(
        journal.append([append('c', { state: 'success', freeKeys: true }), append('b', { state: 'stuck' })]),
      );
      const ids = async (filter: Parameters<typeof journal.rows>[0]) =>
        (await must(journal.rows(filter))).map(({ runId }) => runId);
      same('All', await ids({}), ['c', 'a', 'b']);
      same('Two of them', await ids({ limit: 2 }), ['c', 'a']);
      same('One state', await ids({ state: 'stuck' }), ['b']);
      same('Two states', await ids({ state: ['stuck', 'success'] }), ['c', 'b']);
      same('No state', await ids({ state: [] }), []);
      same('A graph', await ids({ graph: 'other' }), ['a']);
      same('A key that was held', await ids({ key: 'node/1' }), ['c']);
      same('A key that is held', await ids({ key: 'node/2', state: 'running' }), ['a']);
      same('A key of nobody', await ids({ key: 'node' }), []);
      check((await must(journal.row('nobody'))) === undefined, 'A run that is not there has a row.');
    },
  ),
  journalCase(
    { id: 'journal-12', title: 'what another process added under the same fence is counted' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r'));
      await must(one.append([append('r')]));
      await must(two.append([append('r', { seq: 3 })]));
      await mustFail(one.append([append('r', { seq: 3 })]), 'misuse');
      same('The next number', await must(one.append([append('r', { seq: 4 })])), ['ok']);
      same('The number of events', (await rowOf(two, 'r')).lastSeq, 4);
    },
  ),
];
