// What must never be, in a sentence each, whatever the callers of a storm do.

import type { InstanceRecord, ReservationRecord, WorldView } from '../../src/index.ts';

/** All the machines that there are. */
export const stock = { small: { a: 4, b: 3 }, large: { a: 2, b: 2 } } as const;

/** Tight enough to be met. */
export const quotas = {
  instances: 7,
  volumes: 9,
  volumeGiB: 40,
  snapshots: 4,
  floatingIps: 3,
} as const;

export function wrongIn(state: WorldView, deletedVolumes: ReadonlySet<string>): readonly string[] {
  return [
    ...wrongVolumes(state),
    ...lostVolumes(state, deletedVolumes),
    ...wrongStock(state),
    ...overQuota(state),
    ...wrongMounts(state),
    ...wrongAddresses(state),
    ...wrongResizes(state),
  ];
}

function wrongVolumes({ volumes, instances }: WorldView): readonly string[] {
  const wrong: string[] = [];
  const devices = new Set<string>();
  for (const { id, attachments, state } of Object.values(volumes)) {
    if (attachments.length > 1) wrong.push(`${id} is on two instances`);
    if ((state === 'in-use') !== attachments.length > 0) wrong.push(`${id} is ${state}`);
    for (const { instanceId, device } of attachments) {
      const holder = instances[instanceId];
      if (holder === undefined || holder.state === 'gone') wrong.push(`${id} is on an instance that is gone`);
      if (devices.has(`${instanceId} ${device}`)) wrong.push(`${instanceId} has two disks at ${device}`);
      devices.add(`${instanceId} ${device}`);
    }
  }
  return wrong;
}

/** A volume is gone because somebody deleted it, or because it was the disk that an instance booted from. */
function lostVolumes({ volumes, instances }: WorldView, deleted: ReadonlySet<string>): readonly string[] {
  const roots = new Set(Object.values(instances).map(({ rootVolumeId }) => rootVolumeId));
  return Object.values(volumes)
    .filter(({ id, state }) => state === 'gone' && !deleted.has(id) && !roots.has(id))
    .map(({ id }) => `${id} was lost`);
}

/** No machine is given to two, and none is forgotten. */
function wrongStock(state: WorldView): readonly string[] {
  const wrong: string[] = [];
  for (const [instanceType, zones] of Object.entries(stock)) {
    for (const [zone, total] of Object.entries(zones)) {
      const left = state.stock[`${instanceType}@${zone}`] ?? -1;
      const used = heldBy(state, instanceType, zone);
      if (left < 0 || left + used !== total) {
        wrong.push(`of ${total} ${instanceType}@${zone} ${left} are left and ${used} in use`);
      }
    }
  }
  for (const one of Object.values(state.reservations)) {
    const inside = Object.values(state.instances).filter((instance) => isInside(instance, one)).length;
    if (inside > one.count) wrong.push(`${one.id} is for ${one.count} and holds ${inside}`);
  }
  return wrong;
}

function heldBy({ instances, reservations }: WorldView, instanceType: string, zone: string): number {
  const isHere = (one: InstanceRecord): boolean => one.zone === zone;
  const living = Object.values(reservations).filter(({ state }) => state === 'active' || state === 'pending');
  const running = Object.values(instances).filter(
    (one) =>
      isHere(one) &&
      one.holdsStock &&
      one.instanceType === instanceType &&
      !living.some((reservation) => isInside(one, reservation)),
  ).length;
  const moving = Object.values(instances)
    .filter(isHere)
    .flatMap(({ resizingTo, resizedFrom }) => [resizingTo, resizedFrom])
    .filter((type) => type === instanceType).length;
  const reserved = living
    .filter((one) => one.instanceType === instanceType && one.zone === zone)
    .reduce((sum, { count }) => sum + count, 0);
  return running + moving + reserved;
}

function isInside({ reservationId, holdsStock }: InstanceRecord, { id }: ReservationRecord): boolean {
  return holdsStock && reservationId === id;
}

function overQuota({ instances, volumes, snapshots, floatingIps }: WorldView): readonly string[] {
  const living = <R extends { readonly state: string }>(all: Record<string, R>): readonly R[] =>
    Object.values(all).filter(({ state }) => state !== 'gone');
  const disks = living(volumes).filter(({ attachments }) => !attachments.some(({ isRoot }) => isRoot));
  const used = {
    instances: living(instances).length,
    volumes: disks.length,
    volumeGiB: disks.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0),
    snapshots: living(snapshots).length,
    floatingIps: Object.keys(floatingIps).length,
  };
  return Object.entries(quotas).flatMap(([what, limit]) => {
    // The names of `used` are those of `quotas`.
    const count = used[what as keyof typeof used];
    return count > limit ? [`there are ${count} ${what}, and ${limit} are allowed`] : [];
  });
}

function wrongMounts({ guests, volumes }: WorldView): readonly string[] {
  return Object.entries(guests).flatMap(([instanceId, { mounts }]) =>
    mounts
      .filter(({ volumeId }) => !volumes[volumeId]?.attachments.some((one) => one.instanceId === instanceId))
      .map(({ volumeId }) => `${instanceId} has ${volumeId} mounted, which is not on it`),
  );
}

function wrongAddresses({ floatingIps, instances }: WorldView): readonly string[] {
  const wrong: string[] = [];
  const bound = new Set<string>();
  for (const { id, instanceId, associationId } of Object.values(floatingIps)) {
    if ((instanceId === undefined) !== (associationId === undefined)) wrong.push(`${id} has half a bond`);
    if (instanceId === undefined) continue;
    if (bound.has(instanceId)) wrong.push(`${instanceId} has two addresses`);
    bound.add(instanceId);
    if (instances[instanceId]?.state === 'gone') wrong.push(`${id} is bound to an instance that is gone`);
  }
  return wrong;
}

function wrongResizes({ instances }: WorldView): readonly string[] {
  const waiting = ['resized', 'resizing', 'shutting-down'];
  return Object.values(instances)
    .filter(({ state, resizedFrom }) => resizedFrom !== undefined && !waiting.includes(state))
    .map(({ id, state }) => `${id} is ${state}, and its resize is not over`);
}
