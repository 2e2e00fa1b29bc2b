import {
  append,
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

/** A key is held by at most one run, from the moment it starts until an append says that it is free. */
export const journalKeyCases: readonly JournalCase[] = [
  journalCase(
    { id: 'journal-20', title: 'a key that is held is refused with its holder and since when' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r', ['disk/1', 'node/1'], { atMs: 4_711 }));
      const locked = { key: 'node/1', runId: 'r', sinceMs: 4_711 };
      same('The answer', await must(two.create(newRun('s', ['node/1']))), { created: false, locked });
      same('The refused run', await must(two.row('s')), undefined);
      same('Its events', await must(two.read('s', 1, 10)), []);
    },
  ),
  journalCase({ id: 'journal-21', title: 'a run gets all its keys or none' }, async (bench) => {
    const journal = await bench.open('a');
    await start(journal, newRun('r', ['c']));
    const answer = await must(journal.create(newRun('s', ['a', 'b', 'c', 'd'])));
    same('The answer', answer, { created: false, locked: { key: 'c', runId: 'r', sinceMs: 1_000 } });
    await start(journal, newRun('t', ['a', 'b', 'd']));
  }),
  journalCase(
    { id: 'journal-22', title: 'of two runs that start at once with one key, one starts' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      for (let i = 0; i < 20; i++) {
        const answers = await Promise.all([
          must(one.create(newRun(`one-${i}`, [`node/${i}`]))),
          must(two.create(newRun(`two-${i}`, [`node/${i}`]))),
        ]);
        same('How many started', answers.filter(({ created }) => created).length, 1);
      }
    },
  ),
  journalCase(
    { id: 'journal-23', title: 'keys come free by the append that says so, and by nothing else' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['node/1', 'node/2']));
      await start(journal, newRun('s', ['node/3']));
      await must(journal.append([append('r', { state: 'stuck' })]));
      same('Free while it is stuck', await freeKeys(journal, 'x1', ['node/1']), false);
      await must(journal.append([append('r', { seq: 3, state: 'success', release: true })]));
      same('Free because it ended', await freeKeys(journal, 'x2', ['node/2']), false);
      await must(journal.append([append('r', { seq: 4, freeKeys: true })]));
      same('Held by its row', (await rowOf(journal, 'r')).keysHeld, false);
      same('The keys that it was started with', (await rowOf(journal, 'r')).keys, ['node/1', 'node/2']);
      same('Free because it said so', await freeKeys(journal, 'x3', ['node/1', 'node/2']), true);
      same('Another run’s key', await freeKeys(journal, 'x4', ['node/3']), false);
    },
  ),
  journalCase({ id: 'journal-24', title: 'keys must be sorted and without repeats' }, async (bench) => {
    const journal = await bench.open('a');
    for (const keys of [['b', 'a'], ['a', 'a'], [''], ['half \ud83d']]) {
      await mustFail(journal.create(newRun('r', keys)), 'misuse');
    }
    await mustFail(journal.create(newRun('', ['a'])), 'misuse');
    await mustFail(journal.create(newRun('r', ['a'], { events: [] })), 'misuse');
    same('Runs', await must(journal.rows({})), []);
  }),
  journalCase(
    { id: 'journal-25', title: 'a run takes its keys again under a higher fence, and the lower one is out' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['node/1', 'node/2']));
      await must(journal.append([append('r', { state: 'background', freeKeys: true })]));
      same('Held before', (await rowOf(journal, 'r')).keysHeld, false);
      same('The answer', await must(journal.takeKeys('r', 1)), { taken: true, fence: 2 });
      same('Held', (await rowOf(journal, 'r')).keysHeld, true);
      same('Free', await freeKeys(journal, 'x', ['node/2']), false);
      same('The old fence', await must(journal.append([append('r', { seq: 3 })])), ['fenced-out']);
      same('The old fence, once more', await must(journal.takeKeys('r', 1)), {
        taken: false,
        fencedOut: true,
      });
      same('The new fence', await must(journal.append([append('r', { seq: 3, fence: 2 })])), ['ok']);
      same('Taken though it holds them', await must(journal.takeKeys('r', 2)), { taken: true, fence: 3 });
      await mustFail(journal.takeKeys('nobody', 1), 'misuse');
    },
  ),
  journalCase(
    { id: 'journal-26', title: 'where a key was given away meanwhile, taking them again changes nothing' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['a', 'b']));
      await must(journal.append([append('r', { state: 'background', freeKeys: true })]));
      await start(journal, newRun('s', ['b'], { atMs: 9_000 }));
      const locked = { key: 'b', runId: 's', sinceMs: 9_000 };
      same('The answer', await must(journal.takeKeys('r', 1)), { taken: false, locked });
      const { fence, keysHeld } = await rowOf(journal, 'r');
      same('The run', { fence, keysHeld }, { fence: 1, keysHeld: false });
      same('Its fence', await must(journal.append([append('r', { seq: 3 })])), ['ok']);
    },
  ),
  journalCase(
    { id: 'journal-27', title: 'a run that waits for its keys comes before runs that start later' },
    async (bench) => {
      const journal = await bench.open('a');
      for (const runId of ['r', 's']) {
        await start(journal, newRun(runId, ['a', 'b']));
        await must(journal.append([append(runId, { state: 'background', freeKeys: true })]));
      }
      await start(journal, newRun('t', ['b']));
      bench.nowMs += 5;
      const since = bench.nowMs;
      await must(journal.takeKeys('r', 1));
      bench.nowMs += 5;
      await must(journal.takeKeys('s', 1));
      const late = await must(journal.create(newRun('u', ['a'])));
      const locked = { key: 'a', runId: 'r', sinceMs: since };
      same('A new run with a key that is wanted', late, { created: false, locked });
      await start(journal, newRun('v', ['c']));
      await must(journal.append([append('t', { state: 'success', freeKeys: true })]));
      same('The second in line', await must(journal.takeKeys('s', 1)), { taken: false, locked });
      same('The first in line', await must(journal.takeKeys('r', 1)), { taken: true, fence: 2 });
      await must(journal.append([append('r', { seq: 3, fence: 2, state: 'reverted', freeKeys: true })]));
      same('The second now', await must(journal.takeKeys('s', 1)), { taken: true, fence: 2 });
    },
  ),
  journalCase(
    { id: 'journal-28', title: 'a run that ends while it waits for its keys leaves the line' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['a', 'b']));
      await must(journal.append([append('r', { state: 'background', freeKeys: true })]));
      await start(journal, newRun('s', ['b']));
      await must(journal.takeKeys('r', 1));
      same('While it waits', await freeKeys(journal, 'x1', ['a']), false);
      await must(journal.append([append('r', { seq: 3, state: 'success' })]));
      same('After its end', await freeKeys(journal, 'x2', ['a']), true);
    },
  ),
  journalCase(
    { id: 'journal-29', title: 'a run that has ended may ask for its keys again, and keeps nobody waiting' },
    async (bench) => {
      const journal = await bench.open('a');
      await start(journal, newRun('r', ['a', 'b']));
      await must(journal.append([append('r', { state: 'success', freeKeys: true })]));
      await start(journal, newRun('s', ['b']));
      const locked = { key: 'b', runId: 's', sinceMs: 1_000 };
      same('While a key is held', await must(journal.takeKeys('r', 1)), { taken: false, locked });
      same('The other key, meanwhile', await freeKeys(journal, 'x', ['a']), true);
      await must(journal.append([append('s', { state: 'success', freeKeys: true })]));
      await must(journal.append([append('r', { seq: 3, release: true })]));
      same('When it is free', await must(journal.takeKeys('r', 1)), { taken: true, fence: 2 });
      same('Its owner', (await rowOf(journal, 'r')).owner, 'a');
    },
  ),
  journalCase(
    {
      id: 'journal-30',
      title: 'a rescue run gets the keys of one that stands still, which is abandoned and fenced out',
    },
    async (bench) => {
      const [old, next] = [await bench.open('a'), await bench.open('b')];
      await start(old, newRun('r', ['a', 'b']));
      await must(old.append([append('r', { state: 'stuck' })]));
      const rescue = newRun('rescue', ['a', 'b', 'c'], { atMs: 8_000 });
      same('The answer', await must(next.transfer('r', rescue, 'ann', 'disk is gone')), {
        created: true,
        fence: 1,
      });
      const { state, owner, keysHeld, fence, updatedAtMs } = await rowOf(old, 'r');
      same(
        'The old run',
        { state, owner, keysHeld, fence, updatedAtMs },
        { state: 'abandoned', owner: undefined, keysHeld: false, fence: 2, updatedAtMs: 8_000 },
      );
      const event = { kind: 'abandoned', by: 'ann', reason: 'disk is gone', keysTo: 'rescue' };
      same('Its last event', (await eventsOf(old, 'r')).at(-1), { seq: 3, atMs: 8_000, fence: 2, event });
      same('Its old owner', await must(old.append([append('r', { seq: 3, freeKeys: true })])), [
        'fenced-out',
      ]);
      for (const key of ['a', 'b', 'c']) {
        const answer = await must(old.create(newRun(`x-${key}`, [key])));
        same(`The holder of ${key}`, answer, {
          created: false,
          locked: { key, runId: 'rescue', sinceMs: 8_000 },
        });
      }
      const again = await must(next.transfer('r', rescue, 'ann', 'disk is gone'));
      same('The same once more', again, { created: false, row: await rowOf(next, 'rescue') });
    },
  ),
  journalCase(
    { id: 'journal-31', title: 'keys are not handed over by a run that is at work, or only in part' },
    async (bench) => {
      const [old, next] = [await bench.open('a'), await bench.open('b')];
      await start(old, newRun('r', ['a', 'b']));
      await start(old, newRun('s', ['c']));
      const move = (keys: readonly string[]) => next.transfer('r', newRun('rescue', keys), 'ann', 'why not');
      await mustFail(move(['a', 'b']), 'misuse');
      await must(old.append([append('r', { state: 'stuck' })]));
      await mustFail(move(['a']), 'misuse');
      const locked = { key: 'c', runId: 's', sinceMs: 1_000 };
      same('A third run’s key', await must(move(['a', 'b', 'c'])), { created: false, locked });
      const { state, fence, keysHeld, lastSeq } = await rowOf(old, 'r');
      same(
        'The old run',
        { state, fence, keysHeld, lastSeq },
        { state: 'stuck', fence: 1, keysHeld: true, lastSeq: 2 },
      );
      same('The rescue run', await must(next.row('rescue')), undefined);
      await must(old.append([append('r', { seq: 3, state: 'reverted', freeKeys: true })]));
      await mustFail(move(['a', 'b']), 'misuse');
      await mustFail(next.transfer('nobody', newRun('rescue'), 'ann', 'why not'), 'misuse');
    },
  ),
];
