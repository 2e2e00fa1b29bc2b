// One case of a rule: the world in which it is asked for, and the request that must be refused.

import type { Result } from 'neverthrow';
import { attachVolume } from '../../src/attachments.ts';
import { allocateAddress, moveAddress } from '../../src/floating-ips.ts';
import type { RunRequest } from '../../src/instances.ts';
import type { Refusal, RefusalRule } from '../../src/refusal.ts';
import { createSnapshot } from '../../src/snapshots.ts';
import type { Family } from '../../src/traits.ts';
import type { CreateVolumeRequest } from '../../src/volumes.ts';
import type { Judge } from '../judge.ts';

interface Case {
  /** Where the rule is asked for; EC2 where absent. */
  readonly family?: Family;
  readonly when: string;
  readonly ask: (judge: Judge) => Promise<Result<unknown, Refusal>>;
}

export type Rules<R extends RefusalRule> = Readonly<Record<R, readonly Case[]>>;

/** Ids that EC2 might have given, and did not. */
export const missing = {
  instance: 'i-0c0ffee0000000000',
  volume: 'vol-0c0ffee0000000000',
  snapshot: 'snap-0c0ffee0000000000',
  image: 'ami-0c0ffee0000000000',
  address: 'eipalloc-0c0ffee0000000000',
  reservation: 'cr-0c0ffee0000000000',
} as const;

export function run(judge: Judge, more: Partial<RunRequest> = {}): RunRequest {
  return { name: 'web', zone: 'a', instanceType: 'small', imageId: judge.imageId, tags: {}, ...more };
}

export function disk(more: Partial<CreateVolumeRequest> = {}): CreateVolumeRequest {
  return { name: 'data', zone: 'a', sizeGiB: 10, diskType: 'ssd', tags: {}, ...more };
}

export interface Pair {
  readonly volumeId: string;
  readonly instanceId: string;
}

/** A volume on a running server. */
export async function attached(judge: Judge): Promise<Pair> {
  const pairing = { volumeId: judge.volume(), instanceId: judge.server() };
  await judge.done((world) => attachVolume(world, pairing));
  return pairing;
}

/** A snapshot of a new volume, ready to be used. */
export function snapshot(judge: Judge): Promise<string> {
  const volumeId = judge.volume();
  return judge.done((world) => createSnapshot(world, { name: 's', volumeId, tags: {} }));
}

/** An address on a running server. */
export async function bound(
  judge: Judge,
): Promise<{ readonly addressId: string; readonly instanceId: string }> {
  const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
  const instanceId = judge.server();
  await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
  return { addressId, instanceId };
}
