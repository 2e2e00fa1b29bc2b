/** The part of an input that all runs share, out of facts and a target. */

import { type InstanceSpec, samePlace } from '@belay/cloud';
import type { Downtime } from '../downtime.ts';
import type { Facts } from '../facts.ts';
import type { GateInput } from '../gate/gate-input.ts';
import type { Fix, GuardResult } from '../guards.ts';
import type { Parameters } from '../parameters.ts';
import type { TtlInput } from '../route/lower-ttl.ts';
import type { AnySlots } from '../slots.ts';
import type { Target } from '../target.ts';
import type { MoveInput, ServedInput } from './move-input.ts';

/** What a plan allows and asks for. */
export interface RunOptions {
  readonly fixes: readonly Fix[];
  /** What the guards said: a risk that somebody took is part of the input. */
  readonly guards: readonly GuardResult[];
  readonly downtime: Downtime | undefined;
  readonly parameters: Parameters;
  readonly budgetSeconds?: number | undefined;
  /** Another one for each plan: what is chosen beforehand, such as the UUID of a filesystem, is drawn from it. */
  readonly seed: string;
  /** Wait for a person's word before anything is stopped. */
  readonly hold?: boolean | undefined;
  /** What the gates of the run are told. */
  readonly gate?: GateInput | undefined;
  /** Names that are made quick to follow before the window. */
  readonly ttl?: TtlInput | undefined;
  /** Steps of one's own that take part. */
  readonly slots?: AnySlots | undefined;
}

/** `undefined` where a fact is missing that every input needs: no feasible strategy lacks one. */
export function servedOf(facts: Facts, target: Target, options: RunOptions): ServedInput | undefined {
  const { workload, source } = facts;
  if (!source.known) return undefined;
  const { instance, volumeId, mountPoint, filesystemUuid, moreVolumes = [] } = workload;
  const isHere = samePlace(instance, target.at);
  const { provider, account, region } = instance;
  return {
    at: target.at,
    source: {
      id: instance.id,
      name: source.value.name,
      ...(!isHere && { at: { provider, account, region } }),
    },
    volume: { id: volumeId, mountPoint, filesystemUuid },
    ...(moreVolumes.length > 0 && {
      moreVolumes: moreVolumes.map(({ volumeId: id, ...where }) => ({ id, ...where })),
    }),
    services: workload.services,
    probe: workload.probe,
    // An address does not leave its cloud: it stays where it is, and names lead to the target.
    floatingIps: isHere ? workload.floatingIps : [],
    names: workload.names,
    ...(workload.guestAddresses !== undefined && { guestAddresses: workload.guestAddresses }),
    ...(workload.addressServices !== undefined && { addressServices: workload.addressServices }),
    ...(workload.reverse !== undefined && { reverse: workload.reverse }),
    ...(workload.frontEnds !== undefined && { frontEnds: workload.frontEnds }),
    ...(workload.allowLists !== undefined && { allowLists: workload.allowLists }),
    ...(acceptedOf(options, 'source-serves') !== undefined && { sourceMustServe: false }),
    ...(options.hold === true && { hold: true }),
    ...(options.ttl !== undefined && { ttl: options.ttl }),
    ...(options.gate !== undefined && { gate: options.gate }),
    ...(options.slots !== undefined && { slots: options.slots.name }),
  };
}

/** The same with a target. */
export function moveOf(
  facts: Facts,
  target: Target,
  zones: readonly string[],
  options: RunOptions,
): MoveInput | undefined {
  const served = servedOf(facts, target, options);
  return served && { ...served, zones, target: serverOf(target) };
}

/** Who took the risk that this guard stands for, if anybody did. */
export function acceptedOf({ guards }: RunOptions, name: string): GuardResult['accepted'] {
  return guards.find((guard) => guard.name === name && guard.decision === 'RISK ACCEPTED')?.accepted;
}

/** The server that is wanted, without its zone: a move may try several. */
export function serverOf({
  at: _,
  zones: __,
  diskType: ___,
  sizeGiB: ____,
  carries: _____,
  product: ______,
  ...spec
}: Target): Omit<InstanceSpec, 'zone'> {
  return spec;
}
