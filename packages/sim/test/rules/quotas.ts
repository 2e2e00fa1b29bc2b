// What an account is refused for what it has already.

import { allocateAddress } from '../../src/floating-ips.ts';
import { runInstance, startInstance, stopInstance, terminateInstance } from '../../src/instances.ts';
import { modifyVolume } from '../../src/modify.ts';
import { copySnapshot, createSnapshot } from '../../src/snapshots.ts';
import { copyVolume, createVolume } from '../../src/volumes.ts';
import { disk, type Rules, run, snapshot } from './case.ts';
import { reserved } from './reservations.ts';

export const quotaRules: Rules<
  | 'over-quota-instances'
  | 'over-quota-vcpus'
  | 'over-quota-volumes'
  | 'over-quota-snapshots'
  | 'over-quota-addresses'
> = {
  'over-quota-instances': [
    {
      when: 'the account has as many instances as it may',
      async ask(judge) {
        judge.world.state.quotas.instances = 1;
        judge.server();
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
    {
      when: 'the only instance that the account may have was terminated a moment ago',
      async ask(judge) {
        judge.world.state.quotas.instances = 1;
        const id = judge.server();
        await judge.done((world) => terminateInstance(world, id));
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
  ],
  'over-quota-vcpus': [
    {
      when: 'the running instances have as many vCPUs as they may',
      async ask(judge) {
        judge.world.state.quotas.vcpus = 3;
        judge.server();
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
    {
      when: 'a stopped instance starts and its vCPUs are in use elsewhere',
      async ask(judge) {
        judge.world.state.quotas.vcpus = 3;
        const id = judge.server();
        await judge.done((world) => stopInstance(world, id));
        await judge.done((world) => runInstance(world, run(judge), undefined));
        return judge.ask((world) => startInstance(world, id));
      },
    },
    {
      when: 'what is reserved and not used takes them all',
      async ask(judge) {
        judge.world.state.quotas.vcpus = 3;
        await reserved(judge);
        return judge.ask((world) => runInstance(world, run(judge), undefined));
      },
    },
  ],
  'over-quota-volumes': [
    {
      when: 'the account has as many volumes as it may',
      async ask(judge) {
        judge.world.state.quotas.volumes = 1;
        const volumeId = judge.volume();
        return judge.ask((world) => copyVolume(world, { name: 'copy', volumeId, tags: {} }, undefined));
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
      when: 'a volume grows over the GiB that the account may have',
      async ask(judge) {
        judge.world.state.quotas.volumeGiB = 15;
        const id = judge.volume();
        return judge.ask((world) => modifyVolume(world, id, { sizeGiB: 16 }));
      },
    },
  ],
  'over-quota-snapshots': [
    {
      when: 'the account has as many snapshots as it may',
      async ask(judge) {
        judge.world.state.quotas.snapshots = 0;
        return judge.ask((world) => createSnapshot(world, { name: 's', volumeId: judge.volume(), tags: {} }));
      },
    },
    {
      when: 'one more would be a copy',
      async ask(judge) {
        const snapshotId = await snapshot(judge);
        judge.world.state.quotas.snapshots = 1;
        return judge.ask((world) =>
          copySnapshot(world, { name: 'copy', fromRegion: 'here', snapshotId, tags: {} }),
        );
      },
    },
  ],
  'over-quota-addresses': [
    {
      when: 'the account has as many addresses as it may',
      async ask(judge) {
        judge.world.state.quotas.floatingIps = 0;
        return judge.ask((world) => allocateAddress(world, {}));
      },
    },
  ],
};
