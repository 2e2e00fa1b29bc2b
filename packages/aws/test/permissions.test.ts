import type { PlannedCall } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { must, mustFail, openEc2, zones } from './open-ec2.ts';

async function withServer() {
  const opened = await openEc2();
  const { cloud, imageId } = opened;
  const server = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId };
  const disk = { name: 'data', zone: zones[0], sizeGiB: 1, diskType: 'gp3' };
  const { id: instanceId } = await must(cloud.instances.create(server, { key: 'server' }));
  const { id: volumeId } = await must(cloud.volumes.create(disk, { key: 'data' }));
  const { id: floatingIpId } = await must(cloud.floatingIps.create({}, { key: 'address' }));
  const { id: snapshotId } = await must(cloud.snapshots.create({ name: 's', volumeId }, { key: 's' }));
  const all: readonly PlannedCall[] = [
    { verb: 'instances.create', instance: server },
    { verb: 'instances.start', instanceId },
    { verb: 'instances.stop', instanceId },
    { verb: 'instances.delete', instanceId },
    { verb: 'instances.rename', instanceId },
    { verb: 'instances.keepVolume', instanceId },
    { verb: 'instances.resize', instanceId },
    { verb: 'volumes.create' },
    { verb: 'volumes.attach', instanceId, volumeId },
    { verb: 'volumes.detach', instanceId, volumeId },
    { verb: 'volumes.delete', volumeId },
    { verb: 'volumes.copy', volumeId },
    { verb: 'volumes.modify', volumeId },
    { verb: 'snapshots.create', volumeId },
    { verb: 'snapshots.copy', snapshotId },
    { verb: 'snapshots.share', snapshotId },
    { verb: 'snapshots.delete', snapshotId },
    { verb: 'floatingIps.create' },
    { verb: 'floatingIps.move', floatingIpId, instanceId },
    { verb: 'floatingIps.move', floatingIpId },
    { verb: 'floatingIps.delete', floatingIpId },
    { verb: 'reservations.create' },
  ];
  return { ...opened, all, instanceId, volumeId };
}

describe('a check of what is allowed', () => {
  it('says yes to every call that EC2 can be asked about, and changes nothing', async () => {
    const { cloud, all, world } = await withServer();
    const before = world.state();
    const answers = await must(cloud.permissions.check(all));
    expect(answers.map(({ verb }) => verb)).toEqual(all.map(({ verb }) => verb));
    expect(answers.filter(({ allowed }) => allowed !== 'yes')).toEqual([]);
    const after = world.state();
    for (const kind of ['instances', 'volumes', 'snapshots', 'floatingIps'] as const) {
      expect(after[kind]).toEqual(before[kind]);
    }
  });

  it('says no, and why, where a policy forbids it, and only there', async () => {
    const { cloud, all, world } = await withServer();
    world.deny(['ec2:DetachVolume', 'ec2:RunInstances']);
    const answers = await must(cloud.permissions.check(all));
    const refused = answers.filter(({ allowed }) => allowed === 'no');
    expect(refused.map(({ verb }) => verb)).toEqual(['instances.create', 'volumes.detach']);
    expect(refused[1]?.why).toContain('ec2:DetachVolume');
    expect(refused[1]?.actions).toEqual(['ec2:DetachVolume']);
  });

  it('does not know where there is no dry run, or where the object is not known yet', async () => {
    const { cloud, volumeId } = await withServer();
    const answers = await must(
      cloud.permissions.check([
        { verb: 'dns.change', recordName: 'www.shop.example.' },
        { verb: 'volumes.attach', volumeId },
        { verb: 'reservations.delete' },
        { verb: 'instances.create' },
      ]),
    );
    expect(answers.map(({ allowed }) => allowed)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    for (const { why } of answers) expect(why).toBeTruthy();
  });

  it('does not take another answer for one about rights', async () => {
    const { cloud, failNext, volumeId } = await withServer();
    failNext('deleteVolume', 'InvalidVolume.NotFound', `The volume '${volumeId}' does not exist.`);
    const [answer] = await must(cloud.permissions.check([{ verb: 'volumes.delete', volumeId }]));
    expect(answer).toMatchObject({ allowed: 'unknown' });
  });

  it('leaves out the cipher that EC2 adds to a refusal', async () => {
    const { cloud, failNext, volumeId } = await withServer();
    const cipher = 'You are not authorized. Encoded authorization failure message: 4hC0pP3r';
    failNext('deleteVolume', 'UnauthorizedOperation', cipher, 403);
    const [answer] = await must(cloud.permissions.check([{ verb: 'volumes.delete', volumeId }]));
    expect(answer?.allowed).toBe('no');
    expect(answer?.why).not.toContain('4hC0pP3r');
  });

  it('is an error where the account itself is not let in', async () => {
    const { cloud, server, instanceId } = await withServer();
    server.levers.refuseKeys(true);
    const error = await mustFail(cloud.permissions.check([{ verb: 'instances.stop', instanceId }]));
    expect(error.kind).toBe('unauthenticated');
  });
});
