import { check } from './check.ts';
import { type HostBench, type HostCase, hostCase, spareUuid } from './host-case.ts';

/** A disk is known by itself and mounted by what it carries; it is let go of when nothing holds it. */
export const hostMountCases: readonly HostCase[] = [
  hostCase(
    {
      id: 'H12',
      group: 'mounts',
      title: 'a mount shows its disk, its filesystem, its room and its boot entry',
    },
    async ({ source, data, must, call }) => {
      const mount = (await must(source.mounts.list(call('list')))).find(
        ({ mountPoint }) => mountPoint === data.mountPoint,
      );
      check(mount !== undefined, 'The data disk is not among the mounts.');
      check(mount.filesystemUuid === data.filesystemUuid, `It carries ${mount.filesystemUuid}.`);
      check(mount.diskSerial === data.disk.serial, `Its disk is ${mount.diskSerial ?? 'not told'}.`);
      check((mount.sizeBytes ?? 0) > (mount.usedBytes ?? 0), 'It uses more than it has.');
      check((mount.usedInodes ?? 0) > 0 && (mount.freeInodes ?? 0) > 0, 'It does not count its inodes.');
      check(mount.bootEntry === 'uuid', `The next boot knows it by ${mount.bootEntry ?? 'nothing'}.`);
    },
  ),
  hostCase(
    { id: 'H13', group: 'mounts', title: 'a disk in use stays mounted, and the error says who holds it' },
    async ({ source, data, services, must, mustFail, call }) => {
      const holders = await must(source.mounts.holders(data.mountPoint, call('holders')));
      check(
        holders.some(({ forWrite }) => forWrite),
        'Nobody has a file open for writing.',
      );
      const error = await mustFail(source.mounts.unmount(data.mountPoint, call('unmount')), 'busy');
      const [holder] = holders;
      const names = [holder?.service ?? '', holder?.command ?? '', services[0]].filter((name) => name !== '');
      check(
        names.some((name) => error.message.includes(name)),
        `It names nobody: ${error.message}`,
      );
      const mounts = await must(source.mounts.list(call('list')));
      check(
        mounts.some(({ mountPoint }) => mountPoint === data.mountPoint),
        'It is unmounted all the same.',
      );
    },
  ),
  hostCase(
    { id: 'H14', group: 'mounts', title: 'a disk comes off and on again, each twice without harm' },
    async (bench) => {
      const { source, data, files, must, call } = bench;
      const path = `${data.mountPoint}/kept`;
      await files.write('source', path, 'as it was');
      await release(bench);
      await must(source.mounts.unmount(data.mountPoint, call('again')));
      const without = await must(source.mounts.list(call('without')));
      check(!without.some(({ mountPoint }) => mountPoint === data.mountPoint), 'It is still mounted.');
      for (const part of ['mount', 'mount-again']) {
        const mount = await must(source.mounts.mount(data, call(part)));
        check(mount.filesystemUuid === data.filesystemUuid, `${part} gives ${mount.filesystemUuid}.`);
      }
      check((await files.read('source', path)) === 'as it was', 'The file on it is not what it was.');
      const entries = (await must(source.mounts.list(call('list')))).filter(
        ({ mountPoint }) => mountPoint === data.mountPoint,
      );
      check(entries.length === 1, `It is mounted ${entries.length} times.`);
    },
  ),
  hostCase(
    { id: 'H15', group: 'mounts', title: 'another filesystem than the one that is meant is never mounted' },
    async (bench) => {
      const { source, data, must, mustFail, call } = bench;
      await release(bench);
      await mustFail(source.mounts.mount({ ...data, filesystemUuid: spareUuid }, call('uuid')), 'wrong-disk');
      const nobody = { serial: 'no-such-serial', byId: ['virtio-no-such-serial'] };
      await mustFail(source.mounts.mount({ ...data, disk: nobody }, call('serial')), 'not-found');
      const imposter = { serial: 'no-such-serial', byId: data.disk.byId };
      await mustFail(
        source.mounts.mount({ ...data, disk: imposter }, call('link')),
        'wrong-disk',
        'not-found',
      );
      await mustFail(source.mounts.mount({ ...data, mountPoint: 'data' }, call('relative')), 'invalid');
      const mounts = await must(source.mounts.list(call('list')));
      check(!mounts.some(({ mountPoint }) => mountPoint === data.mountPoint), 'Something is mounted there.');
    },
  ),
  hostCase(
    {
      id: 'H16',
      group: 'mounts',
      title: 'of two disks that carry one filesystem neither is mounted',
      levers: ['twin'],
    },
    async (bench) => {
      const { source, data, must, mustFail, call, lever } = bench;
      await release(bench);
      const twin = await lever('twin')();
      await mustFail(source.mounts.mount(data, call('first')), 'wrong-disk');
      await mustFail(source.mounts.mount({ ...data, disk: twin }, call('second')), 'wrong-disk');
      const mounts = await must(source.mounts.list(call('list')));
      check(!mounts.some(({ mountPoint }) => mountPoint === data.mountPoint), 'One is mounted.');
    },
  ),
  hostCase(
    { id: 'H17', group: 'mounts', title: 'holders are gone with their services, and no mount is not found' },
    async ({ source, data, services, must, mustFail, call }) => {
      await must(source.services.stop(services, call('stop')));
      const holders = await must(source.mounts.holders(data.mountPoint, call('holders')));
      const who = holders.map(({ command, path }) => `${command} ${path}`).join(', ');
      check(holders.length === 0, `It is held by ${who}.`);
      await mustFail(source.mounts.holders('/no/such/place', call('nowhere')), 'not-found');
    },
  ),
  hostCase(
    {
      id: 'H18',
      group: 'mounts',
      title: 'a freeze holds until it is thawed, and a second thaw says that it had not held',
    },
    async ({ source, data, must, mustFail, call }) => {
      const { mountPoint } = data;
      const frozen = await must(source.mounts.freeze({ mountPoint, forAtMostMs: 60_000 }, call('freeze')));
      check(!Number.isNaN(Date.parse(frozen.until)), `It thaws at ${frozen.until}.`);
      await must(source.mounts.freeze({ mountPoint, forAtMostMs: 60_000 }, call('longer')));
      const thawed = await must(source.mounts.thaw(mountPoint, call('thaw')));
      check(thawed.held, 'It did not hold.');
      const again = await must(source.mounts.thaw(mountPoint, call('again')));
      check(!again.held, 'It held although it was thawed.');
      await mustFail(source.mounts.freeze({ mountPoint, forAtMostMs: 0 }, call('zero')), 'invalid');
      await mustFail(
        source.mounts.freeze({ mountPoint: '/no/such/place', forAtMostMs: 1_000 }, call('nowhere')),
        'not-found',
      );
    },
  ),
  hostCase(
    {
      id: 'H19',
      group: 'mounts',
      title: 'a freeze that nobody thaws ends by itself, and is known not to have held',
    },
    async ({ source, data, files, must, call, pause }) => {
      const { mountPoint } = data;
      await must(source.mounts.freeze({ mountPoint, forAtMostMs: 700 }, call('freeze')));
      await pause(3_000);
      await files.write('source', `${mountPoint}/after`, 'written');
      const thawed = await must(source.mounts.thaw(mountPoint, call('thaw')));
      check(!thawed.held, 'It is said to have held.');
    },
  ),
  hostCase(
    {
      id: 'H46',
      group: 'mounts',
      title: 'a filesystem settles while it is used, and no file changes or closes by that',
    },
    async ({ source, data, files, must, mustFail, call }) => {
      const { mountPoint } = data;
      await files.write('source', `${mountPoint}/kept`, 'as it was');
      const before = await must(source.mounts.holders(mountPoint, call('before')));
      for (const part of ['settle', 'again']) {
        const settled = await must(source.mounts.settle(mountPoint, call(part)));
        const { remembered, forgot, because } = settled;
        check(settled.mountPoint === mountPoint, `It settled ${settled.mountPoint}.`);
        check(forgot === 'nothing' || because === undefined, `It forgot, and could not: ${because ?? ''}`);
        check((remembered?.before ?? 0) >= 0 && (remembered?.after ?? 0) >= 0, 'It counts below zero.');
      }
      check((await files.read('source', `${mountPoint}/kept`)) === 'as it was', 'A file has changed.');
      const after = await must(source.mounts.holders(mountPoint, call('after')));
      const stillOpen = after.filter(({ forWrite }) => forWrite).length;
      check(stillOpen >= before.filter(({ forWrite }) => forWrite).length, 'A file is no longer open.');
      await mustFail(source.mounts.settle('/no/such/place', call('nowhere')), 'not-found');
    },
  ),
  hostCase(
    {
      id: 'H20',
      group: 'disks',
      title: 'a blank disk is found by its serial and formatted once, with the UUID asked for',
    },
    async ({ target, spare, must, mustFail, call }) => {
      const blank = await must(target.disks.find(spare, call('find')));
      check(blank.filesystemUuid === undefined, `It carries ${blank.filesystemUuid ?? ''}.`);
      check(blank.serial === spare.serial && blank.sizeBytes > 0, `It is ${blank.serial ?? 'nameless'}.`);
      const spec = { disk: spare, filesystemType: 'ext4', filesystemUuid: spareUuid } as const;
      for (const part of ['format', 'again']) {
        const disk = await must(target.disks.format(spec, call(part)));
        check(
          disk.filesystemUuid === spareUuid,
          `After ${part} it carries ${disk.filesystemUuid ?? 'nothing'}.`,
        );
      }
      const other = '11111111-2222-4333-8444-555555555555';
      await mustFail(target.disks.format({ ...spec, filesystemUuid: other }, call('other')), 'wrong-disk');
      await mustFail(target.disks.format({ ...spec, filesystemUuid: 'data' }, call('no-uuid')), 'invalid');
      const listed = await must(target.disks.list(call('list')));
      check(
        listed.some(({ filesystemUuid }) => filesystemUuid === spareUuid),
        'The list does not show it.',
      );
    },
  ),
  hostCase(
    { id: 'H21', group: 'disks', title: 'a disk with data on it is never formatted' },
    async (bench) => {
      const { source, data, files, must, mustFail, call } = bench;
      await files.write('source', `${data.mountPoint}/kept`, 'as it was');
      const spec = { disk: data.disk, filesystemType: 'ext4', filesystemUuid: spareUuid } as const;
      await mustFail(source.disks.format(spec, call('mounted')), 'wrong-disk');
      await release(bench);
      await mustFail(source.disks.format(spec, call('unmounted')), 'wrong-disk');
      await mustFail(source.disks.find({ serial: 'no-such-serial', byId: [] }, call('nobody')), 'not-found');
      await must(source.mounts.mount(data, call('mount')));
      check((await files.read('source', `${data.mountPoint}/kept`)) === 'as it was', 'The file is gone.');
    },
  ),
  hostCase(
    {
      id: 'H22',
      group: 'disks',
      title: 'a filesystem grows with its disk while it is used',
      levers: ['growDisk'],
    },
    async ({ source, data, must, mustFail, call, lever }) => {
      const sizeOf = async (part: string): Promise<number> =>
        (await must(source.mounts.list(call(part)))).find(({ mountPoint }) => mountPoint === data.mountPoint)
          ?.sizeBytes ?? 0;
      const before = await sizeOf('before');
      await lever('growDisk')();
      for (const part of ['grow', 'again']) {
        const grown = await must(source.mounts.grow(data.mountPoint, call(part)));
        check((grown.sizeBytes ?? 0) > before * 1.5, `After ${part} it has ${grown.sizeBytes ?? 0} bytes.`);
      }
      await mustFail(source.mounts.grow('/no/such/place', call('nowhere')), 'not-found');
    },
  ),
];

/** Takes the data disk off the source. */
async function release({ source, data, services, must, call }: HostBench): Promise<void> {
  await must(source.services.stop(services, call('release.stop')));
  await must(source.mounts.unmount(data.mountPoint, call('release.unmount')));
}
