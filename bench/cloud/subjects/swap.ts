/**
 * A swap over the `Cloud` port, and many of them at once.
 */

import type { Cloud, CloudError } from '@belay/cloud';
import type { Result } from 'neverthrow';
import type { Pair } from '../scene.ts';
import { type Watch, type Watched, watch } from '../watch.ts';
import type { Trial } from './subject.ts';

export async function runSwaps(cloud: Cloud, pairs: readonly Pair[], watched: Watched): Promise<Trial> {
  const onlooker = watch(watched);
  const beganMs = onlooker.nowMs();
  await Promise.all(pairs.map((pair) => swap(pair, cloud, onlooker)));
  const seconds = (onlooker.nowMs() - beganMs) / 1_000;
  return { swaps: pairs.length, seconds, ...onlooker.seen() };
}

async function swap(pair: Pair, cloud: Cloud, { noticed }: Watch): Promise<void> {
  const { name, sourceId, volumeId, zone, instanceType, imageId } = pair;
  const spec = { name: `${name}-new`, zone, instanceType, imageId };
  const target = must(await cloud.instances.create(spec, { key: `${name}/launch` }));
  noticed('instance-running', target.id);
  must(await cloud.volumes.detach({ volumeId, instanceId: sourceId }, { key: `${name}/detach` }));
  noticed('volume-available', volumeId);
  must(await cloud.volumes.attach({ volumeId, instanceId: target.id }, { key: `${name}/attach` }));
  noticed('volume-attached', volumeId);
}

/** The value; a bench has nothing to measure where a swap fails. */
export function must<T>(result: Result<T, CloudError>): T {
  if (result.isErr()) throw new Error(`A swap failed: ${result.error.message}`);
  return result.value;
}
