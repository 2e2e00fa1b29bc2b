import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { all, check } from './check.ts';

/** Starting, stopping and deleting can be asked for twice, and capacity that is not there leaves nothing behind. */
export const instanceCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '46',
      group: 'instance',
      title:
        'an instance is what was asked for; stop, start and delete can be repeated, and spare what is kept',
    },
    async (bench) => {
      const { instances, volumes } = bench.cloud;
      const { imageId } = bench.subject;
      const image = await bench.must(bench.cloud.images.get(imageId));
      check(image.id === imageId && image.state === 'available', `Its image ${image.id} is ${image.state}.`);
      const rootSizeGiB = Math.max(rootGiB, image.minDiskGiB ?? 0);
      const made = await bench.instance('server', { rootSizeGiB });
      const { id } = made;
      const isListed = async (tags = bench.tags): Promise<boolean> =>
        (await all(instances.list({ tags }))).some((one) => one.id === id);
      const wanted = bench.instanceSpec();
      check(made.state === 'running', `After its creation it is ${made.state}.`);
      check(made.zone === wanted.zone, `It is in ${made.zone}.`);
      check(made.instanceType === wanted.instanceType, `It is of the type ${made.instanceType}.`);
      check(made.name === wanted.name, `It is called ${made.name}.`);
      check(made.imageId === undefined || made.imageId === imageId, `Its image is ${made.imageId}.`);
      // A root disk that is no volume can be judged from inside only.
      const rootId = made.volumes.find(({ isRoot }) => isRoot)?.volumeId;
      const root = rootId === undefined ? undefined : await bench.must(volumes.get(rootId));
      check(root === undefined || root.sizeGiB === rootSizeGiB, `Its root disk has ${root?.sizeGiB} GiB.`);
      const data = await bench.attached('data', made);
      for (const part of ['stop', 'stop-again']) {
        const stopped = await bench.must(instances.stop(id, bench.call(part)));
        check(stopped.state === 'stopped', `After ${part} it is ${stopped.state}.`);
      }
      check(await isListed(), 'Stopped, it is not listed.');
      check(!(await isListed({ ...bench.tags, 'belay.other': 'no' })), 'It is listed under other tags.');
      for (const part of ['start', 'start-again']) {
        const started = await bench.must(instances.start(id, bench.call(part)));
        check(started.state === 'running', `After ${part} it is ${started.state}.`);
        const read = await bench.must(instances.get(id));
        check(read.state === 'running', `Read back after ${part} it is ${read.state}.`);
      }
      for (const keep of [false, true]) {
        await bench.must(instances.keepVolume(id, data.id, keep, bench.call(`keep-${keep}`)));
        const disk = (await bench.must(instances.get(id))).volumes.find((one) => one.volumeId === data.id);
        check(disk?.deleteOnTermination === !keep, `Told keep ${keep}, its disk says otherwise.`);
      }
      for (const part of ['delete', 'delete-again']) {
        await bench.must(instances.delete(id, bench.call(part)));
      }
      const kept = await bench.must(volumes.detach({ volumeId: data.id, instanceId: id }, bench.call('off')));
      check(kept.state === 'available', `The volume that was to be kept is ${kept.state}.`);
      check((await bench.livingInstances()).length === 0, 'It is still listed as living.');
      await bench.must(instances.delete(bench.subject.missing.instanceId, bench.call('missing')));
    },
  ),
  conformanceCase(
    {
      id: '47',
      group: 'instance',
      title: 'no capacity is out of stock, asked for once, with nothing left behind',
      levers: ['refuse'],
    },
    async (bench) => {
      const { instanceType, zones, levers } = bench.subject;
      const offer = await bench.must(bench.cloud.instances.offer(instanceType, zones[0]));
      check(offer.creatable !== 'no', `Beforehand it says that no ${instanceType} can be made.`);
      check(offer.instanceType === instanceType && offer.zone === zones[0], 'It offers something else.');
      const nothing = await bench.ended(bench.cloud.instances.offer('no-such-type', zones[0]));
      check(nothing.isErr() || nothing.value.creatable !== 'yes', 'It offers a type that does not exist.');
      const { calls } = levers;
      const before = calls?.('instances.create') ?? 0;
      bench.lever('refuse')('instances.create', 'out-of-stock', 1);
      const create = bench.cloud.instances.create(bench.instanceSpec(), bench.call('server'));
      await bench.mustFail(create, 'out-of-stock');
      const asked = (calls?.('instances.create') ?? 1) - before;
      check(calls === undefined || asked === 1, `The provider was asked ${asked} times.`);
      // A list may show for a moment what was cleared away.
      await bench.eventually(
        'nothing is left behind',
        async () => (await bench.livingInstances()).length === 0,
      );

      const { id } = await bench.instance('server');
      await bench.must(bench.cloud.instances.stop(id, bench.call('stop')));
      bench.lever('refuse')('instances.start', 'out-of-stock', 1);
      await bench.mustFail(bench.cloud.instances.start(id, bench.call('start')), 'out-of-stock');
      const { state } = await bench.must(bench.cloud.instances.get(id));
      check(state === 'stopped', `After the start that failed it is ${state}.`);
    },
  ),
  conformanceCase(
    { id: '48', group: 'instance', title: 'a protected instance is not deleted', levers: ['protect'] },
    async (bench) => {
      const { id } = await bench.instance('server');
      const protect = bench.lever('protect');
      const lift = bench.atLast(() => protect(id, false));
      await protect(id, true);
      await bench.mustFail(bench.cloud.instances.delete(id, bench.call('delete')), 'protected');
      const { state, deletionProtected } = await bench.must(bench.cloud.instances.get(id));
      check(state === 'running', `It is ${state}.`);
      check(deletionProtected === true, 'It does not say that it is protected.');
      await lift();
      await bench.must(bench.cloud.instances.delete(id, bench.call('delete')));
    },
  ),
  conformanceCase(
    {
      id: '49',
      group: 'instance',
      title: 'user data arrives as it was given, up to 16 KiB and in any script; more than that is invalid',
      levers: ['userDataOf'],
    },
    async (bench) => {
      const userDataOf = bench.lever('userDataOf');
      const head = '#cloud-config\n# größer 大きい больше 🚀 \\ & < > " %41 +\n';
      const userData = head + '#'.repeat(mostUserDataBytes - Buffer.byteLength(head));
      const { id } = await bench.instance('server', { userData });
      const read = await userDataOf(id);
      check(read === userData, `The guest reads ${read?.length ?? 'no'} characters, and not what was given.`);
      const more = bench.instanceSpec({ userData: `${userData}#` });
      const error = await bench.mustFail(bench.cloud.instances.create(more, bench.call('more')), 'invalid');
      check(error.applied === 'no', `Of user data that is too long it says applied ${error.applied}.`);
      const living = (await bench.livingInstances()).length;
      check(living === 1, `There are ${living} instances.`);
    },
  ),
  conformanceCase(
    {
      id: '50',
      group: 'instance',
      title: 'a running instance keeps its type where it must be stopped first; a resize can be taken back',
      traits: ['resize'],
    },
    async (bench) => {
      const { instances } = bench.cloud;
      const { instanceType: small, otherInstanceType: large = small } = bench.subject;
      const { id } = await bench.instance('server');
      const typeOf = async (): Promise<string> => (await bench.must(instances.get(id))).instanceType;
      if (bench.has('resizeOnlyWhenStopped')) {
        await bench.mustFail(instances.resize(id, large, bench.call('running')), 'busy', 'invalid');
        check((await typeOf()) === small, 'A running instance has another type now.');
        await bench.must(instances.stop(id, bench.call('stop')));
      }
      const kept = bench.has('resizeKeptUntilConfirmed');
      const resized = await bench.must(instances.resize(id, large, bench.call('resize')));
      check(resized.instanceType === large, `Its type is ${resized.instanceType}.`);
      check((await typeOf()) === large, `Read back, its type is ${await typeOf()}.`);
      check(kept === (resized.state === 'resized'), `After the resize it is ${resized.state}.`);
      await bench.must(instances.resize(id, large, bench.call('resize')));
      if (!kept) {
        await bench.must(instances.confirmResize(id, bench.call('confirm')));
        await bench.mustFail(instances.revertResize(id, bench.call('revert')), 'unsupported');
        const back = await bench.must(instances.resize(id, small, bench.call('back')));
        check(back.instanceType === small, `Resized back, its type is ${back.instanceType}.`);
        check((await typeOf()) === small, 'Read back after that, it has the larger type.');
        if (bench.has('capacityReservations')) await resizedIntoReservation(bench, id);
        return;
      }
      const reverted = await bench.must(instances.revertResize(id, bench.call('revert')));
      check(reverted.instanceType === small, `Taken back, its type is ${reverted.instanceType}.`);
      check(reverted.state === 'running', `Taken back, it is ${reverted.state}.`);
      check((await typeOf()) === small, 'Read back after that, it has the larger type.');
      await bench.mustFail(instances.revertResize(id, bench.call('revert-again')), 'busy');
      await bench.must(instances.resize(id, large, bench.call('for-good')));
      for (const part of ['confirm', 'confirm-again']) {
        const confirmed = await bench.must(instances.confirmResize(id, bench.call(part)));
        check(confirmed.state === 'running', `After ${part} it is ${confirmed.state}.`);
      }
      check((await typeOf()) === large, 'Confirmed, it has its old type.');
    },
  ),
];

/** An instance that names a reservation at its resize starts in it; one whose type changes again has left it. */
async function resizedIntoReservation(bench: Bench, id: string): Promise<void> {
  const { instances, reservations } = bench.cloud;
  const { instanceType: small, otherInstanceType: large = small, zones } = bench.subject;
  const spec = { instanceType: large, zone: zones[0], count: 1 };
  const { id: reservationId } = await bench.must(reservations.create(spec, bench.call('capacity')));
  const free = async (): Promise<number> => (await bench.must(reservations.get(reservationId))).free;
  try {
    await bench.must(instances.resize(id, large, { ...bench.call('into'), reservationId }));
    await bench.must(instances.start(id, bench.call('start-in')));
    await bench.eventually(
      'the instance runs in the reservation that it names',
      async () => (await free()) === 0,
    );
    await bench.must(instances.stop(id, bench.call('stop-in')));
    await bench.must(instances.resize(id, small, bench.call('out')));
    await bench.must(instances.start(id, bench.call('start-out')));
    await bench.eventually('the reservation is free again', async () => (await free()) === 1);
  } finally {
    await bench.must(reservations.delete(reservationId, bench.call('end-capacity')));
  }
}

/** More than most images need, and no size that a server type is likely to have. */
const rootGiB = 11;

/** What the port promises to take. */
const mostUserDataBytes = 16 * 1024;
