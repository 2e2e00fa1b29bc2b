import type { Call, CloudResult } from '../call.ts';
import type { Instance } from '../instance.ts';
import type { StorageVolume } from '../volume.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** What a call does for a caller who has been replaced: nothing. */
export const stillOursCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '68',
      group: 'plumbing',
      title: 'a call that its caller may no longer make changes nothing, and says so',
    },
    async (bench) => {
      const { instances, volumes } = bench.cloud;
      const server = await bench.instance('server');
      const data = await bench.attached('data', server);
      const spare = await bench.volume('spare');
      for (const ask of refusedOf(bench, { server, data, spare })) {
        const { operation, applied } = await bench.mustFail(ask(), 'cancelled');
        check(applied === 'no', `Replaced beforehand, ${operation} says applied ${applied}.`);
      }
      const now = await bench.must(instances.get(server.id));
      check(now.state === 'running' && now.name === server.name, `${now.name} is ${now.state} now.`);
      const { attachments } = await bench.must(volumes.get(data.id));
      check(attachments[0]?.instanceId === server.id, 'A disk was taken off.');
      const { state, sizeGiB } = await bench.must(volumes.get(spare.id));
      check(state === 'available' && sizeGiB === spare.sizeGiB, `The other is ${state}, of ${sizeGiB} GiB.`);
      await nothingNew(bench);

      const timeoutMs = Math.min(3_000, bench.subject.patienceMs);
      const silent = bench.call('silent', { timeoutMs, stillOurs: () => new Promise(() => undefined) });
      const asked = bench.mustFail(volumes.delete(spare.id, silent), 'timeout');
      const { value: error, tookMs } = await bench.timed(asked);
      check(error.applied === 'no', `Without an answer it says applied ${error.applied}.`);
      check(tookMs <= timeoutMs + 1_000, `It took ${tookMs} ms, and had ${timeoutMs} ms.`);
      const there = await bench.must(volumes.get(spare.id));
      check(there.state === 'available', `Without an answer it was deleted: it is ${there.state}.`);

      const ours = bench.call('delete', { stillOurs: async () => true });
      await bench.must(volumes.delete(spare.id, ours));
      const left = await bench.must(volumes.find(bench.call('spare').key));
      check(left === undefined, 'Its caller might still delete it, and it is there.');
    },
  ),
];

interface Scene {
  readonly server: Instance;
  /** Attached to it. */
  readonly data: StorageVolume;
  /** Attached to nothing. */
  readonly spare: StorageVolume;
}

/** Calls of all kinds, made by one who has been replaced. */
function refusedOf(
  bench: Bench,
  { server: { id: instanceId }, data, spare }: Scene,
): readonly (() => CloudResult<unknown>)[] {
  const { instances, volumes, snapshots, floatingIps } = bench.cloud;
  const { tags } = bench;
  const replaced = (part: string): Call => bench.call(part, { stillOurs: async () => false });
  const detach = (): CloudResult<unknown> =>
    volumes.detach({ volumeId: data.id, instanceId }, replaced('detach'));
  const picture = { name: 'conformance', volumeId: spare.id, tags };
  return [
    () => volumes.create(bench.volumeSpec(), replaced('volume')),
    () => volumes.attach({ volumeId: spare.id, instanceId }, replaced('attach')),
    ...(bench.has('detach-while-running') ? [detach] : []),
    () => volumes.modify(spare.id, { sizeGiB: spare.sizeGiB + 1 }, replaced('grow')),
    () => volumes.delete(spare.id, replaced('delete')),
    () => instances.create(bench.instanceSpec(), replaced('instance')),
    () => instances.rename(instanceId, 'conformance, renamed', replaced('rename')),
    () => instances.stop(instanceId, replaced('stop')),
    () => instances.delete(instanceId, replaced('delete-instance')),
    ...(bench.has('snapshots') ? [() => snapshots.create(picture, replaced('snapshot'))] : []),
    ...(bench.has('floating-ips') ? [() => floatingIps.create({ tags }, replaced('address'))] : []),
  ];
}

/** Nothing of what was refused is found under its key. */
async function nothingNew(bench: Bench): Promise<void> {
  const { instances, volumes, snapshots, floatingIps } = bench.cloud;
  const key = (part: string): string => bench.call(part).key;
  const found = [
    await bench.must(volumes.find(key('volume'))),
    await bench.must(instances.find(key('instance'))),
    bench.has('snapshots') ? await bench.must(snapshots.find(key('snapshot'))) : undefined,
    bench.has('floating-ips') ? await bench.must(floatingIps.find(key('address'))) : undefined,
  ];
  const made = found.find((one) => one !== undefined);
  check(made === undefined, `${made?.id} was made.`);
}
