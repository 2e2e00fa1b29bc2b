import type { FreezeSpec, Frozen, Thawed } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import type { GuestRecord } from './guest-record.ts';
import type { HostRefusal } from './shell.ts';
import type { World } from './world.ts';

/** Filesystems that take no writes for a while. They thaw by themselves, so that a caller who died leaves none. */

const longestMs = 600_000;

export function freeze(
  world: World,
  instanceId: string,
  guest: GuestRecord,
  { mountPoint, forAtMostMs }: FreezeSpec,
): Result<Frozen, HostRefusal> {
  if (!(forAtMostMs >= 1 && forAtMostMs <= longestMs)) {
    return err({ kind: 'invalid', message: `${forAtMostMs} ms is no time to freeze for.` });
  }
  if (!guest.mounts.some((mount) => mount.mountPoint === mountPoint)) {
    return err({ kind: 'not-found', message: `Nothing is mounted at ${mountPoint}.` });
  }
  const untilMs = world.nowMs + forAtMostMs;
  const by = world.random.hex('ids/freeze', 8);
  guest.frozen = { ...guest.frozen, [mountPoint]: { by, untilMs } };
  world.begin({ takes: forAtMostMs, transition: { what: 'mount.thawed', instanceId, mountPoint, by } });
  world.emit('frozen', { instanceId, mountPoint });
  return ok({ mountPoint, until: new Date(untilMs).toISOString() });
}

export function thaw(
  world: World,
  instanceId: string,
  guest: GuestRecord,
  mountPoint: string,
): Result<Thawed, HostRefusal> {
  if (!guest.mounts.some((mount) => mount.mountPoint === mountPoint)) {
    return err({ kind: 'not-found', message: `Nothing is mounted at ${mountPoint}.` });
  }
  const held = isFrozen(guest, mountPoint);
  if (held) melt(world, instanceId, guest, mountPoint);
  return ok({ mountPoint, held });
}

export function isFrozen(guest: GuestRecord, mountPoint: string): boolean {
  return guest.frozen?.[mountPoint] !== undefined;
}

export const freezeTransitions: Transitions<'mount.thawed'> = {
  'mount.thawed'(world, { instanceId, mountPoint, by }) {
    const guest = world.state.guests[instanceId];
    // Thawed, or frozen anew in the meantime: this one's time no longer counts.
    if (guest?.frozen?.[mountPoint]?.by !== by) return;
    melt(world, instanceId, guest, mountPoint);
  },
};

function melt(world: World, instanceId: string, guest: GuestRecord, mountPoint: string): void {
  const { [mountPoint]: _, ...others } = guest.frozen ?? {};
  guest.frozen = others;
  world.emit('thawed', { instanceId, mountPoint });
}
