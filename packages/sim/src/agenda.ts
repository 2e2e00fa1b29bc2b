import { attachmentTransitions } from './attachments.ts';
import { dnsTransitions } from './dns.ts';
import { addressTransitions } from './floating-ips.ts';
import { freezeTransitions } from './freeze.ts';
import { guestTransitions } from './guest.ts';
import { instanceTransitions } from './instances.ts';
import { modifyTransitions } from './modify.ts';
import { reservationTransitions } from './reservations.ts';
import { resizeTransitions } from './resize.ts';
import { snapshotTransitions } from './snapshots.ts';
import { volumeTransitions } from './volumes.ts';
import type { World } from './world.ts';

/**
 * What ends by itself after a while. A transition is data and lies in the world's agenda with its time, so that it
 * ends also when the process that began it is long gone.
 */
export type Transition =
  | { readonly what: 'instance.running'; readonly instanceId: string }
  | { readonly what: 'instance.failed'; readonly instanceId: string; readonly fault: string }
  | { readonly what: 'instance.stopped'; readonly instanceId: string }
  | { readonly what: 'instance.gone'; readonly instanceId: string }
  | { readonly what: 'instance.resized'; readonly instanceId: string; readonly instanceType: string }
  | { readonly what: 'instance.resize-failed'; readonly instanceId: string }
  | { readonly what: 'instance.resize-reverted'; readonly instanceId: string }
  | { readonly what: 'guest.booted'; readonly instanceId: string; readonly bootId: string }
  | { readonly what: 'service.stopped'; readonly instanceId: string; readonly service: string }
  | { readonly what: 'service.started'; readonly instanceId: string; readonly service: string }
  | {
      readonly what: 'mount.thawed';
      readonly instanceId: string;
      readonly mountPoint: string;
      readonly by: string;
    }
  | { readonly what: 'volume.available'; readonly volumeId: string }
  | { readonly what: 'volume.failed'; readonly volumeId: string }
  | { readonly what: 'volume.gone'; readonly volumeId: string }
  | { readonly what: 'volume.delete-failed'; readonly volumeId: string }
  | { readonly what: 'volume.modified'; readonly volumeId: string }
  | { readonly what: 'volume.modify-failed'; readonly volumeId: string }
  | { readonly what: 'volume.optimized'; readonly volumeId: string }
  | { readonly what: 'volume.connecting'; readonly volumeId: string; readonly instanceId: string }
  | { readonly what: 'volume.attached'; readonly volumeId: string; readonly instanceId: string }
  | { readonly what: 'volume.attach-failed'; readonly volumeId: string; readonly instanceId: string }
  | { readonly what: 'volume.detached'; readonly volumeId: string; readonly instanceId: string }
  | { readonly what: 'volume.detach-failed'; readonly volumeId: string; readonly instanceId: string }
  | { readonly what: 'snapshot.ready'; readonly snapshotId: string }
  | { readonly what: 'snapshot.failed'; readonly snapshotId: string }
  | { readonly what: 'snapshot.gone'; readonly snapshotId: string }
  | { readonly what: 'address.routed'; readonly addressId: string }
  | { readonly what: 'change.in-sync'; readonly changeId: string }
  | { readonly what: 'reservation.active'; readonly reservationId: string }
  | { readonly what: 'reservation.failed'; readonly reservationId: string }
  | { readonly what: 'reservation.expired'; readonly reservationId: string };

/** What each transition does when its time has come. One that no longer fits the state does nothing. */
export type Transitions<What extends Transition['what']> = {
  readonly [W in What]: (world: World, transition: Extract<Transition, { what: W }>) => void;
};

export function applyTransition(world: World, transition: Transition): void {
  // Each entry takes the transition of its own name; the compiler cannot follow that through the union.
  const apply = table[transition.what] as (world: World, transition: Transition) => void;
  apply(world, transition);
}

const table: Transitions<Transition['what']> = {
  ...instanceTransitions,
  ...resizeTransitions,
  ...guestTransitions,
  ...freezeTransitions,
  ...volumeTransitions,
  ...modifyTransitions,
  ...attachmentTransitions,
  ...snapshotTransitions,
  ...addressTransitions,
  ...dnsTransitions,
  ...reservationTransitions,
};
