import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A create makes one resource for one key, whatever became of earlier calls and answers. */
export const createCases: readonly ConformanceCase[] = [
  conformanceCase(
    { id: '1', group: 'create', title: 'a new volume has its size and zone and is available' },
    async (bench) => {
      const volume = await bench.volume('data', { sizeGiB: 2 });
      check(volume.sizeGiB >= 2, `It has ${volume.sizeGiB} GiB, and 2 were asked for.`);
      check(volume.zone === bench.subject.zones[0], `It is in ${volume.zone}.`);
      check(volume.state === 'available', `It is ${volume.state}.`);
      check(volume.attachments.length === 0, 'It is attached to something.');
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.id === volume.id && read.state === 'available', `Read back it is ${read.state}.`);
    },
  ),
  conformanceCase(
    { id: '2', group: 'create', title: 'the same key and spec give the same volume again' },
    async (bench) => {
      const first = await bench.volume('data');
      const second = await bench.volume('data');
      check(first.id === second.id, `There are two: ${first.id} and ${second.id}.`);
      const found = await bench.must(bench.cloud.volumes.find(bench.call('data').key));
      check(found?.id === first.id, `Looked up by key it is ${found?.id ?? 'not there'}.`);
      check((await bench.livingVolumes()).length === 1, 'More than one volume was made.');
    },
  ),
  conformanceCase(
    { id: '3', group: 'create', title: 'the same key with another size is a mismatch, and nothing is made' },
    async (bench) => {
      await bench.volume('data');
      const other = bench.cloud.volumes.create(bench.volumeSpec({ sizeGiB: 3 }), bench.call('data'));
      await bench.mustFail(other, 'idempotency-mismatch');
      const living = await bench.livingVolumes();
      check(living.length === 1 && living[0]?.sizeGiB === 1, `There are ${living.length} volumes now.`);
    },
  ),
  conformanceCase(
    {
      id: '4',
      group: 'create',
      title: 'a process that died before it recorded its create is followed by one that adopts what it made',
      levers: ['loseReply', 'anotherProcess'],
    },
    async (bench) => {
      const dying = new AbortController();
      const { calls } = bench.subject.levers;
      const before = calls?.('volumes.create') ?? 0;
      bench.lever('loseReply')('volumes.create');
      const lost = bench.cloud.volumes.create(
        bench.volumeSpec(),
        bench.call('data', { signal: dying.signal }),
      );
      // Some adapters look for the key first: the process is to die after it has asked, not before.
      if (calls !== undefined) {
        await bench.eventually('the provider is asked', async () => calls('volumes.create') > before);
      }
      await bench.pause(50);
      dying.abort();
      const answer = await lost;
      if (answer.isErr()) {
        check(answer.error.applied !== 'no', `The error says that nothing was made: ${answer.error.message}`);
      }
      const next = bench.lever('anotherProcess')();
      const adopted = await bench.must(next.volumes.create(bench.volumeSpec(), bench.call('data')));
      const living = await bench.livingVolumes();
      check(
        living.length === 1,
        `There are ${living.length} volumes: ${living.map(({ id }) => id).join(', ')}.`,
      );
      check(
        living[0]?.id === adopted.id,
        'The second process was given another volume than the one there is.',
      );
    },
  ),
  conformanceCase(
    {
      id: '5',
      group: 'create',
      title: 'creates that run side by side under one key make one volume',
      traits: ['one-per-key'],
    },
    async (bench) => {
      const [a, b] = await Promise.all([bench.volume('data'), bench.volume('data')]);
      check(a.id === b.id, `There are two: ${a.id} and ${b.id}.`);
      check((await bench.livingVolumes()).length === 1, 'More than one volume was made.');
    },
  ),
  conformanceCase(
    {
      id: '6',
      group: 'create',
      title: 'a volume whose answer was lost is adopted, at the latest by the same call again',
      levers: ['loseReply'],
    },
    async (bench) => {
      bench.lever('loseReply')('volumes.create');
      const first = await bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data'));
      if (first.isErr()) {
        check(first.error.applied !== 'no', `The error says that nothing was made: ${first.error.message}`);
      }
      const volume = await bench.volume('data');
      const living = await bench.livingVolumes();
      check(living.length === 1 && living[0]?.id === volume.id, `There are ${living.length} volumes.`);
    },
  ),
  conformanceCase(
    {
      id: '9',
      group: 'create',
      title: 'what was made a moment ago and cannot be read yet is waited for',
      levers: ['hideNew'],
    },
    async (bench) => {
      bench.lever('hideNew')(2);
      const volume = await bench.volume('data');
      check(volume.state === 'available', `It is ${volume.state}.`);
      check((await bench.livingVolumes()).length === 1, 'More than one volume was made.');
    },
  ),
  conformanceCase(
    { id: '11', group: 'create', title: 'a key whose volume was deleted makes a new one at once' },
    async (bench) => {
      const first = await bench.volume('data');
      await bench.must(bench.cloud.volumes.delete(first.id, bench.call('delete')));
      const second = await bench.volume('data');
      check(first.id !== second.id, 'The deleted volume was given again.');
      check(second.state === 'available', `The new one is ${second.state}.`);
    },
  ),
];
