// What the kernel and the disks show, and what it means: disks by serial, layers, mounts, boot entries.

import { expect, test } from 'vitest';
import { escapeMount, findDevice, partsOf, readFstab, storageIn, unescapeMount } from '../src/storage.ts';

const uuid = '6f1c2a54-7d0e-4b59-9f3d-51c8a0e7b912';

const answers: Readonly<Record<string, string>> = {
  blocks: `block nvme0n1
sectors 16777216
number 259:0
serial vol0aa11
blkid PTUUID=1
blkid PTTYPE=gpt
block nvme0n1p1
sectors 16775168
number 259:1
within nvme0n1
blkid UUID=11111111-2222-4333-8444-555555555555
blkid TYPE=ext4
block nvme1n1
sectors 2097152
number 259:2
serial vol0bb22
blkid UUID=${uuid}
blkid TYPE=xfs
block vdb
sectors 2048
number 252:16
block dm-0
sectors 1024
number 253:0
mapper LVM-abc
mapped vg-data
within vdb
blkid UUID=aaaaaaaa-2222-4333-8444-555555555555
blkid TYPE=ext4`,
  links: `nvme-Amazon_Elastic_Block_Store_vol0bb22\t/dev/nvme1n1
virtio-0c8f\t/dev/vdb
dm-name-vg-data\t/dev/dm-0`,
  mounts: `22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw
23 22 0:21 / /proc rw - proc proc rw
24 22 259:2 / /srv/my\\040data ro,noatime shared:2 - xfs /dev/nvme1n1 rw
25 22 259:1 /var/lib /mnt/bind rw - ext4 /dev/nvme0n1p1 rw
26 22 253:0 / /lvm rw - ext4 /dev/mapper/vg-data rw`,
  space: `1B-blocks Used Avail IUsed IFree Mounted on
8000 3000 4000 11 99 /
1000 10 900 3 - /srv/my data`,
  fstab: `# a comment
UUID=11111111-2222-4333-8444-555555555555 / ext4 errors=remount-ro 0 1
/dev/nvme1n1 /srv/my\\040data xfs defaults,nofail 0 2
LABEL=old\\040data /old ext4 defaults 0 2
none swap swap sw 0 0`,
};
const storage = storageIn((name) => answers[name])!;

test('a mount shows its filesystem, the serial of the disk beneath, its room and how the boot names it', () => {
  expect(storage.mounts.map(({ mountPoint }) => mountPoint)).toEqual(['/', '/srv/my data', '/lvm']);
  expect(storage.mounts[1]).toEqual({
    mountPoint: '/srv/my data',
    filesystemUuid: uuid,
    filesystemType: 'xfs',
    diskSerial: 'vol0bb22',
    sizeBytes: 1_000,
    usedBytes: 10,
    freeBytes: 900,
    usedInodes: 3,
    bootEntry: 'device',
    readOnly: true,
    device: 'nvme1n1',
  });
});

test('partitions and layers are known with what they lie on', () => {
  expect(storage.devices.map(({ name, kind, within }) => [name, kind, within])).toEqual([
    ['nvme0n1', 'disk', undefined],
    ['nvme0n1p1', 'partition', 'nvme0n1'],
    ['nvme1n1', 'disk', undefined],
    ['vdb', 'disk', undefined],
    ['dm-0', 'lvm', 'vdb'],
  ]);
  const [, , , vdb] = storage.devices;
  expect(partsOf(storage, vdb!).map(({ name }) => name)).toEqual(['vdb', 'dm-0']);
  expect(storage.mounts[2]?.diskSerial).toBe('0c8f');
});

test('a disk is found by what it says, by its link where it says nothing, and never by a link to another', () => {
  const find = (serial: string, ...byId: string[]) =>
    findDevice(storage, { serial, byId }).match(
      ({ name }) => name,
      ({ kind }) => kind,
    );
  expect(find('vol0bb22')).toBe('nvme1n1');
  expect(find('0c8f', 'virtio-0c8f')).toBe('vdb');
  expect(find('vol0cc33', 'nvme-Amazon_Elastic_Block_Store_vol0bb22')).toBe('wrong-disk');
  expect(find('vol0cc33')).toBe('not-found');
});

test('lines of fstab are known by UUID, label, device or otherwise', () => {
  expect(readFstab(answers['fstab']!)).toEqual([
    { mountPoint: '/', by: 'uuid', names: '11111111-2222-4333-8444-555555555555', nofail: false },
    { mountPoint: '/srv/my data', by: 'device', names: '/dev/nvme1n1', nofail: true },
    { mountPoint: '/old', by: 'label', names: 'old data', nofail: false },
  ]);
});

test('a name with spaces and signs goes into fstab and comes back', () => {
  const name = '/srv/my "data" # \\ ü\there';
  expect(unescapeMount(escapeMount(name))).toBe(name);
  expect(escapeMount(name)).not.toMatch(/[\s#]/);
});

test('without an answer there is no storage, rather than none', () => {
  expect(storageIn((name) => (name === 'mounts' ? undefined : answers[name]))).toBeUndefined();
});
