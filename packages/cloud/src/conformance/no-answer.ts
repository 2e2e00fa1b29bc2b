import type { Result } from 'neverthrow';
import type { CloudResult, ReadOptions } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import type { VolumeId } from '../ref.ts';
import type { Bench } from './bench.ts';
import { check } from './check.ts';
import type { LeverOperation } from './lever.ts';

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
  const volume: Unreadable = {
    operation: 'volumes.get',
    id,
    find: (options) => volumes.find(bench.call('data').key, options),
    list: (options) => volumes.list({ tags: bench.tags }, options),
  };
  await isNotDenied(bench, volume, timeoutMs);
}

/** While they cannot be read, an instance, a snapshot and an address that are there are not denied either. */
export async function othersUnreadable(bench: Bench, timeoutMs: number): Promise<void> {
  const { instances, snapshots, floatingIps } = bench.cloud;
  const { tags } = bench;
  const key = (part: string): string => bench.call(part).key;
  const kinds: Unreadable[] = [
    {
      operation: 'instances.get',
      id: (await bench.instance('server')).id,
      find: (options) => instances.find(key('server'), options),
      list: (options) => instances.list({ tags }, options),
    },
  ];
  if (bench.has('snapshots')) {
    const { id } = await bench.snapshot('picture', (await bench.volume('data')).id);
    kinds.push({
      operation: 'snapshots.get',
      id,
      find: (options) => snapshots.find(key('picture'), options),
      list: (options) => snapshots.list({ tags }, options),
    });
  }
  if (bench.has('floating-ips')) {
    kinds.push({
      operation: 'floatingIps.get',
      id: (await bench.floatingIp('address')).id,
      find: (options) => floatingIps.find(key('address'), options),
      list: (options) => floatingIps.list({ tags }, options),
    });
  }
  for (const { operation } of kinds) bench.lever('refuse')(operation, 'html', 1_000);
  await Promise.all(kinds.map((kind) => isNotDenied(bench, kind, timeoutMs)));
  bench.lever('calm')();
}

/** One kind of resource that is there and cannot be read. */
interface Unreadable {
  readonly operation: LeverOperation;
  readonly id: string;
  find(options: ReadOptions): CloudResult<{ readonly id: string } | undefined>;
  list(options: ReadOptions): AsyncIterable<Result<{ readonly id: string }, CloudError>>;
}

async function isNotDenied(
  bench: Bench,
  { operation, id, find, list }: Unreadable,
  timeoutMs: number,
): Promise<void> {
  const found = await bench.ended(find({ timeoutMs }));
  check(
    found.isErr() || found.value?.id === id,
    `${operation} cannot be answered, and its find says that there is nothing.`,
  );
  const seen: boolean[] = [];
  for await (const one of list({ timeoutMs })) seen.push(one.isErr() || one.value.id === id);
  check(seen.includes(true), `${operation} cannot be answered, and its list looks whole.`);
}

/** What each verb says of a resource that is not there, by the name of the verb. */
export async function errorsOfNothing(bench: Bench): Promise<readonly (readonly [string, CloudError])[]> {
  const { volumes, instances, floatingIps, snapshots, images } = bench.cloud;
  const { volumeId, instanceId, floatingIpId, snapshotId, imageId } = bench.subject.missing;
  const asked: readonly (readonly [string, CloudResult<unknown>])[] = [
    ['volumes.get', volumes.get(volumeId)],
    ['instances.get', instances.get(instanceId)],
    ['instances.stop', instances.stop(instanceId, bench.call('stop'))],
    ['images.get', images.get(imageId)],
    ['volumes.attach', volumes.attach({ volumeId, instanceId }, bench.call('attach'))],
    ...(bench.has('floating-ips') ? [['floatingIps.get', floatingIps.get(floatingIpId)] as const] : []),
    ...(bench.has('snapshots') ? [['snapshots.get', snapshots.get(snapshotId)] as const] : []),
  ];
  return Promise.all(
    asked.map(async ([operation, call]) => [operation, await bench.mustFail(call, 'not-found')] as const),
  );
}
