// What attachments are refused.

import { attachVolume, detachVolume } from '../../src/attachments.ts';
import { attached, type Rules } from './case.ts';

export const attachmentRules: Rules<
  | 'attached-already'
  | 'attached-elsewhere'
  | 'not-attached'
  | 'zones-differ'
  | 'root-volume'
  | 'no-slot'
  | 'device-taken'
> = {
  'attached-already': [
    {
      when: 'a volume is attached to the same instance again',
      async ask(judge) {
        const pairing = await attached(judge);
        return judge.ask((world) => attachVolume(world, pairing));
      },
    },
  ],
  'attached-elsewhere': [
    {
      when: 'an attached volume is attached to another instance',
      async ask(judge) {
        const { volumeId } = await attached(judge);
        return judge.ask((world) => attachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
    {
      family: 'openstack',
      when: 'an attached volume is attached to another server',
      async ask(judge) {
        const { volumeId } = await attached(judge);
        return judge.ask((world) => attachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
  ],
  'not-attached': [
    {
      when: 'a volume is detached from an instance that it is not on',
      async ask(judge) {
        const { volumeId } = await attached(judge);
        return judge.ask((world) => detachVolume(world, { volumeId, instanceId: judge.server() }));
      },
    },
  ],
  'zones-differ': [
    {
      when: 'volume and instance are in two zones, where zones bind',
      ask: async (judge) =>
        judge.ask((world) =>
          attachVolume(world, { volumeId: judge.volume('data', 'b'), instanceId: judge.server() }),
        ),
    },
  ],
  'root-volume': [
    {
      when: 'the root disk of a running instance is detached',
      async ask(judge) {
        const instanceId = judge.server();
        const volumeId = judge.world.state.instances[instanceId]!.rootVolumeId;
        return judge.ask((world) => detachVolume(world, { volumeId, instanceId }));
      },
    },
  ],
  'no-slot': [
    {
      when: 'an instance has no slot for one more volume',
      async ask(judge) {
        const instanceId = judge.server();
        for (const name of ['one', 'two']) {
          await judge.done((world) => attachVolume(world, { volumeId: judge.volume(name), instanceId }));
        }
        return judge.ask((world) => attachVolume(world, { volumeId: judge.volume('three'), instanceId }));
      },
    },
  ],
  'device-taken': [
    {
      when: 'a device name is wanted that another volume has, by its other spelling',
      async ask(judge) {
        const instanceId = judge.server();
        const [first, second] = [judge.volume(), judge.volume()];
        await judge.done((world) => attachVolume(world, { volumeId: first, instanceId, device: '/dev/sdf' }));
        return judge.ask((world) =>
          attachVolume(world, { volumeId: second, instanceId, device: '/dev/xvdf' }),
        );
      },
    },
    {
      when: 'a device name is wanted that the image keeps for itself',
      async ask(judge) {
        const instanceId = judge.server();
        judge.world.state.instances[instanceId]!.badDevices['/dev/sdf'] = 'taken';
        return judge.ask((world) =>
          attachVolume(world, { volumeId: judge.volume(), instanceId, device: '/dev/sdf' }),
        );
      },
    },
  ],
};
