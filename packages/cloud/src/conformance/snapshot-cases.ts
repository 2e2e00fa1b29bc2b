import { type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import type { SnapshotId, VolumeId } from '../ref.ts';
import type { Snapshot } from '../snapshot.ts';
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
      further: [{ trait: 'snapshotShare', levers: ['sharedWith'] }],
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
      if (bench.has('snapshotCopy')) await copyOf(bench, ready);
      if (bench.has('snapshotShare')) await shared(bench, ready.id);
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
      title:
        'a volume grows, in use too where it can, and changes its type; what is so already is fine; it never shrinks',
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
      const { otherDiskType } = bench.subject;
      if (otherDiskType !== undefined) await retyped(bench, id, otherDiskType);
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

/** Of another type, it has its size and is as free as before; of that type already is fine. */
async function retyped(bench: Bench, id: VolumeId, diskType: string): Promise<void> {
  const { volumes } = bench.cloud;
  for (const part of ['retype', 'retype-again']) {
    const change = () => volumes.modify(id, { diskType }, bench.call(part));
    const changed = await bench.must(whenIdle(bench, change));
    const read = await bench.must(volumes.get(id));
    for (const one of [changed, read]) {
      check(one.diskType === diskType, `Changed to ${diskType}, it is of the type ${one.diskType}.`);
      check(one.sizeGiB === 2 && one.state === 'available', `It is ${one.state}, ${one.sizeGiB} GiB.`);
    }
  }
}

/** A copy is a snapshot of its own, and its data is as old as that of the original. */
async function copyOf(bench: Bench, { id: originalId, takenAt }: Snapshot): Promise<void> {
  const { cloud, tags } = bench;
  const { snapshots } = cloud;
  const spec = { name: 'conformance', from: { ...cloud.at, id: originalId }, tags };
  const isAsOld = (what: string, one: Snapshot): void => {
    const youngerByMs = Date.parse(one.takenAt) - Date.parse(takenAt);
    const isKnown = youngerByMs <= 0 && youngerByMs > -roundedMs;
    check(isKnown, `The original was taken at ${takenAt}, and ${what} says ${one.takenAt || 'nothing'}.`);
  };
  const copy = await bench.must(snapshots.copy(spec, bench.call('copy')));
  check(copy.id !== originalId, 'The copy is the snapshot itself.');
  isAsOld('the copy', copy);
  const again = await bench.must(snapshots.copy(spec, bench.call('copy')));
  check(again.id === copy.id, `There are two copies: ${copy.id} and ${again.id}.`);
  const ready = await bench.must(snapshots.untilReady(copy.id, bench.call('copied')));
  check(ready.state === 'ready', `The copy is ${ready.state}.`);
  isAsOld('the copy that is ready', ready);
  isAsOld('the copy that is read back', await bench.must(snapshots.get(copy.id)));
}

/** A provider may keep no more than the second. */
const roundedMs = 1_000;

/** Shared with exactly those who are named; shared with nobody again, with nobody. */
async function shared(bench: Bench, id: SnapshotId): Promise<void> {
  const { otherAccount = '' } = bench.subject;
  for (const accounts of [[otherAccount], [otherAccount], []]) {
    await bench.must(bench.cloud.snapshots.share(id, accounts, bench.call(`share-${accounts.length}`)));
    const found = await bench.lever('sharedWith')(id);
    check(
      found.join() === accounts.join(),
      `Shared with ${accounts.join() || 'nobody'}, it is open to ${found.join() || 'nobody'}.`,
    );
  }
}
