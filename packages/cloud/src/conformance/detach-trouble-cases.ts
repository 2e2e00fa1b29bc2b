import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A detach that goes wrong on its way says so, and never takes off more or otherwise than it was asked. */
export const detachTroubleCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '31',
      group: 'detach',
      title: 'a volume or an instance that is gone counts as detached only where it is proved',
    },
    async (bench) => {
      const { volumes, instances } = bench.cloud;
      const { missing } = bench.subject;
      const { id: instanceId } = await bench.instance('server');
      const noVolume = { volumeId: missing.volumeId, instanceId };
      // There is no volume that could be given back: it is not found, and nothing was done to it.
      const error = await bench.mustFail(volumes.detach(noVolume, bench.call('no-volume')), 'not-found');
      check(error.resourceId === missing.volumeId, `It names ${error.resourceId ?? 'nothing'}.`);
      check(error.applied === 'no', `Of a volume that is not there it says applied ${error.applied}.`);

      const server = await bench.must(instances.get(instanceId));
      const { id: volumeId } = await bench.attached('data', server);
      const elsewhere = await bench.ended(
        volumes.detach({ volumeId, instanceId: missing.instanceId }, bench.call('no-instance')),
      );
      check(
        elsewhere.isOk() || elsewhere.error.kind === 'not-found',
        'A missing instance is another matter than that.',
      );
      const { attachments } = await bench.must(volumes.get(volumeId));
      check(
        attachments.length === 1 && attachments[0]?.instanceId === instanceId,
        'The attachment to another instance was touched.',
      );

      await bench.must(instances.delete(instanceId, bench.call('delete')));
      const volume = await bench.must(volumes.detach({ volumeId, instanceId }, bench.call('gone')));
      check(
        volume.state === 'available' && volume.attachments.length === 0,
        `With its instance gone the volume is ${volume.state}.`,
      );
    },
  ),
  conformanceCase(
    {
      id: '34',
      group: 'detach',
      title: 'a detach that is rolled back has failed or is busy at once, and the volume stays in use',
      traits: ['detach-while-running'],
      levers: ['rollBackDetach'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      const pairing = { volumeId, instanceId: instance.id };
      bench.lever('rollBackDetach')(volumeId);
      const failed = bench.mustFail(volumes.detach(pairing, bench.call('detach')), 'failed', 'busy');
      const { value: error, tookMs } = await bench.timed(failed);
      check(tookMs < bench.subject.patienceMs, 'It was noticed only when the time was up.');
      check(error.lastState !== undefined, 'The error does not say in what state the volume was.');
      const { state, attachments } = await bench.must(volumes.get(volumeId));
      check(state === 'in-use' && attachments.length === 1, `The volume is ${state}.`);
      const volume = await bench.must(volumes.detach(pairing, bench.call('again')));
      check(volume.state === 'available', `After the next try it is ${volume.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '36',
      group: 'detach',
      title: 'however often it is asked, a disk that the guest holds is never taken by force',
      traits: ['detach-while-running'],
      levers: ['holdDisk'],
    },
    async (bench) => {
      const { volumes, instances } = bench.cloud;
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      const pairing = { volumeId, instanceId: instance.id };
      const release = bench.atLast(bench.lever('holdDisk')(volumeId));
      const timeoutMs = Math.min(5_000, bench.subject.patienceMs);
      for (const part of ['first', 'second', 'third']) {
        await bench.mustFail(volumes.detach(pairing, bench.call(part, { timeoutMs })), 'busy', 'timeout');
        const { attachments } = await bench.must(volumes.get(volumeId));
        check(
          attachments.length === 1 && attachments[0]?.instanceId === instance.id,
          `After the ${part} detach the disk was taken from the guest that held it.`,
        );
      }
      const { state } = await bench.must(instances.get(instance.id));
      check(state === 'running', `The instance is ${state}.`);
      await release();
      const volume = await bench.must(volumes.detach(pairing, bench.call('at-last')));
      check(volume.state === 'available', `Let go of, it is ${volume.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '38',
      group: 'detach',
      title: 'a detach that arrives a second time, late, leaves the attachment to the next instance alone',
      traits: ['detach-while-running'],
      levers: ['replay'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const [before, now] = [await bench.instance('before'), await bench.instance('now')];
      const { id: volumeId } = await bench.attached('data', before);
      await bench.must(volumes.detach({ volumeId, instanceId: before.id }, bench.call('detach')));
      await bench.must(volumes.attach({ volumeId, instanceId: now.id }, bench.call('attach')));
      await bench.lever('replay')('volumes.detach');
      await bench.pause(1_000);
      const { state, attachments } = await bench.must(volumes.get(volumeId));
      check(
        state === 'in-use' &&
          attachments.length === 1 &&
          attachments[0]?.instanceId === now.id &&
          attachments[0].state === 'attached',
        'The attachment to the next instance was touched.',
      );
    },
  ),
  conformanceCase(
    {
      id: '39',
      group: 'detach',
      title: 'a detach from an instance whose host is down ends with an error in time, and works afterwards',
      traits: ['detach-while-running'],
      levers: ['hangHost'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const instance = await bench.instance('server');
      const { id: volumeId } = await bench.attached('data', instance);
      const pairing = { volumeId, instanceId: instance.id };
      const release = bench.atLast(bench.lever('hangHost')(instance.id));
      const timeoutMs = Math.min(5_000, bench.subject.patienceMs);
      const down = bench.mustFail(
        volumes.detach(pairing, bench.call('detach', { timeoutMs })),
        'busy',
        'failed',
        'timeout',
        'transient',
      );
      const { value: error, tookMs } = await bench.timed(down);
      check(tookMs <= timeoutMs + 1_000, `It took ${tookMs} ms, and had ${timeoutMs} ms.`);
      check(error.applied !== 'yes', 'It says that the volume was detached.');
      const { attachments } = await bench.must(volumes.get(volumeId));
      check(attachments.length === 1, 'The volume lost its attachment to a host that does not answer.');
      await release();
      await bench.eventually('the detach works', async () =>
        (await bench.ended(volumes.detach(pairing, bench.call('detach')))).isOk(),
      );
    },
  ),
];
