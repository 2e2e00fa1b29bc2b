// What a lab promises beyond the port: what becomes of it when a process or the whole box dies, and what it leaves alone.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lab } from '../src/lab.ts';
import { openLabOn } from '../src/open.ts';
import { overwrite, type PlayedBox, playBox } from './played-box.ts';

let folder: string;
let box: PlayedBox;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-lab-'));
  box = playBox();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = (): Promise<Lab> => must(openLabOn(box.machine, { folder, zones: ['a'] }));

const server = { name: 'web', zone: 'a', instanceType: 'lab.small', imageId: 'img-box' };
const disk = { name: 'data', zone: 'a', sizeGiB: 1, diskType: 'ext4' };

/** A server with a disk on it. */
async function stage(lab: Lab) {
  const instance = await must(lab.cloud.instances.create(server, { key: 'web' }));
  const volume = await must(lab.cloud.volumes.create(disk, { key: 'data' }));
  const pairing = { volumeId: volume.id, instanceId: instance.id };
  await must(lab.cloud.volumes.attach(pairing, { key: 'attach' }));
  return { instance, volume, pairing };
}

test('where there is no root or no Linux, opening says so and makes nothing', async () => {
  const machine = { ...box.machine, unfit: async () => 'A lab needs root.' };
  const opened = await openLabOn(machine, { folder: join(folder, 'new') });
  expect(opened._unsafeUnwrapErr()).toMatchObject({ kind: 'unsupported', message: 'A lab needs root.' });
  expect(existsSync(join(folder, 'new'))).toBe(false);
});

test('a folder with something else in it is left as it is', async () => {
  writeFileSync(join(folder, 'letters.txt'), 'dear');
  const opened = await openLabOn(box.machine, { folder });
  expect(opened._unsafeUnwrapErr().kind).toBe('invalid');
  expect(readdirSync(folder)).toEqual(['letters.txt']);
});

test('another process finds the instances and disks, and the same key gives the same thing', async () => {
  const { instance, volume } = await stage(await open());
  const { cloud } = await open();
  expect((await must(cloud.instances.create(server, { key: 'web' }))).id).toBe(instance.id);
  expect((await must(cloud.volumes.find('data')))?.attachments[0]?.instanceId).toBe(instance.id);
  expect((await must(cloud.volumes.get(volume.id))).state).toBe('in-use');
  expect(box.running()).toBe(1);
});

test('after a power cut of the box an instance is stopped, and starts with its disks', async () => {
  const { instance, volume } = await stage(await open());
  box.powerCut();
  const { cloud } = await open();
  expect((await must(cloud.instances.get(instance.id))).state).toBe('stopped');
  expect(box.loops()).toEqual([]);
  await must(cloud.instances.start(instance.id, { key: 'start' }));
  expect(box.loops()).toEqual([expect.stringContaining(volume.id)]);
});

test.each(['attaching', 'detaching'] as const)(
  'a volume that a dead process left %s is settled at the next opening',
  async (state) => {
    const { instance, volume } = await stage(await open());
    overwrite(folder, 'volumes', volume.id, { state });
    const { cloud } = await open();
    const { state: now, attachments } = await must(cloud.volumes.get(volume.id));
    expect(now).toBe(state === 'attaching' ? 'in-use' : 'available');
    expect(attachments.map(({ instanceId }) => instanceId)).toEqual(
      state === 'attaching' ? [instance.id] : [],
    );
    expect(box.loops().length).toBe(attachments.length);
  },
);

test('a volume that a dead process left half made is made by the next create under its key', async () => {
  const { cloud } = await open();
  const { id } = await must(cloud.volumes.create(disk, { key: 'data' }));
  overwrite(folder, 'volumes', id, { state: 'creating' });
  rmSync(join(folder, 'disks', `${id}.img`));
  const again = await must((await open()).cloud.volumes.create(disk, { key: 'data' }));
  expect([again.id, again.state]).toEqual([id, 'available']);
  expect(existsSync(join(folder, 'disks', `${id}.img`))).toBe(true);
});

test('a deletion that was cut off is finished at the next opening', async () => {
  const { instance, volume } = await stage(await open());
  overwrite(folder, 'instances', instance.id, { state: 'deleting' });
  const { cloud } = await open();
  expect((await cloud.instances.get(instance.id))._unsafeUnwrapErr().kind).toBe('not-found');
  expect((await must(cloud.volumes.get(volume.id))).state).toBe('available');
  expect([box.running(), box.loops()]).toEqual([0, []]);
});

test('a process that was replaced while it slept changes nothing', async () => {
  const lab = await open();
  const { cloud } = lab;
  const { instance, volume, pairing } = await stage(lab);
  const before = await must(cloud.instances.get(instance.id));
  const address = await must(cloud.floatingIps.create({}, { key: 'www' }));
  const replaced = (key: string) => ({ key, stillOurs: async () => false });
  const { instances, volumes, snapshots, floatingIps } = cloud;
  const refused = [
    volumes.create({ ...disk, name: 'more' }, replaced('more')),
    volumes.detach(pairing, replaced('detach')),
    volumes.modify(volume.id, { sizeGiB: 2 }, replaced('modify')),
    snapshots.create({ volumeId: volume.id, name: 'picture' }, replaced('picture')),
    instances.create({ ...server, name: 'another' }, replaced('another')),
    instances.rename(instance.id, 'other', replaced('rename')),
    instances.keepVolume(instance.id, volume.id, false, replaced('keep')),
    floatingIps.move(address.id, { from: undefined, to: instance.id }, replaced('move')),
    instances.stop(instance.id, replaced('stop')),
    instances.delete(instance.id, replaced('delete')),
  ];
  for (const answer of refused) {
    expect((await answer)._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'no' });
  }
  expect(await must(cloud.instances.get(instance.id))).toEqual(before);
  expect((await must(cloud.volumes.get(volume.id))).sizeGiB).toBe(1);
  expect(box.running()).toBe(1);
});

test('a process that is replaced when it has begun finishes what it began, so that nothing is half made', async () => {
  const lab = await open();
  /** A caller that is replaced as soon as something on the box is no longer as it was. */
  const until = (same: () => Promise<boolean>) => ({ key: 'web', stillOurs: same });
  const none = async () => (await must(lab.cloud.instances.find('web'))) === undefined;
  const made = await must(lab.cloud.instances.create(server, until(none)));
  expect([made.state, box.running()]).toEqual(['running', 1]);
  const runs = async () => (await must(lab.cloud.instances.find('web')))?.state === 'running';
  await must(lab.cloud.instances.delete(made.id, until(runs)));
  expect([await must(lab.cloud.instances.find('web')), box.running()]).toEqual([undefined, 0]);
});

test('an address is on the next server before it leaves the last one, and on one server in the end', async () => {
  const seen: number[] = [];
  const run: typeof box.machine.run = async (argv, input) => {
    const end = await box.machine.run(argv, input);
    if (argv.some((word) => word.endsWith('/32'))) seen.push(holders().length);
    return end;
  };
  const { cloud } = await must(openLabOn({ ...box.machine, run }, { folder, zones: ['a'] }));
  const a = await must(cloud.instances.create(server, { key: 'a' }));
  const b = await must(cloud.instances.create(server, { key: 'b' }));
  const ip = await must(cloud.floatingIps.create({}, { key: 'ip' }));
  const holders = () => [a, b].filter(({ id }) => box.addressesOf(id).includes(ip.address));
  await must(cloud.floatingIps.move(ip.id, { from: undefined, to: a.id }, { key: 'to-a' }));
  await must(cloud.floatingIps.move(ip.id, { from: a.id, to: b.id }, { key: 'to-b' }));
  expect(seen).toEqual([1, 2, 1]);
  expect(holders()).toEqual([b]);
});

test('the end of a lab takes its processes, its devices and its folder, and nothing that is not its own', async () => {
  const other = await must(openLabOn(box.machine, { folder: join(folder, 'other'), zones: ['a'] }));
  const lab = await must(openLabOn(box.machine, { folder: join(folder, 'own'), zones: ['a'] }));
  await stage(other);
  await stage(lab);
  await must(lab.destroy());
  expect(existsSync(join(folder, 'own'))).toBe(false);
  expect([box.running(), box.loops().length]).toEqual([1, 1]);
});

async function must<T>(result: CloudResult<T>): Promise<T> {
  return (await result)._unsafeUnwrap();
}
