import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** An attach meets instances and volumes in every state, and transitions that do not end as they should. */
export const attachStateCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '21',
      group: 'attach',
      title:
        'an attach waits for a pending instance or calls it busy, works on a stopped one, not on one gone',
    },
    async (bench) => {
      const { volumes, instances } = bench.cloud;
      const { id: volumeId } = await bench.volume('data');
      let isOver = false;
      const creation = bench.instance('server').finally(() => {
        isOver = true;
      });
      let pendingId: string | undefined;
      const listed = bench.eventually('the instance is listed', async () => {
        pendingId = (await bench.livingInstances())[0]?.id;
        return isOver || pendingId !== undefined;
      });
      await Promise.race([creation, listed]);
      // Where it runs before any list has shown it, there was nothing to be early for.
      const earlyId = pendingId ?? (await creation).id;
      const early = await bench.ended(volumes.attach({ volumeId, instanceId: earlyId }, bench.call('early')));
      const { id: instanceId } = await creation;
      const pairing = { volumeId, instanceId };
      if (early.isErr()) {
        const { kind, applied } = early.error;
        check(kind === 'busy', `To a pending instance it failed as ${kind}.`);
        check(applied === 'no', `Refused by a pending instance, it says applied ${applied}.`);
        await bench.must(volumes.attach(pairing, bench.call('later')));
      }
      await bench.must(instances.stop(instanceId, bench.call('stop')));
      await bench.must(volumes.detach(pairing, bench.call('off')));
      const { state } = await bench.must(volumes.attach(pairing, bench.call('stopped')));
      check(state === 'attached', `To a stopped instance it is ${state}.`);
      await bench.must(volumes.detach(pairing, bench.call('off-again')));
      await bench.must(instances.delete(instanceId, bench.call('delete')));
      await bench.mustFail(volumes.attach(pairing, bench.call('gone')), 'not-found', 'invalid');
      const read = await bench.must(volumes.get(volumeId));
      check(read.state === 'available', `In the end the volume is ${read.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '22',
      group: 'attach',
      title: 'a device name that turns out to be taken is left alone, and another one is used',
      traits: ['device-names'],
      levers: ['takeDeviceName'],
    },
    async (bench) => {
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      bench.lever('takeDeviceName')(instanceId);
      const pairing = { volumeId, instanceId };
      const { state } = await bench.must(bench.cloud.volumes.attach(pairing, bench.call('attach')));
      check(state === 'attached', `It is ${state}.`);
    },
  ),
  conformanceCase(
    {
      id: '23',
      group: 'attach',
      title: 'an attach that is stuck ends with an error that names the state, and works once it can',
      levers: ['stickVolume'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const pairing = { volumeId, instanceId };
      const release = bench.atLast(bench.lever('stickVolume')(volumeId));
      const timeoutMs = Math.min(5_000, bench.subject.patienceMs);
      const stuck = bench.mustFail(
        volumes.attach(pairing, bench.call('attach', { timeoutMs })),
        'timeout',
        'failed',
      );
      const { value: error, tookMs } = await bench.timed(stuck);
      check(tookMs <= timeoutMs + 1_000, `It took ${tookMs} ms, and had ${timeoutMs} ms.`);
      check(error.lastState !== undefined, 'The error does not say in what state the volume was.');
      const { state } = await bench.must(volumes.get(volumeId));
      check(
        error.applied === 'unknown' || state === 'available',
        `It says applied ${error.applied}, and the volume is ${state}.`,
      );
      const stop = new AbortController();
      const waiting = volumes.attach(pairing, bench.call('attach', { signal: stop.signal }));
      await bench.pause(1_000);
      stop.abort();
      const ended = await bench.timed(bench.ended(waiting));
      check(ended.tookMs <= 1_000, `Cancelled, it took ${ended.tookMs} ms to stop.`);
      check(ended.value.isErr(), 'It says that it is attached, and it was stuck.');
      await release();
      const attachment = await bench.must(volumes.attach(pairing, bench.call('attach')));
      check(attachment.state === 'attached', `Then it is ${attachment.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '24',
      group: 'attach',
      title: 'an attach that was accepted and fell back has failed, long before the time is up',
      levers: ['failAttach'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const pairing = { volumeId, instanceId };
      bench.lever('failAttach')(volumeId);
      const failed = bench.mustFail(volumes.attach(pairing, bench.call('attach')), 'failed');
      const { value: error, tookMs } = await bench.timed(failed);
      check(tookMs < bench.subject.patienceMs, 'It was noticed only when the time was up.');
      check(error.applied !== 'yes', 'It says that the volume was attached.');
      const { state, attachments } = await bench.must(volumes.get(volumeId));
      check(state === 'available' && attachments.length === 0, `The volume is ${state}.`);
      const attachment = await bench.must(volumes.attach(pairing, bench.call('again')));
      check(attachment.state === 'attached', `The next try is ${attachment.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '25',
      group: 'attach',
      title:
        'an attach, a detach or a move whose answer was lost is done, at the latest by the same call again',
      levers: ['loseReply'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const pairing = { volumeId, instanceId };
      bench.lever('loseReply')('volumes.attach');
      const first = await bench.ended(volumes.attach(pairing, bench.call('attach')));
      if (first.isErr()) {
        check(
          first.error.applied !== 'no',
          `The error says that nothing happened: ${first.error.kind}, ${first.error.message}`,
        );
      }
      const attachment = await bench.must(volumes.attach(pairing, bench.call('attach')));
      check(attachment.state === 'attached', `It is ${attachment.state}.`);
      const { attachments } = await bench.must(volumes.get(volumeId));
      check(
        attachments.length === 1 && attachments[0]?.instanceId === instanceId,
        `It has ${attachments.length} attachments.`,
      );
      if (!bench.has('detach-while-running')) return;
      bench.lever('loseReply')('volumes.detach');
      const off = await bench.ended(volumes.detach(pairing, bench.call('detach')));
      check(off.isOk() || off.error.applied !== 'no', 'Of a detach it says that nothing happened.');
      const volume = await bench.must(volumes.detach(pairing, bench.call('detach')));
      check(volume.state === 'available', `Detached, it is ${volume.state}.`);
      if (!bench.has('floating-ips')) return;
      const { floatingIps } = bench.cloud;
      const { id } = await bench.floatingIp('address');
      const way = { from: undefined, to: instanceId };
      bench.lever('loseReply')('floatingIps.move');
      const moved = await bench.ended(floatingIps.move(id, way, bench.call('move')));
      check(moved.isOk() || moved.error.applied !== 'no', 'Of a move it says that nothing happened.');
      const bound = await bench.must(floatingIps.move(id, way, bench.call('move')));
      check(bound.instanceId === instanceId, `It is bound to ${bound.instanceId ?? 'nothing'}.`);
    },
  ),
  conformanceCase(
    {
      id: '26',
      group: 'attach',
      title: 'an instance that takes no more volumes is a quota, asked once, and the volume stays available',
      levers: ['refuse'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { calls } = bench.subject.levers;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const pairing = { volumeId, instanceId };
      const before = calls?.('volumes.attach') ?? 0;
      bench.lever('refuse')('volumes.attach', 'quota', 1);
      const error = await bench.mustFail(volumes.attach(pairing, bench.call('attach')), 'quota');
      const asked = (calls?.('volumes.attach') ?? 1) - before;
      check(calls === undefined || asked === 1, `The provider was asked ${asked} times.`);
      check(error.applied === 'no', `It says applied ${error.applied}.`);
      const { state, attachments } = await bench.must(volumes.get(volumeId));
      check(state === 'available' && attachments.length === 0, `The volume is ${state}.`);
      await bench.must(volumes.attach(pairing, bench.call('again')));
    },
  ),
];
