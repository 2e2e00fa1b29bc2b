import {
  append,
  type JournalCase,
  journalCase,
  must,
  mustFail,
  newRun,
  rowOf,
  same,
  start,
} from './journal-bench.ts';

/** Who owns a run, whether the owner lives, and who may carry on where it does not. */
export const journalOwnerCases: readonly JournalCase[] = [
  journalCase(
    { id: 'journal-40', title: 'a run whose owner lives cannot be claimed, by its owner neither' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r'));
      same('Seen from elsewhere', (await rowOf(two, 'r')).ownerIs, 'live');
      for (const journal of [one, two]) {
        const answer = await must(journal.claim('r', 1));
        same('The answer', answer, { claimed: false, row: await rowOf(two, 'r') });
      }
      same('Its fence', (await rowOf(two, 'r')).fence, 1);
      same('No run', await must(two.claim('nobody', 1)), { claimed: false, row: undefined });
    },
  ),
  journalCase(
    { id: 'journal-41', title: 'a run that was given up is claimed once, under a fence one higher' },
    async (bench) => {
      const [one, two, three] = [await bench.open('a'), await bench.open('b'), await bench.open('c')];
      await start(one, newRun('r', ['node/1']));
      await must(one.append([append('r', { state: 'suspended', release: true })]));
      same('Its owner', (await rowOf(two, 'r')).ownerIs, 'none');
      const claimed = await must(two.claim('r', 1));
      same('The claim', claimed, { claimed: true, fence: 2, row: await rowOf(two, 'r') });
      same('The owner now', (await rowOf(three, 'r')).owner, 'b');
      same('Its keys', (await rowOf(three, 'r')).keysHeld, true);
      same('A claim by the fence of before', (await must(three.claim('r', 1))).claimed, false);
      same('A claim by the fence of now', (await must(three.claim('r', 2))).claimed, false);
    },
  ),
  journalCase(
    { id: 'journal-42', title: 'of several that claim a run at once, one gets it' },
    async (bench) => {
      const one = await bench.open('a');
      const others = await Promise.all(['b', 'c', 'd'].map((owner) => bench.open(owner)));
      for (let i = 0; i < 20; i++) {
        await start(one, newRun(`r-${i}`));
        await must(one.append([append(`r-${i}`, { release: true })]));
        const answers = await Promise.all(others.map((journal) => must(journal.claim(`r-${i}`, 1))));
        same('How many got it', answers.filter(({ claimed }) => claimed).length, 1);
        same('The fence', (await rowOf(one, `r-${i}`)).fence, 2);
      }
    },
  ),
  journalCase(
    {
      id: 'journal-43',
      title: 'an owner whose process ended is dead at once, and its runs can be claimed',
      levers: ['killOwner'],
    },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r', ['node/1']));
      await must(one.append([append('r')]));
      await bench.kill('a');
      const seen = await rowOf(two, 'r');
      same('Its owner', { owner: seen.owner, is: seen.ownerIs }, { owner: 'a', is: 'dead' });
      same('What it wrote', seen.lastSeq, 2);
      same('Its keys', seen.keysHeld, true);
      const listed = (await must(two.rows({}))).map(({ ownerIs }) => ownerIs);
      same('Its owner, in a list', listed, ['dead']);
      const claimed = await must(two.claim('r', 1));
      same('The claim', claimed.claimed && claimed.fence, 2);
      const third = await bench.open('c');
      same('Seen by a process that starts later', (await rowOf(third, 'r')).owner, 'b');
    },
  ),
  journalCase(
    {
      id: 'journal-44',
      title: 'a process that starts after a death finds the dead owner’s runs',
      levers: ['killOwner'],
    },
    async (bench) => {
      const one = await bench.open('a');
      await start(one, newRun('r'));
      await bench.kill('a');
      const two = await bench.open('b');
      same('The owner', (await rowOf(two, 'r')).ownerIs, 'dead');
      await bench.open('c');
      same('The owner, after another start', (await rowOf(two, 'r')).ownerIs, 'dead');
      same('The claim', (await must(two.claim('r', 1))).claimed, true);
    },
  ),
  journalCase(
    {
      id: 'journal-45',
      title: 'an owner that is silent for longer than its lease is hung, and loses its runs',
    },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r'));
      bench.nowMs += bench.leaseMs;
      same('At the end of its lease', (await rowOf(two, 'r')).ownerIs, 'live');
      bench.nowMs += 1;
      same('After it', (await rowOf(two, 'r')).ownerIs, 'hung');
      same('The claim', (await must(two.claim('r', 1))).claimed, true);
      same('The old owner, awake again', await must(one.append([append('r')])), ['fenced-out']);
    },
  ),
  journalCase(
    { id: 'journal-46', title: 'a heartbeat keeps an owner alive, and so does writing' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r'));
      bench.nowMs += bench.leaseMs;
      await must(one.heartbeat());
      bench.nowMs += bench.leaseMs;
      same('After a heartbeat', (await rowOf(two, 'r')).ownerIs, 'live');
      await must(one.append([append('r')]));
      bench.nowMs += bench.leaseMs;
      same('After an append', (await rowOf(two, 'r')).ownerIs, 'live');
      bench.nowMs += 1;
      same('After silence', (await rowOf(two, 'r')).ownerIs, 'hung');
      await must(one.heartbeat());
      same('After it woke', (await rowOf(two, 'r')).ownerIs, 'live');
    },
  ),
  journalCase(
    { id: 'journal-47', title: 'closing makes the runs that are still owned ownerless' },
    async (bench) => {
      const [one, two] = [await bench.open('a'), await bench.open('b')];
      await start(one, newRun('r', ['node/1']));
      await start(two, newRun('s'));
      await must(one.close());
      const { owner, ownerIs, keysHeld, fence } = await rowOf(two, 'r');
      same(
        'The run',
        { owner, ownerIs, keysHeld, fence },
        { owner: undefined, ownerIs: 'none', keysHeld: true, fence: 1 },
      );
      same('Another’s run', (await rowOf(two, 's')).owner, 'b');
      same('The claim', (await must(two.claim('r', 1))).claimed, true);
    },
  ),
  journalCase(
    { id: 'journal-48', title: 'two journals cannot be open under one owner’s name', levers: ['killOwner'] },
    async (bench) => {
      const one = await bench.open('a');
      await start(one, newRun('r'));
      await mustFail(bench.journal().open({ owner: 'a', leaseMs: 1_000, now: () => bench.nowMs }), 'misuse');
      same('The run', (await rowOf(one, 'r')).ownerIs, 'live');
      await bench.kill('a');
      const again = await bench.open('a');
      same('A new owner of that name', (await rowOf(again, 'r')).ownerIs, 'none');
    },
  ),
  journalCase({ id: 'journal-49', title: 'an owner needs a name, and a lease above 0' }, async (bench) => {
    const journal = bench.journal();
    const now = () => bench.nowMs;
    await mustFail(journal.open({ owner: '', leaseMs: 1_000, now }), 'misuse');
    await mustFail(journal.open({ owner: 'a', leaseMs: 0, now }), 'misuse');
    await must(journal.open({ owner: '../a b/ü', leaseMs: 1_000, now }));
    await start(journal, newRun('r'));
    const other = await bench.open('b');
    same('The owner', (await rowOf(other, 'r')).owner, '../a b/ü');
    same('Its life', (await rowOf(other, 'r')).ownerIs, 'live');
  }),
];
