import { type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import type { StorageVolume } from '../volume.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { all, check, isAlive } from './check.ts';

/** Pictures of volumes, and volumes that grow. */
export const snapshotCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '51',
      group: 'snapshot',
      title: 'a volume in use is snapshotted: the data is fixed first, and the snapshot is ready later',
      traits: ['snapshots', 'snapshotInUse'],
    },
    async (bench) => {
      const { snapshots, volumes } = bench.cloud;
      const instance = await bench.instance('server');
      const volume = await bench.attached('data', instance);
      const taken = await bench.snapshot('picture', volume.id);
      check(taken.volumeId === volume.id, `It says that it was taken of ${taken.volumeId}.`);
      check(taken.name === 'conformance', `It is called ${taken.name}.`);
      check(taken.state === 'creating' || taken.state === 'ready', `It is ${taken.state}.`);
      check(
        (taken.readyAt !== undefined) === (taken.state === 'ready'),
        `It is ${taken.state}, and ready at ${taken.readyAt ?? 'no time'}.`,
      );
      const ready =
        taken.state === 'ready'
          ? taken
          : await bench.must(snapshots.untilReady(taken.id, bench.call('ready')));
      // What says that it is ready can be used.
      await bench.volume('of-snapshot', { snapshotId: ready.id, sizeGiB: volume.sizeGiB });
      check(ready.state === 'ready', `It was waited for, and is ${ready.state}.`);
      check(
        ready.takenAt === taken.takenAt,
        `First it was taken at ${taken.takenAt}, then at ${ready.takenAt}.`,
      );
      check(
        ready.readyAt !== undefined && Date.parse(ready.readyAt) >= Date.parse(ready.takenAt),
        `It was taken at ${ready.takenAt} and ready at ${ready.readyAt ?? 'no time'}.`,
      );
      check(ready.sizeGiB === volume.sizeGiB, `It is of ${ready.sizeGiB} GiB.`);
      const { state, attachments } = await bench.must(volumes.get(volume.id));
      check(state === 'in-use' && attachments.length === 1, `The source is ${state}.`);
      if (bench.has('snapshotCopy')) await copyAndShare(bench, ready.id);
    },
  ),
  conformanceCase(
    {
      id: '52',
      group: 'snapshot',
      title: 'a snapshot is deleted, deleted already, or was never there: all three are fine',
      traits: ['snapshots'],
    },
    async (bench) => {
      const { snapshots } = bench.cloud;
      const volume = await bench.volume('data');
      const { id } = await bench.snapshot('picture', volume.id);
      await bench.must(snapshots.untilReady(id, bench.call('ready')));
      const others = await all(snapshots.list({ tags: { ...bench.tags, 'belay.other': 'no' } }));
      check(others.length === 0, `Asked for other tags, it lists ${others[0]?.id}.`);
      const ofNothing = { name: 'conformance', volumeId: bench.subject.missing.volumeId, tags: bench.tags };
      await bench.mustFail(snapshots.create(ofNothing, bench.call('of-nothing')), 'not-found');
      await bench.must(snapshots.delete(id, bench.call('delete')));
      const read = await snapshots.get(id);
      const after = read.match(
        ({ state }) => state,
        ({ kind }) => kind,
      );
      check(after === 'gone' || after === 'not-found', `Deleted, it is ${after}.`);
      const left = (await all(snapshots.list({ tags: bench.tags }))).filter((one) => isAlive(one.state));
      check(left.length === 0, 'Deleted, it is still listed.');
      await bench.must(snapshots.delete(id, bench.call('again')));
      await bench.must(snapshots.delete(bench.subject.missing.snapshotId, bench.call('missing')));
    },
  ),
  conformanceCase(
    {
      id: '53',
      group: 'snapshot',
      title: 'a volume grows, in use too where it can; grown already is fine, and it never shrinks',
      further: [{ trait: 'cooldown', levers: ['refuse'] }],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { id } = await bench.volume('data');
      const grow = (sizeGiB: number, part: string) => volumes.modify(id, { sizeGiB }, bench.call(part));
      const sizeOf = async (): Promise<number> => (await bench.must(volumes.get(id))).sizeGiB;
      const grown = await bench.must(grow(2, 'grow'));
      check(grown.sizeGiB === 2 && (await sizeOf()) === 2, `Grown to 2 GiB it has ${grown.sizeGiB}.`);
      const again = await bench.must(grow(2, 'grow-again'));
      check(again.sizeGiB === 2, `Grown once more to 2 GiB it has ${again.sizeGiB}.`);
      const error = await bench.mustFail(grow(1, 'shrink'), 'invalid');
      check(error.applied === 'no', `Of a shrink it says applied ${error.applied}.`);
      check((await sizeOf()) === 2, 'It was shrunk.');
      if (bench.has('cooldown')) {
        bench.lever('refuse')('volumes.modify', 'cooldown', 1);
        const soon = await bench.mustFail(
          whenIdle(bench, () => grow(3, 'too-soon')),
          'rate-cooldown',
        );
        check(soon.applied === 'no', `Too soon, it says applied ${soon.applied}.`);
        check((await sizeOf()) === 2, 'It grew although it was too soon.');
      }
      if (bench.has('growInUse')) {
        const instance = await bench.instance('server');
        await bench.must(volumes.attach({ volumeId: id, instanceId: instance.id }, bench.call('attach')));
        const inUse = await bench.must(whenIdle(bench, () => grow(3, 'in-use')));
        check(inUse.sizeGiB === 3, `Grown in use to 3 GiB it has ${inUse.sizeGiB}.`);
        check(inUse.state === 'in-use' && inUse.attachments.length === 1, `It is ${inUse.state}.`);
      }
    },
  ),
];

/** A change that goes on in the background for a while keeps the next one waiting: that is busy, and no fault. */
function whenIdle(bench: Bench, change: () => CloudResult<StorageVolume>): CloudResult<StorageVolume> {
  const tryAgain = async (): Promise<Result<StorageVolume, CloudError>> => {
    let answer = await bench.ended(change());
    await bench.eventually('the change before is over', async () => {
      if (answer.isErr() && answer.error.kind === 'busy') answer = await bench.ended(change());
      return answer.isOk() || answer.error.kind !== 'busy';
    });
    return answer;
  };
  return new ResultAsync(tryAgain());
}

/** A copy is a snapshot of its own; shared with nobody again, it is shared with nobody. */
async function copyAndShare(bench: Bench, snapshotId: string): Promise<void> {
  const { cloud, tags } = bench;
  const spec = { name: 'conformance', from: { ...cloud.at, id: snapshotId }, tags };
  const copy = await bench.must(cloud.snapshots.copy(spec, bench.call('copy')));
  check(copy.id !== snapshotId, 'The copy is the snapshot itself.');
  const again = await bench.must(cloud.snapshots.copy(spec, bench.call('copy')));
  check(again.id === copy.id, `There are two copies: ${copy.id} and ${again.id}.`);
  const ready = await bench.must(cloud.snapshots.untilReady(copy.id, bench.call('copied')));
  check(ready.state === 'ready', `The copy is ${ready.state}.`);
  if (bench.has('snapshotShare')) await bench.must(cloud.snapshots.share(copy.id, [], bench.call('share')));
}
