// What instances are refused.

import { attachVolume } from '../../src/attachments.ts';
import { allocateAddress, moveAddress } from '../../src/floating-ips.ts';
import { describeImage } from '../../src/images.ts';
import { runInstance, startInstance, stopInstance, terminateInstance } from '../../src/instances.ts';
import { confirmResize, resizeInstance } from '../../src/resize.ts';
import { setStock } from '../../src/stock.ts';
import { missing, type Rules, run } from './case.ts';

export const instanceRules: Rules<
  | 'no-such-instance'
  | 'no-such-image'
  | 'image-not-found'
  | 'no-such-type'
  | 'type-not-in-zone'
  | 'no-capacity'
  | 'instance-transitional'
  | 'instance-gone'
  | 'instance-failed'
  | 'instance-running'
  | 'instance-protected'
  | 'malformed-instance-id'
  | 'malformed-image-id'
  | 'host-down'
> = {
  'no-such-instance': [
    {
      when: 'a volume is attached to an instance that never was',
      ask: async (judge) =>
        judge.ask((world) => attachVolume(world, { volumeId: judge.volume(), instanceId: missing.instance })),
    },
    {
      when: 'an instance that ended an hour ago is deleted',
      async ask(judge) {
        const id = judge.server();
        await judge.done((world) => terminateInstance(world, id));
        await judge.clock.advance(3_600_000);
        return judge.ask((world) => terminateInstance(world, id));
      },
    },
  ],
  'no-such-image': [
    {
      when: 'an instance boots from an image that never was',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { imageId: missing.image }), undefined)),
    },
  ],
  'image-not-found': [
    {
      when: 'an image that never was is read',
      ask: async (judge) => judge.ask((world) => describeImage(world, missing.image)),
    },
  ],
  'no-such-type': [
    {
      when: 'an instance is made of a type that never was',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { instanceType: 'huge' }), undefined)),
    },
  ],
  'type-not-in-zone': [
    {
      when: 'a type is asked for that is retired',
      async ask(judge) {
        judge.world.state.instanceTypes['small']!.lifecycle = 'retired';
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
  ],
  'no-capacity': [
    {
      when: 'the last machine is taken',
      async ask(judge) {
        setStock(judge.world, 'small', 'a', 1);
        await judge.done((world) => runInstance(world, run(judge), undefined));
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
    {
      when: 'a stopped instance starts and its machine was given away',
      async ask(judge) {
        setStock(judge.world, 'small', 'a', 1);
        const id = await judge.done((world) => runInstance(world, run(judge), undefined));
        await judge.done((world) => stopInstance(world, id));
        await judge.done((world) => runInstance(world, run(judge), undefined));
        return judge.ask((world) => startInstance(world, id));
      },
    },
    {
      when: 'a stopped instance of a retired type starts',
      async ask(judge) {
        const id = judge.server();
        await judge.done((world) => stopInstance(world, id));
        judge.world.state.instanceTypes['small']!.lifecycle = 'retired';
        return judge.ask((world) => startInstance(world, id));
      },
    },
  ],
  'instance-transitional': [
    {
      when: 'a volume is attached to a pending instance',
      async ask(judge) {
        const made = judge.ask((world) => runInstance(world, run(judge), undefined))._unsafeUnwrap();
        return judge.ask((world) => attachVolume(world, { volumeId: judge.volume(), instanceId: made }));
      },
    },
    {
      when: 'an instance that is stopping is started',
      async ask(judge) {
        const id = judge.server();
        judge.ask((world) => stopInstance(world, id))._unsafeUnwrap();
        return judge.ask((world) => startInstance(world, id));
      },
    },
    {
      when: 'an address is bound to a pending instance',
      async ask(judge) {
        const instanceId = judge.ask((world) => runInstance(world, run(judge), undefined))._unsafeUnwrap();
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        return judge.ask((world) => moveAddress(world, { addressId, instanceId, mayTake: true }));
      },
    },
    {
      family: 'openstack',
      when: 'a resize is confirmed that never was',
      ask: async (judge) => {
        const id = judge.server();
        return judge.ask((world) => confirmResize(world, id));
      },
    },
  ],
  'instance-gone': [
    {
      when: 'a volume is attached to a terminated instance',
      async ask(judge) {
        const instanceId = judge.server();
        await judge.done((world) => terminateInstance(world, instanceId));
        return judge.ask((world) => attachVolume(world, { volumeId: judge.volume(), instanceId }));
      },
    },
    {
      when: 'a terminated instance is started',
      async ask(judge) {
        const id = judge.server();
        await judge.done((world) => terminateInstance(world, id));
        return judge.ask((world) => startInstance(world, id));
      },
    },
  ],
  'instance-failed': [
    {
      family: 'openstack',
      when: 'a server that never came up is started',
      async ask(judge) {
        setStock(judge.world, 'small', 'a', 0);
        const id = await judge.done((world) => runInstance(world, run(judge), undefined));
        return judge.ask((world) => startInstance(world, id));
      },
    },
  ],
  'instance-running': [
    {
      when: 'the type of a running instance is changed',
      async ask(judge) {
        const id = judge.server();
        return judge.ask((world) => resizeInstance(world, id, 'big'));
      },
    },
  ],
  'instance-protected': [
    {
      when: 'a protected instance is deleted',
      async ask(judge) {
        const id = judge.server();
        judge.world.state.instances[id]!.deletionProtected = true;
        return judge.ask((world) => terminateInstance(world, id));
      },
    },
  ],
  'malformed-instance-id': [
    {
      when: 'an instance is stopped by a name that is no id',
      ask: async (judge) => judge.ask((world) => stopInstance(world, 'web12')),
    },
  ],
  'malformed-image-id': [
    {
      when: 'an instance boots from a name that is no id',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { imageId: 'debian-12' }), undefined)),
    },
  ],
  'host-down': [
    {
      family: 'openstack',
      when: 'a server is stopped whose host does not answer',
      async ask(judge) {
        const id = judge.server();
        judge.world.faults.downHosts.add(id);
        return judge.ask((world) => stopInstance(world, id));
      },
    },
  ],
};
