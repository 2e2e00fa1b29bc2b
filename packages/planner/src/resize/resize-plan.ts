/** Turns facts and a target into the input of a resize in place. */

import type { Facts } from '../facts.ts';
import { acceptedOf, type RunOptions, servedOf } from '../move/move-plan.ts';
import type { Target } from '../target.ts';
import type { ResizeInput } from './resize-input.ts';

export function resizeInputOf(facts: Facts, target: Target, options: RunOptions): ResizeInput | undefined {
  const served = servedOf(facts, target, options);
  if (served === undefined || !facts.source.known || !facts.traits.known) return undefined;
  const { instanceType, zone } = facts.source.value;
  const way = facts.traits.value.resizeKeptUntilConfirmed ? 'kept' : 'stopped';
  return {
    ...served,
    fromType: instanceType,
    toType: target.instanceType,
    way,
    ...(way === 'kept' ? { confirm: 'later' as const } : capacityOf(facts, target, zone, options)),
  };
}

function capacityOf(
  { reservations, traits }: Facts,
  { instanceType }: Target,
  zone: string,
  options: RunOptions,
): Pick<ResizeInput, 'capacity'> {
  if (traits.known && !traits.value.stopMayLoseCapacity) {
    return {
      capacity: { acceptedBy: 'the plan', reason: 'a stopped server of this cloud keeps its hardware' },
    };
  }
  const held = reservations.known
    ? reservations.value.find(
        (each) =>
          each.state === 'active' &&
          each.instanceType === instanceType &&
          each.zone === zone &&
          each.free > 0,
      )
    : undefined;
  if (held !== undefined) return { capacity: { reservationId: held.id } };
  const taken = acceptedOf(options, 'capacity-kept');
  return taken === undefined ? {} : { capacity: { acceptedBy: taken.by, reason: taken.reason } };
}
