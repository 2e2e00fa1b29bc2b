// What volumes are refused.

import { attachVolume, detachVolume, setDeleteOnTermination } from '../../src/attachments.ts';
import { changeRecord } from '../../src/dns.ts';
import { runInstance } from '../../src/instances.ts';
import { modifyVolume } from '../../src/modify.ts';
import { createReservation } from '../../src/reservations.ts';
import { revertResize } from '../../src/resize.ts';
import { copySnapshot, createSnapshot, shareSnapshot } from '../../src/snapshots.ts';
import { createVolume, deleteVolume } from '../../src/volumes.ts';
import { attached, disk, type Rules, run, snapshot } from './case.ts';

export const volumeRules: Rules<
  | 'no-such-volume'
  | 'no-such-zone'
  | 'no-such-disk-type'
  | 'bad-parameter'
  | 'volume-transitional'
  | 'volume-in-use'
  | 'volume-failed'
  | 'cannot-shrink'
  | 'smaller-than-snapshot'
  | 'modified-too-often'
  | 'modification-under-way'
  | 'not-while-in-use'
  | 'malformed-volume-id'
  | 'volume-has-snapshots'
  | 'not-here'
> = {
  'no-such-volume': [
    {
      when: 'a volume that was deleted is attached',
      async ask(judge) {
        const volumeId = judge.volume();
        await judge.done((world) => deleteVolume(world, volumeId));
        return judge.ask((world) => attachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
  ],
  'no-such-zone': [
    {
      when: 'an instance is made in a zone that never was',
      ask: async (judge) => judge.ask((world) => runInstance(world, run(judge, { zone: 'z' }), undefined)),
    },
    {
      when: 'a volume is made in a zone that never was',
      ask: async (judge) => judge.ask((world) => createVolume(world, disk({ zone: 'z' }), undefined)),
    },
  ],
  'no-such-disk-type': [
    {
      when: 'a volume is made of a type that never was',
      ask: async (judge) => judge.ask((world) => createVolume(world, disk({ diskType: 'tape' }), undefined)),
    },
  ],
  'bad-parameter': [
    {
      when: 'a volume of no size is made',
      ask: async (judge) => judge.ask((world) => createVolume(world, disk({ sizeGiB: 0 }), undefined)),
    },
    {
      when: 'the user data have more than 16 KiB',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { userData: 'x'.repeat(16_385) }), undefined)),
    },
    {
      when: 'the root disk is smaller than its image',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { rootSizeGiB: 1 }), undefined)),
    },
    {
      when: 'a volume is to die with an instance that it is not on',
      ask: async (judge) =>
        judge.ask((world) =>
          setDeleteOnTermination(world, {
            instanceId: judge.server(),
            volumeId: judge.volume(),
            value: true,
          }),
        ),
    },
    {
      when: 'a DNS name is not absolute',
      ask: async (judge) => judge.ask((world) => changeRecord(world, { name: 'shop.example', type: 'A' })),
    },
  ],
  'volume-transitional': [
    {
      when: 'a volume is attached while it is being made',
      async ask(judge) {
        const volumeId = judge.ask((world) => createVolume(world, disk(), undefined))._unsafeUnwrap();
        return judge.ask((world) => attachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
    {
      when: 'a volume is attached while it leaves another instance',
      async ask(judge) {
        const pairing = await attached(judge);
        judge.ask((world) => detachVolume(world, pairing))._unsafeUnwrap();
        return judge.ask((world) =>
          attachVolume(world, { volumeId: pairing.volumeId, instanceId: judge.server() }),
        );
      },
    },
    {
      when: 'a volume is detached twice at once',
      async ask(judge) {
        const pairing = await attached(judge);
        judge.ask((world) => detachVolume(world, pairing))._unsafeUnwrap();
        return judge.ask((world) => detachVolume(world, pairing));
      },
    },
    {
      when: 'a snapshot is taken of a volume that is being made',
      async ask(judge) {
        const volumeId = judge.ask((world) => createVolume(world, disk(), undefined))._unsafeUnwrap();
        return judge.ask((world) => createSnapshot(world, { name: 's', volumeId, tags: {} }));
      },
    },
  ],
  'volume-in-use': [
    {
      when: 'an attached volume is deleted',
      async ask(judge) {
        const { volumeId } = await attached(judge);
        return judge.ask((world) => deleteVolume(world, volumeId));
      },
    },
  ],
  'volume-failed': [
    {
      family: 'openstack',
      when: 'a volume in error is attached',
      async ask(judge) {
        judge.world.faults.rollBack('volumes.create');
        const volumeId = await judge.done((world) => createVolume(world, disk(), undefined));
        return judge.ask((world) => attachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
  ],
  'cannot-shrink': [
    {
      when: 'a volume is to become smaller',
      ask: async (judge) => judge.ask((world) => modifyVolume(world, judge.volume(), { sizeGiB: 9 })),
    },
  ],
  'smaller-than-snapshot': [
    {
      when: 'a volume is smaller than the snapshot that it is made of',
      async ask(judge) {
        const volumeId = judge.volume();
        const snapshotId = await judge.done((world) =>
          createSnapshot(world, { name: 's', volumeId, tags: {} }),
        );
        return judge.ask((world) => createVolume(world, disk({ snapshotId, sizeGiB: 9 }), undefined));
      },
    },
  ],
  'modified-too-often': [
    {
      when: 'a volume is changed for the fifth time in a day',
      async ask(judge) {
        const id = judge.volume();
        for (const sizeGiB of [11, 12, 13, 14]) {
          await judge.done((world) => modifyVolume(world, id, { sizeGiB }));
        }
        return judge.ask((world) => modifyVolume(world, id, { sizeGiB: 15 }));
      },
    },
  ],
  'modification-under-way': [
    {
      when: 'a volume is changed while the last change is under way',
      async ask(judge) {
        const id = judge.volume();
        judge.ask((world) => modifyVolume(world, id, { sizeGiB: 11 }))._unsafeUnwrap();
        return judge.ask((world) => modifyVolume(world, id, { sizeGiB: 12 }));
      },
    },
  ],
  'not-while-in-use': [
    {
      family: 'openstack',
      when: 'a volume in use is to be of another type',
      async ask(judge) {
        const { volumeId } = await attached(judge);
        return judge.ask((world) => modifyVolume(world, volumeId, { diskType: 'hdd' }));
      },
    },
  ],
  'malformed-volume-id': [
    {
      when: 'a volume is deleted by a name that is no id',
      ask: async (judge) => judge.ask((world) => deleteVolume(world, 'data')),
    },
  ],
  'volume-has-snapshots': [
    {
      family: 'openstack',
      when: 'a volume is deleted of which there is a snapshot',
      async ask(judge) {
        const volumeId = judge.volume();
        await judge.done((world) => createSnapshot(world, { name: 's', volumeId, tags: {} }));
        return judge.ask((world) => deleteVolume(world, volumeId));
      },
    },
  ],
  'not-here': [
    {
      when: 'the old machine of a resize is asked for, where none is kept',
      async ask(judge) {
        const id = judge.server();
        return judge.ask((world) => revertResize(world, id));
      },
    },
    {
      family: 'openstack',
      when: 'a snapshot is to be copied, where none is',
      async ask(judge) {
        const request = { name: 'copy', fromRegion: 'here', snapshotId: await snapshot(judge), tags: {} };
        return judge.ask((world) => copySnapshot(world, request));
      },
    },
    {
      family: 'openstack',
      when: 'a snapshot is to be shared, where none is',
      async ask(judge) {
        const id = await snapshot(judge);
        return judge.ask((world) => shareSnapshot(world, id, { add: ['123456789012'] }));
      },
    },
    {
      family: 'openstack',
      when: 'capacity is to be reserved, where none is',
      ask: async (judge) =>
        judge.ask((world) =>
          createReservation(world, { instanceType: 'small', zone: 'a', count: 1, tags: {} }, undefined),
        ),
    },
  ],
};
