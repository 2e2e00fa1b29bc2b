import type { StorageVolume } from '../volume.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A create makes one resource for one key, whatever became of earlier calls and answers. */
export const createDoubtCases: readonly ConformanceCase[] = [
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
      const answer = await bench.ended(lost);
      if (answer.isErr()) {
        check(answer.error.applied !== 'no', `The error says that nothing was made: ${answer.error.message}`);
      }
      const next = bench.lever('anotherProcess')();
      const adopted = await bench.must(next.volumes.create(bench.volumeSpec(), bench.call('data')));
      await bench.onlyVolume(adopted.id);
    },
  ),
  conformanceCase(
    {
      id: '5',
      group: 'create',
      title: 'creates that run side by side under one key make one volume',
      further: [{ trait: 'one-per-key', levers: ['anotherProcess'] }],
    },
    async (bench) => {
      const [a, b] = await Promise.all([bench.volume('data'), bench.volume('data')]);
      check(a.id === b.id, `There are two: ${a.id} and ${b.id}.`);
      await bench.onlyVolume(a.id);
      if (!bench.has('one-per-key')) return;
      const next = bench.lever('anotherProcess')();
      const [mine, theirs] = await Promise.all([
        bench.volume('raced'),
        bench.must(next.volumes.create(bench.volumeSpec(), bench.call('raced'))),
      ]);
      check(mine.id === theirs.id, `Two processes made two: ${mine.id} and ${theirs.id}.`);
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
      const volume = await madeAtLast(bench);
      await bench.onlyVolume(volume.id);
    },
  ),
  conformanceCase(
    {
      id: '7',
      group: 'create',
      title: 'a key that two volumes carry is an error that names both, and no third one is made',
      levers: ['twin'],
    },
    async (bench) => {
      const first = await bench.volume('data');
      const second = await bench.lever('twin')(first.id);
      const { key } = bench.call('data');
      await bench.eventually('the twin is listed', async () => (await bench.livingVolumes()).length === 2);
      const error = await bench.mustFail(bench.cloud.volumes.find(key), 'idempotency-mismatch');
      for (const id of [first.id, second]) {
        check(error.message.includes(id), `The error does not name ${id}: ${error.message}`);
      }
      // A provider that remembers the token may still answer with what that token made.
      const again = await bench.ended(bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data')));
      check(again.isErr() || again.value.id === first.id, 'The create gave something else.');
      const living = (await bench.livingVolumes()).length;
      check(living === 2, `There are ${living} volumes now.`);
    },
  ),
  conformanceCase(
    {
      id: '8',
      group: 'create',
      title: 'a volume that vanishes after it was accepted has failed, and the same key makes a new one',
      levers: ['vanish'],
    },
    async (bench) => {
      bench.lever('vanish')('volumes.create');
      const create = bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data'));
      const { value: error, tookMs } = await bench.timed(bench.mustFail(create, 'failed'));
      check(tookMs < bench.subject.patienceMs, 'It was noticed only when the time was up.');
      check(error.message.length > 0, 'The error says nothing.');
      const volume = await bench.volume('data');
      check(volume.state === 'available', `The new one is ${volume.state}.`);
      await bench.onlyVolume(volume.id);
    },
  ),
  conformanceCase(
    {
      id: '10',
      group: 'create',
      title:
        'a quota that is full because of the very volume whose answer was lost does not stop its adoption',
      levers: ['loseReply', 'refuse', 'calm'],
    },
    async (bench) => {
      bench.lever('loseReply')('volumes.create');
      bench.lever('refuse')('volumes.create', 'quota', 3);
      const volume = await madeAtLast(bench);
      await bench.onlyVolume(volume.id);
      bench.lever('calm')();
      bench.lever('refuse')('volumes.create', 'quota', 1);
      const full = bench.cloud.volumes.create(bench.volumeSpec(), bench.call('one-more'));
      const error = await bench.mustFail(full, 'quota');
      check(error.applied === 'no', `A quota that is truly full says applied ${error.applied}.`);
      await bench.onlyVolume(volume.id);
    },
  ),
];

/** A first call may end in doubt, but must not deny what happened; the second one has to find it. */
async function madeAtLast(bench: Bench): Promise<StorageVolume> {
  const first = await bench.ended(bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data')));
  if (first.isErr()) {
    check(first.error.applied !== 'no', `The error says that nothing was made: ${first.error.message}`);
  }
  const volume = await bench.volume('data');
  check(first.isErr() || first.value.id === volume.id, 'The same call again gave another volume.');
  return volume;
}
