import { type Snapshots, systemClock } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import type { Ec2Api } from '../src/ec2-api.ts';
import { ec2Cloud } from '../src/ec2-cloud.ts';
import type { Route53Api } from '../src/route53-api.ts';
import { TAKEN_AT_TAG, takenAtOf } from '../src/snapshot-mapping.ts';
import { ec2Error, must, mustFail, openEc2, zones } from './open-ec2.ts';

async function withVolume() {
  const opened = await openEc2();
  const spec = { name: 'data', zone: zones[0], sizeGiB: 8, diskType: 'gp3' };
  const { id: volumeId } = await must(opened.cloud.volumes.create(spec, { key: 'data' }));
  return { ...opened, volumeId, spec: { name: 'before', volumeId, tags: { team: 'shop' } } };
}

/** The port's snapshots over this much of EC2. */
function snapshotsOver(
  client: Partial<Ec2Api>,
  clientAt: (region: string) => Partial<Ec2Api> | undefined = () => undefined,
): Snapshots {
  return ec2Cloud({
    account: 'a',
    region: 'us-east-1',
    clock: systemClock,
    chance: () => 0.5,
    visibilityMs: 0,
    client: client as Ec2Api,
    clientAt: clientAt as (region: string) => Ec2Api | undefined,
    dnsClient: {} as Route53Api,
  }).snapshots;
}

/** What EC2 is asked for to copy a snapshot from another region, of which this much can be reached. */
async function copyRequest(clientAt: (region: string) => Partial<Ec2Api> | undefined): Promise<string> {
  const sent: object[] = [];
  const client: Partial<Ec2Api> = {
    describeSnapshots: async () => ({ Snapshots: [] }),
    copySnapshot: async (request) => {
      sent.push(request);
      throw ec2Error('InvalidParameterValue', 'enough');
    },
  };
  const snapshots = snapshotsOver(client, clientAt);
  const from = { provider: 'aws', account: 'a', region: 'eu-west-1', id: 'snap-0123456789abcdef0' };
  expect((await mustFail(snapshots.copy({ name: 'copy', from }, { key: 'k' }))).kind).toBe('invalid');
  return JSON.stringify(sent);
}

describe('the time since when the data is fixed', () => {
  const StartTime = new Date('2026-02-01T00:00:00Z');
  const tagged = (Value: string) => [{ Key: TAKEN_AT_TAG, Value }];

  it.each([
    ['is the beginning of the snapshot', { StartTime, VolumeId: 'vol-1' }, '2026-02-01T00:00:00.000Z'],
    ['is not known without one, and never now', { VolumeId: 'vol-1' }, ''],
    ['is not known of somebody else’s copy', { StartTime, VolumeId: 'vol-ffffffff' }, ''],
    ['is not known of a copy of such a copy', { StartTime, VolumeId: 'vol-1', Tags: tagged('') }, ''],
    [
      'is that of the original',
      { StartTime, VolumeId: 'vol-1', Tags: tagged('2026-01-31T10:00:00Z') },
      '2026-01-31T10:00:00.000Z',
    ],
    [
      'is never later than EC2 says',
      { StartTime, VolumeId: 'vol-1', Tags: tagged('2030-01-01T00:00:00Z') },
      '2026-02-01T00:00:00.000Z',
    ],
  ])('%s', (_, snapshot, takenAt) => {
    expect(takenAtOf(snapshot)).toBe(takenAt);
  });
});

describe('a snapshot', () => {
  it('is there as soon as its data is fixed, and ready later', async () => {
    const { cloud, spec, faults, clock } = await withVolume();
    faults.slow('snapshots.create', 200);
    const beganMs = clock.now();
    const taken = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    expect(taken).toMatchObject({ state: 'creating', name: 'before', sizeGiB: 8, tags: { team: 'shop' } });
    expect(taken).not.toHaveProperty('readyAt');
    expect(Date.parse(taken.takenAt)).toBeGreaterThanOrEqual(Math.floor(beganMs / 1_000) * 1_000);
    const ready = await must(cloud.snapshots.untilReady(taken.id));
    expect(ready.state).toBe('ready');
    expect(ready.takenAt).toBe(taken.takenAt);
    expect(Date.parse(ready.readyAt ?? '')).toBeGreaterThan(Date.parse(ready.takenAt));
  });

  it('whose answer is lost is found by its key, and is not taken twice', async () => {
    const { cloud, spec, open, loseNext, sent } = await withVolume();
    loseNext('createSnapshot');
    const taken = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    expect((await must(open().snapshots.create(spec, { key: 'snap' }))).id).toBe(taken.id);
    expect((await must(open().snapshots.find('snap')))?.id).toBe(taken.id);
    expect(sent('createSnapshot')).toBe(1);
  });

  it('under the key of another volume is a mismatch that names it', async () => {
    const { cloud, spec } = await withVolume();
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    const other = { name: 'other', zone: zones[0], sizeGiB: 1, diskType: 'gp3' };
    const { id: volumeId } = await must(cloud.volumes.create(other, { key: 'other' }));
    const error = await mustFail(cloud.snapshots.create({ ...spec, volumeId }, { key: 'snap' }));
    expect(error).toMatchObject({ kind: 'idempotency-mismatch', resourceId: id });
  });

  it('that fails is an error that says so, and never ready', async () => {
    const { cloud, spec, faults } = await withVolume();
    faults.rollBack('snapshots.create');
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    expect(await mustFail(cloud.snapshots.untilReady(id))).toMatchObject({ kind: 'failed', resourceId: id });
  });

  it('is copied once for its key, and the copy says of what it is one', async () => {
    const { cloud, spec, loseNext, sent, server } = await withVolume();
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    await must(cloud.snapshots.untilReady(id));
    const from = { ...cloud.at, id };
    loseNext('copySnapshot');
    const copy = await must(cloud.snapshots.copy({ name: 'copy', from }, { key: 'copy' }));
    expect(copy.id).not.toBe(id);
    await must(cloud.snapshots.copy({ name: 'copy', from }, { key: 'copy' }));
    expect(sent('copySnapshot')).toBe(1);
    const other = { ...from, id: copy.id };
    const error = await mustFail(cloud.snapshots.copy({ name: 'copy', from: other }, { key: 'copy' }));
    expect(error.kind).toBe('idempotency-mismatch');
    expect(server.sim.world.state().snapshots[copy.id]?.sizeGiB).toBe(8);
  });

  it('keeps the age of its data as a copy, and as the copy of a copy', async () => {
    const { cloud, open, spec, pause } = await withVolume();
    const { id, takenAt } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    await must(cloud.snapshots.untilReady(id));
    await pause(5_000);
    const from = { ...cloud.at, id };
    const copy = await must(cloud.snapshots.copy({ name: 'copy', from }, { key: 'copy' }));
    expect(copy.takenAt).toBe(takenAt);
    expect((await must(cloud.snapshots.untilReady(copy.id))).takenAt).toBe(takenAt);
    const again = { name: 'again', from: { ...from, id: copy.id } };
    expect((await must(open().snapshots.copy(again, { key: 'again' }))).takenAt).toBe(takenAt);
  });

  it('is asked for its age in the region that it is in', async () => {
    const regions: string[] = [];
    const original = { VolumeId: 'vol-1', StartTime: new Date('2026-01-31T10:00:00Z') };
    const request = await copyRequest((region) => {
      regions.push(region);
      return { describeSnapshots: async () => ({ Snapshots: [original] }) };
    });
    expect(regions).toEqual(['eu-west-1']);
    expect(request).toContain('"belay:taken-at","Value":"2026-01-31T10:00:00.000Z"');
    expect(await copyRequest(() => undefined)).toContain('"belay:taken-at","Value":""');
  });

  it('of another provider cannot be copied, and nothing is sent', async () => {
    const { cloud, sent } = await withVolume();
    const from = { provider: 'openstack', account: 'a', region: 'r', id: 's' };
    const error = await mustFail(cloud.snapshots.copy({ name: 'copy', from }, { key: 'copy' }));
    expect(error).toMatchObject({ kind: 'invalid', applied: 'no' });
    expect(sent('copySnapshot')).toBe(0);
  });

  it('is shared with exactly the accounts that are named, removals first', async () => {
    const { cloud, spec, requests } = await withVolume();
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    const [a, b, c] = ['111111111111', '222222222222', '333333333333'];
    await must(cloud.snapshots.share(id, [a, b], { key: 'share' }));
    await must(cloud.snapshots.share(id, [b, c], { key: 'share-2' }));
    await must(cloud.snapshots.share(id, [b, c], { key: 'share-3' }));
    await must(cloud.snapshots.share(id, [], { key: 'share-4' }));
    const sent = requests('modifySnapshotAttribute').map((one) => [
      Reflect.get(one, 'OperationType'),
      Reflect.get(one, 'UserIds'),
    ]);
    expect(sent).toEqual([
      ['add', [a, b]],
      ['remove', [a]],
      ['add', [c]],
      ['remove', [b, c]],
    ]);
  });

  it('that some no longer see, and nobody new, has been changed', async () => {
    const id = 'snap-0123456789abcdef0';
    const snapshots = snapshotsOver({
      describeSnapshots: async () => ({ Snapshots: [{ SnapshotId: id }] }),
      describeSnapshotAttribute: async () => ({ CreateVolumePermissions: [{ UserId: '111111111111' }] }),
      modifySnapshotAttribute: async ({ OperationType }) => {
        if (OperationType === 'add') throw ec2Error('UnauthorizedOperation', 'no');
      },
    });
    const refused = await mustFail(
      snapshots.share(id, ['111111111111', '222222222222'], { key: 'more', timeoutMs: 2_000 }),
    );
    expect(refused).toMatchObject({ kind: 'forbidden', applied: 'no' });
    const halfWay = await mustFail(snapshots.share(id, ['222222222222'], { key: 'other', timeoutMs: 2_000 }));
    expect(halfWay).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
  });

  it('is not shared with what is no account', async () => {
    const { cloud, spec, sent } = await withVolume();
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    const error = await mustFail(cloud.snapshots.share(id, ['the-other-team'], { key: 'share' }));
    expect(error).toMatchObject({ kind: 'invalid', applied: 'no' });
    expect(sent('modifySnapshotAttribute')).toBe(0);
  });

  it('is gone after its delete, and a second delete is fine', async () => {
    const { cloud, spec } = await withVolume();
    const { id } = await must(cloud.snapshots.create(spec, { key: 'snap' }));
    await must(cloud.snapshots.untilReady(id));
    await must(cloud.snapshots.delete(id, { key: 'delete' }));
    await must(cloud.snapshots.delete(id, { key: 'delete-2' }));
    expect((await mustFail(cloud.snapshots.get(id))).kind).toBe('not-found');
  });
});
