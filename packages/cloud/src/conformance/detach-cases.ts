import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A detach ends one attachment, the named one, and only says so when the volume does. Nothing is ever forced. */
export const detachCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '29',
      group: 'detach',
      title: 'a detach ends with an available volume and no attachment',
      traits: ['detach-while-running'],
    },
    async (bench) => {
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      const pairing = { volumeId, instanceId: instance.id };
      const volume = await bench.must(bench.cloud.volumes.detach(pairing, bench.call('detach')));
      check(volume.state === 'available', `It is ${volume.state}.`);
      check(volume.attachments.length === 0, 'It still has an attachment.');
    },
  ),
  conformanceCase(
    { id: '30', group: 'detach', title: 'a detach of a volume that is not attached is fine' },
    async (bench) => {
      const [instance, volume] = [await bench.instance('server'), await bench.volume('data')];
      const pairing = { volumeId: volume.id, instanceId: instance.id };
      const detached = await bench.must(bench.cloud.volumes.detach(pairing, bench.call('detach')));
      check(detached.state === 'available', `It is ${detached.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '32',
      group: 'detach',
      title: 'reads that still say attached after the detach are waited over',
      traits: ['detach-while-running'],
      levers: ['staleReads'],
    },
    async (bench) => {
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      bench.lever('staleReads')(volumeId, 3);
      const pairing = { volumeId, instanceId: instance.id };
      const volume = await bench.must(bench.cloud.volumes.detach(pairing, bench.call('detach')));
      check(volume.state === 'available' && volume.attachments.length === 0, `It is ${volume.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '33',
      group: 'detach',
      title: 'a disk that the guest holds is busy and stays attached; let go of, it comes off',
      traits: ['detach-while-running'],
      levers: ['holdDisk'],
    },
    async (bench) => {
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      const release = bench.lever('holdDisk')(volumeId);
      const pairing = { volumeId, instanceId: instance.id };
      const timeoutMs = Math.min(5_000, bench.subject.patienceMs);
      const held = bench.cloud.volumes.detach(pairing, bench.call('detach', { timeoutMs }));
      const error = await bench.mustFail(held, 'busy');
      check(error.lastState !== undefined, 'The error does not say in what state the disk was.');
      const { attachments } = await bench.must(bench.cloud.volumes.get(volumeId));
      check(attachments.length === 1, 'The attachment is gone although the guest held the disk.');
      release();
      const volume = await bench.must(bench.cloud.volumes.detach(pairing, bench.call('detach')));
      check(volume.state === 'available', `Then it is ${volume.state}.`);
    },
  ),
  conformanceCase(
    { id: '35', group: 'detach', title: 'a detach from one instance never touches an attachment to another' },
    async (bench) => {
      const [before, now] = [await bench.instance('before'), await bench.instance('now')];
      const { id: volumeId } = await bench.attached('data', now);
      await bench.must(bench.cloud.volumes.detach({ volumeId, instanceId: before.id }, bench.call('late')));
      const { attachments } = await bench.must(bench.cloud.volumes.get(volumeId));
      check(
        attachments.length === 1 &&
          attachments[0]?.instanceId === now.id &&
          attachments[0].state === 'attached',
        'The attachment to the other instance was touched.',
      );
    },
  ),
  conformanceCase(
    { id: '37', group: 'detach', title: 'the root volume of a running instance is refused as invalid' },
    async (bench) => {
      const instance = await bench.instance('server');
      const root = instance.volumes.find(({ isRoot }) => isRoot);
      // An instance may have its root on a disk that is no volume: then there is nothing to refuse.
      if (root === undefined) return;
      const pairing = { volumeId: root.volumeId, instanceId: instance.id };
      await bench.mustFail(bench.cloud.volumes.detach(pairing, bench.call('detach')), 'invalid');
      const read = await bench.must(bench.cloud.volumes.get(root.volumeId));
      check(
        read.attachments.some(({ state }) => state === 'attached'),
        'The root volume came off.',
      );
    },
  ),
];
