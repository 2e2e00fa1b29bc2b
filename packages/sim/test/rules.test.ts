// What the real clouds refuse, the simulated one refuses: one case for each rule, and no rule without a case.

import { err, type Result } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { openApi } from '../src/api.ts';
import { attachVolume, detachVolume, setDeleteOnTermination } from '../src/attachments.ts';
import { changeRecord } from '../src/dns.ts';
import { allocateAddress, moveAddress, releaseAddress } from '../src/floating-ips.ts';
import { describeImage } from '../src/images.ts';
import {
  confirmResize,
  type RunRequest,
  resizeInstance,
  runInstance,
  startInstance,
  stopInstance,
  terminateInstance,
} from '../src/instances.ts';
import { type Refusal, type RefusalRule, refusalRules, rulingOf } from '../src/refusal.ts';
import { createSnapshot } from '../src/snapshots.ts';
import { setStock } from '../src/stock.ts';
import { ec2Traits, type Family } from '../src/traits.ts';
import { type CreateVolumeRequest, createVolume, deleteVolume, modifyVolume } from '../src/volumes.ts';
import { type Judge, openJudge } from './judge.ts';

interface Case {
  /** Where the rule is asked for; EC2 where absent. */
  readonly family?: Family;
  readonly when: string;
  readonly ask: (judge: Judge) => Promise<Result<unknown, Refusal>>;
}

const run = (judge: Judge, more: Partial<RunRequest> = {}): RunRequest => ({
  name: 'web',
  zone: 'a',
  instanceType: 'small',
  imageId: judge.imageId,
  tags: {},
  ...more,
});

const disk = (more: Partial<CreateVolumeRequest> = {}): CreateVolumeRequest => ({
  name: 'data',
  zone: 'a',
  sizeGiB: 10,
  diskType: 'ssd',
  tags: {},
  ...more,
});

async function attached(judge: Judge): Promise<{ readonly volumeId: string; readonly instanceId: string }> {
  const pairing = { volumeId: judge.volume(), instanceId: judge.server() };
  await judge.done((world) => attachVolume(world, pairing));
  return pairing;
}

const cases: Readonly<Record<RefusalRule, readonly Case[]>> = {
  'no-such-instance': [
    {
      when: 'a volume is attached to an instance that never was',
      ask: async (judge) =>
        judge.ask((world) => attachVolume(world, { volumeId: judge.volume(), instanceId: 'i-0' })),
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
  'no-such-snapshot': [
    {
      when: 'a volume is made of a snapshot that never was',
      ask: async (judge) =>
        judge.ask((world) => createVolume(world, disk({ snapshotId: 'snap-0' }), undefined)),
    },
  ],
  'no-such-address': [
    {
      when: 'an address that never was is bound',
      ask: async (judge) =>
        judge.ask((world) =>
          moveAddress(world, { addressId: 'eip-0', instanceId: judge.server(), mayTake: true }),
        ),
    },
  ],
  'no-such-image': [
    {
      when: 'an instance boots from an image that never was',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { imageId: 'ami-0' }), undefined)),
    },
  ],
  'image-not-found': [
    {
      when: 'an image that never was is read',
      ask: async (judge) => judge.ask((world) => describeImage(world, 'ami-0')),
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
  'no-such-type': [
    {
      when: 'an instance is made of a type that never was',
      ask: async (judge) =>
        judge.ask((world) => runInstance(world, run(judge, { instanceType: 'huge' }), undefined)),
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
  'snapshot-not-ready': [
    {
      when: 'a volume is made of a snapshot that is not ready',
      async ask(judge) {
        const volumeId = judge.volume();
        const snapshotId = judge
          .ask((world) => createSnapshot(world, { name: 's', volumeId, tags: {} }))
          ._unsafeUnwrap();
        return judge.ask((world) => createVolume(world, disk({ snapshotId }), undefined));
      },
    },
  ],
  'over-quota': [
    {
      when: 'the account has as many instances as it may',
      async ask(judge) {
        judge.world.state.quotas.instances = 1;
        judge.server();
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
    {
      when: 'the account has as many GiB of disks as it may',
      async ask(judge) {
        judge.world.state.quotas.volumeGiB = 15;
        judge.volume();
        return judge.ask((world) => createVolume(world, disk(), undefined));
      },
    },
    {
      when: 'the account has as many addresses as it may',
      async ask(judge) {
        judge.world.state.quotas.floatingIps = 0;
        return judge.ask((world) => allocateAddress(world, {}));
      },
    },
    {
      when: 'the account has as many snapshots as it may',
      async ask(judge) {
        judge.world.state.quotas.snapshots = 0;
        return judge.ask((world) => createSnapshot(world, { name: 's', volumeId: judge.volume(), tags: {} }));
      },
    },
  ],
  'token-mismatch': [
    {
      when: 'a token comes again with another request',
      async ask(judge) {
        await judge.done((world) => createVolume(world, disk(), 'token'));
        return judge.ask((world) => createVolume(world, disk({ sizeGiB: 11 }), 'token'));
      },
    },
  ],
  'token-spent': [
    {
      when: 'a token comes again whose volume is gone',
      async ask(judge) {
        const id = await judge.done((world) => createVolume(world, disk(), 'token'));
        await judge.done((world) => deleteVolume(world, id));
        return judge.ask((world) => createVolume(world, disk(), 'token'));
      },
    },
  ],
  'address-bound': [
    {
      when: 'a bound address is given back',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) => releaseAddress(world, addressId));
      },
    },
  ],
  'address-bound-elsewhere': [
    {
      when: 'a bound address is bound to another instance without leave to take it',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) =>
          moveAddress(world, { addressId, instanceId: judge.server(), mayTake: false }),
        );
      },
    },
  ],
  'address-changed': [
    {
      family: 'openstack',
      when: 'an address was changed since it was read',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) =>
          moveAddress(world, { addressId, instanceId: judge.server(), mayTake: true, revision: 1 }),
        );
      },
    },
  ],
  'target-has-address': [
    {
      family: 'openstack',
      when: 'a server that has an address is given a second one',
      async ask(judge) {
        const instanceId = judge.server();
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        const second = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        return judge.ask((world) => moveAddress(world, { addressId: second, instanceId, mayTake: false }));
      },
    },
  ],
  'record-changed': [
    {
      when: 'a record set is not what the change expects',
      async ask(judge) {
        const create = { values: ['198.18.0.1'], ttlSeconds: 60 };
        await judge.done((world) => changeRecord(world, { name: 'shop.example.', type: 'A', create }));
        return judge.ask((world) => changeRecord(world, { name: 'shop.example.', type: 'A', create }));
      },
    },
  ],
  'record-pending': [
    {
      when: 'a record set is changed before its servers know the last change',
      async ask(judge) {
        const create = { values: ['198.18.0.1'], ttlSeconds: 60 };
        const name = 'shop.example.';
        judge.ask((world) => changeRecord(world, { name, type: 'A', create }))._unsafeUnwrap();
        return judge.ask((world) => changeRecord(world, { name, type: 'A', remove: create }));
      },
    },
  ],
  'no-dns': [
    {
      when: 'a cloud without DNS is asked for a record',
      async ask() {
        const without = openJudge({ ...ec2Traits, dns: false });
        return without.ask((world) => changeRecord(world, { name: 'shop.example.', type: 'A' }));
      },
    },
  ],
  throttled: [
    {
      when: 'more calls come than the account may make',
      async ask(judge) {
        const api = openApi(judge.world, { throttle: { perSecond: 0.01, burst: 1 } });
        const { signal } = new AbortController();
        const create = () =>
          api.change('volumes.create', signal, (world) => createVolume(world, disk(), undefined));
        const answers = await judge.clock.until(Promise.all([create(), create()]));
        const kinds = answers.map((answer) => (answer.isOk() ? 'ok' : answer.error.code));
        expect(kinds).toEqual(['ok', 'RequestLimitExceeded']);
        return err({ rule: 'throttled', message: 'as the API said' });
      },
    },
  ],
};

describe('the simulated API refuses', () => {
  for (const rule of refusalRules) {
    for (const { family = 'ec2', when, ask } of cases[rule]) {
      test(`${rule}: ${when}`, async () => {
        const answer = await ask(openJudge(family));
        expect(answer.isErr() ? answer.error.rule : 'it granted the request').toBe(rule);
      });
    }
  }

  test('each rule has a case and a code in the words of both families', () => {
    for (const rule of refusalRules) {
      expect(cases[rule].length).toBeGreaterThan(0);
      expect(rulingOf(rule, 'ec2').code).not.toBe('');
      expect(rulingOf(rule, 'openstack').code).not.toBe('');
    }
  });
});

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

  test('a resize that is kept until it is confirmed, and goes back to a stopped server where it began there', async () => {
    const judge = openJudge('openstack');
    const id = judge.server();
    await judge.done((world) => stopInstance(world, id));
    await judge.done((world) => resizeInstance(world, id, 'big'));
    expect(judge.world.state.instances[id]).toMatchObject({
      state: 'resized',
      instanceType: 'big',
      resizedFrom: 'small',
    });
    await judge.done((world) => confirmResize(world, id));
    expect(judge.world.state.instances[id]?.state).toBe('stopped');
  });
});
