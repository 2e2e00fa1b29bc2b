// What the simulated API grants, and what becomes of it where that is easily got wrong.

import { describe, expect, test } from 'vitest';
import { attachVolume, detachVolume, setDeleteOnTermination } from '../src/attachments.ts';
import { allocateAddress, disassociateAddress, moveAddress } from '../src/floating-ips.ts';
import { disksOf } from '../src/instance-disks.ts';
import { runInstance, startInstance, stopInstance, terminateInstance } from '../src/instances.ts';
import { createSnapshot } from '../src/snapshots.ts';
import { setStock } from '../src/stock.ts';
import { createVolume, deleteVolume } from '../src/volumes.ts';
import { openJudge } from './judge.ts';
import { attached, bound, disk, run } from './rules/case.ts';

describe('the simulated API grants', () => {
  test('a volume to an instance of another zone, where zones do not bind', () => {
    const judge = openJudge('openstack');
    const pairing = { volumeId: judge.volume('data', 'b'), instanceId: judge.server() };
    expect(judge.ask((world) => attachVolume(world, pairing)).isOk()).toBe(true);
  });

  test('a repeated request under one token, without making anything twice', async () => {
    const judge = openJudge('ec2');
    const first = await judge.done((world) => createVolume(world, disk(), 'token'));
    const second = await judge.done((world) => createVolume(world, disk(), 'token'));
    expect(second).toBe(first);
    expect(Object.keys(judge.world.state.volumes)).toHaveLength(1);
  });

  test('a second instance to the same token in another zone, as EC2 does', async () => {
    const judge = openJudge('ec2');
    const first = await judge.done((world) => runInstance(world, run(judge), 'token'));
    const second = await judge.done((world) => runInstance(world, run(judge, { zone: 'b' }), 'token'));
    expect(second).not.toBe(first);
  });

  test('two snapshots to the same request twice: there is no token for them', async () => {
    const judge = openJudge('ec2');
    const volumeId = judge.volume();
    const request = { name: 's', volumeId, tags: {} };
    const first = await judge.done((world) => createSnapshot(world, request));
    const second = await judge.done((world) => createSnapshot(world, request));
    expect(second).not.toBe(first);
  });

  test('a server that it has no machine for, where that shows later, and lets it fail', async () => {
    const judge = openJudge('openstack');
    setStock(judge.world, 'small', 'a', 0);
    const id = await judge.done((world) => runInstance(world, run(judge), undefined));
    expect(judge.world.state.instances[id]).toMatchObject({
      state: 'failed',
      fault: 'No valid host was found.',
    });
  });

  test('the stop of a server, and keeps its machine for it where stopping does not give it away', async () => {
    const judge = openJudge('openstack');
    setStock(judge.world, 'small', 'a', 1);
    const id = await judge.done((world) => runInstance(world, run(judge), undefined));
    await judge.done((world) => stopInstance(world, id));
    expect(judge.world.state.stock['small@a']).toBe(0);
    expect(judge.ask((world) => startInstance(world, id)).isOk()).toBe(true);
  });

  test('the end of an instance, and with it of the disks that were to die with it and of no other', async () => {
    const judge = openJudge('ec2');
    const { volumeId, instanceId } = await attached(judge);
    const doomed = judge.volume('doomed');
    await judge.done((world) => attachVolume(world, { volumeId: doomed, instanceId }));
    await judge.done((world) => setDeleteOnTermination(world, { volumeId: doomed, instanceId, value: true }));
    const root = judge.world.state.instances[instanceId]!.rootVolumeId;
    await judge.done((world) => terminateInstance(world, instanceId));
    const stateOf = (id: string) => judge.world.state.volumes[id]?.state;
    expect([stateOf(volumeId), stateOf(doomed), stateOf(root)]).toEqual(['available', 'gone', 'gone']);
  });

  test('an address to an instance that has another one, which EC2 drops without a word', async () => {
    const judge = openJudge('ec2');
    const instanceId = judge.server();
    const [first, second] = ['one', 'two'].map(() =>
      judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap(),
    );
    await judge.done((world) => moveAddress(world, { addressId: first!, instanceId, mayTake: false }));
    await judge.done((world) => moveAddress(world, { addressId: second!, instanceId, mayTake: false }));
    expect(judge.world.state.floatingIps[first!]?.instanceId).toBeUndefined();
    expect(judge.world.state.floatingIps[second!]?.routedTo).toBe(instanceId);
  });

  test('the user data of an instance for good, with the token that it was made under', async () => {
    const judge = openJudge('ec2');
    const userData = '#cloud-config\n# größer';
    const id = await judge.done((world) => runInstance(world, run(judge, { userData }), 'token'));
    expect(judge.world.state.instances[id]).toMatchObject({ userData, clientToken: 'token' });
  });

  test('a detach that names no instance, which takes the volume from wherever it is by now', async () => {
    const judge = openJudge('ec2');
    const { volumeId } = await attached(judge);
    await judge.done((world) => detachVolume(world, { volumeId }));
    expect(judge.world.state.volumes[volumeId]).toMatchObject({ state: 'available', attachments: [] });
  });

  test('a detach of what sticks on its way there, where EC2 takes it back', async () => {
    const judge = openJudge('ec2');
    const pairing = { volumeId: judge.volume(), instanceId: judge.server() };
    judge.world.faults.stick('volumes.attach');
    await judge.done((world) => attachVolume(world, pairing));
    expect(judge.world.state.volumes[pairing.volumeId]?.attachments[0]?.state).toBe('attaching');
    await judge.done((world) => detachVolume(world, pairing));
    expect(judge.world.state.volumes[pairing.volumeId]?.state).toBe('available');
  });

  test('an attach in Cinder by way of reserved, and one on a busy bus that never ends', async () => {
    const judge = openJudge('openstack');
    const pairing = { volumeId: judge.volume(), instanceId: judge.server() };
    judge.ask((world) => attachVolume(world, pairing))._unsafeUnwrap();
    const stateOf = () => judge.world.state.volumes[pairing.volumeId]?.attachments[0]?.state;
    expect(stateOf()).toBe('reserved');
    await judge.clock.advance(20_000);
    expect(stateOf()).toBe('attached');

    const ec2 = openJudge('ec2');
    ec2.world.state.instanceTypes['small'] = {
      ...ec2.world.state.instanceTypes['small']!,
      volumeSlots: 0,
      overSlots: 'sticks',
    };
    const { volumeId } = await attached(ec2);
    expect(ec2.world.state.volumes[volumeId]).toMatchObject({
      state: 'in-use',
      attachments: [{ state: 'attaching' }],
    });
  });

  test('reads of an instance in which a disk that has left is shown a little longer', async () => {
    const judge = openJudge('ec2', { visibility: [1_000, 1_000, 1_000] });
    const { volumeId, instanceId } = await attached(judge);
    judge.ask((world) => detachVolume(world, { volumeId, instanceId }))._unsafeUnwrap();
    const isShown = () => disksOf(judge.world, instanceId).some((one) => one.volumeId === volumeId);
    await judge.clock.advance(10_500);
    expect(judge.world.state.volumes[volumeId]?.attachments).toEqual([]);
    expect(isShown()).toBe(true);
    await judge.clock.advance(1_000);
    judge.world.change(() => undefined);
    expect(isShown()).toBe(false);
  });

  test('the end of a bond by its own name, and of no later one', async () => {
    const judge = openJudge('ec2');
    const { addressId } = await bound(judge);
    const { associationId = '' } = judge.world.state.floatingIps[addressId]!;
    await judge.done((world) => disassociateAddress(world, associationId));
    expect(judge.world.state.floatingIps[addressId]?.routedTo).toBeUndefined();
  });

  test('a failed delete, after which Cinder leaves the volume in error and EC2 as it was', async () => {
    for (const [family, state] of [
      ['ec2', 'available'],
      ['openstack', 'error'],
    ] as const) {
      const judge = openJudge(family);
      const id = judge.volume();
      judge.world.faults.rollBack('volumes.delete');
      await judge.done((world) => deleteVolume(world, id));
      expect(judge.world.state.volumes[id]?.state).toBe(state);
    }
  });
});
