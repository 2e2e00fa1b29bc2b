import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import type { VolumeId } from '../ref.ts';
import type { Bench } from './bench.ts';
import { check } from './check.ts';

/**
 * Absence is not evidence: whoever was not let to look, or got no answer that can be read, must not say that there is
 * nothing.
 */

/** Under a signal that has fired already, reads and changes end as cancelled, a list too. */
export async function cancelledBeforehand(bench: Bench, signal: AbortSignal): Promise<void> {
  const { volumes } = bench.cloud;
  const { volumeId, instanceId } = bench.subject.missing;
  const pairing = { volumeId, instanceId };
  const calls = [
    volumes.get(volumeId, { signal }),
    volumes.find(bench.call('none').key, { signal }),
    volumes.attach(pairing, bench.call('attach', { signal })),
    volumes.detach(pairing, bench.call('detach', { signal })),
    volumes.delete(volumeId, bench.call('delete', { signal })),
  ];
  for (const call of calls) {
    const { operation, applied } = await bench.mustFail(call, 'cancelled');
    check(applied === 'no', `Cancelled beforehand, ${operation} says applied ${applied}.`);
  }
  const listed: string[] = [];
  for await (const one of volumes.list({ tags: bench.tags }, { signal })) {
    listed.push(one.isErr() ? one.error.kind : one.value.id);
  }
  check(listed.join() === 'cancelled', `Cancelled beforehand, it lists ${listed.join() || 'nothing'}.`);
}

/** While volumes cannot be read, one that is there is neither missing under its key nor left out of a list. */
export async function unreadable(bench: Bench, id: VolumeId, timeoutMs: number): Promise<void> {
  const { volumes } = bench.cloud;
  const found = await bench.ended(volumes.find(bench.call('data').key, { timeoutMs }));
  check(found.isErr() || found.value?.id === id, 'What could not be read counts as not there.');
  const seen: boolean[] = [];
  for await (const one of volumes.list({ tags: bench.tags }, { timeoutMs })) {
    seen.push(one.isErr() || one.value.id === id);
  }
  check(seen.includes(true), 'A list that could not be read looks whole.');
}

/** What each verb says of a resource that is not there, by the name of the verb. */
export async function errorsOfNothing(bench: Bench): Promise<readonly (readonly [string, CloudError])[]> {
  const { volumes, instances, floatingIps, snapshots } = bench.cloud;
  const { volumeId, instanceId, floatingIpId, snapshotId } = bench.subject.missing;
  const asked: readonly (readonly [string, CloudResult<unknown>])[] = [
    ['volumes.get', volumes.get(volumeId)],
    ['instances.get', instances.get(instanceId)],
    ['instances.stop', instances.stop(instanceId, bench.call('stop'))],
    ['volumes.attach', volumes.attach({ volumeId, instanceId }, bench.call('attach'))],
    ...(bench.has('floating-ips') ? [['floatingIps.get', floatingIps.get(floatingIpId)] as const] : []),
    ...(bench.has('snapshots') ? [['snapshots.get', snapshots.get(snapshotId)] as const] : []),
  ];
  return Promise.all(
    asked.map(async ([operation, call]) => [operation, await bench.mustFail(call, 'not-found')] as const),
  );
}
