// What must be true of the end of any run, however it came about: who serves, with which orders; what is there that was
// not there before, and who says so; what was there before and is as it was; who holds the keys.

import type { Outcome, RunRow, StoredEvent } from '@belay/runner';
import type { WorldView } from '@belay/sim';
import type { Afterwards, Stage } from './stage.ts';
import { ordersOn, type Watch } from './watch.ts';

export function endProblems(
  stage: Stage,
  seen: Watch,
  outcome: Outcome<unknown>,
  row: RunRow,
  events: readonly StoredEvent[],
): readonly string[] {
  const after = stage.scene.sim.world.state();
  const isFinal = ['success', 'reverted', 'abandoned'].includes(outcome.state);
  const keys =
    row.keysHeld === isFinal ? [`${row.runId} is ${row.state} and holds its keys: ${row.keysHeld}`] : [];
  switch (outcome.state) {
    case 'success': {
      const wanted = stage.afterwards(outcome.output);
      return [
        ...keys,
        ...served(stage, seen, after, wanted),
        ...leaked(seen.before, after, wanted.made),
        ...own(stage, 'success'),
      ];
    }
    case 'reverted':
      return [
        ...keys,
        ...restored(stage, seen, after),
        ...leaked(seen.before, after, []),
        ...own(stage, 'reverted'),
      ];
    case 'stuck':
      return [...keys, ...unnamed(seen.before, after, events)];
    default:
      return [...keys, `${outcome.state} is no end`];
  }
}

/** Who serves now. */
export function servesOf(stage: Stage): 'home' | 'other' | 'nobody' {
  const { instanceId } = stage.scene.sim.world.whoServes(stage.scene.shop.name);
  if (instanceId === undefined) return 'nobody';
  return instanceId === stage.home() ? 'home' : 'other';
}

function own({ problems }: Stage, end: 'success' | 'reverted'): readonly string[] {
  return problems?.(end) ?? [];
}

function served({ scene }: Stage, seen: Watch, after: WorldView, wanted: Afterwards): readonly string[] {
  const { instanceId } = scene.sim.world.whoServes(scene.shop.name);
  const orders = ordersOn(after, wanted.disk);
  return [
    ...(instanceId === wanted.server
      ? []
      : [`${wanted.server} should serve, and ${instanceId ?? 'nobody'} does`]),
    ...(orders === seen.orders ? [] : [`${orders} orders are left of ${seen.orders}`]),
  ];
}

/** All that was there before is as it was. A server that hung may have been started anew. */
function restored(stage: Stage, seen: Watch, after: WorldView): readonly string[] {
  const { shop, sim } = stage.scene;
  const orders = ordersOn(after, diskOf(seen.before, stage.home(), shop.mountPoint));
  const was = pictureOf(seen.before, seen.before, stage);
  const is = pictureOf(seen.before, after, stage);
  const differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (key) => was[key] !== is[key],
  );
  const { instanceId } = sim.world.whoServes(shop.name);
  const isServed = instanceId === stage.home() || (stage.isDown === true && instanceId === undefined);
  return [
    ...differing.map((key) => `${key} was ${was[key]} and is ${is[key]}`),
    ...(isServed ? [] : [`${stage.home()} should serve, and ${instanceId ?? 'nobody'} does`]),
    ...(orders === seen.orders ? [] : [`${orders} orders are left of ${seen.orders}`]),
  ];
}

function diskOf({ guests, volumes }: WorldView, server: string, mountPoint: string): string {
  const mounted = guests[server]?.mounts.find((mount) => mount.mountPoint === mountPoint)?.volumeId;
  const attached = Object.values(volumes).find(
    ({ attachments, filesystem }) =>
      filesystem !== undefined &&
      attachments.some(({ instanceId, isRoot }) => instanceId === server && !isRoot),
  );
  return mounted ?? attached?.id ?? '';
}

/** What is known of everything that was there before, as text by what it is about. */
function pictureOf(before: WorldView, now: WorldView, stage: Stage): Readonly<Record<string, string>> {
  const { instances, volumes, floatingIps, dns, guests, snapshots } = before;
  const entries = [
    ...Object.keys(instances).flatMap((id) => {
      const { name, state, instanceType } = now.instances[id] ?? {};
      return [[`server ${id}`, `${name} ${state} ${instanceType}`]];
    }),
    ...Object.keys(guests).flatMap((id) => {
      const guest = now.guests[id];
      // One that hung and was powered off comes up as it was built.
      if (guest === undefined || (stage.isDown === true && id === stage.home())) return [];
      const services = guest.services.map(
        ({ name, state, masked }) => `${name} ${state}${masked ? ' masked' : ''}`,
      );
      const timers = (guest.timers ?? []).map(({ name, masked }) => `${name}${masked ? ' masked' : ''}`);
      const mounts = guest.mounts.map(({ mountPoint, volumeId }) => `${mountPoint} ${volumeId}`);
      return [
        [
          `the inside of ${id}`,
          [...services, ...timers, ...mounts, ...Object.keys(guest.frozen ?? {})].join(', '),
        ],
      ];
    }),
    ...Object.keys(volumes).map((id) => {
      const { state, attachments = [], sizeGiB, diskType } = now.volumes[id] ?? {};
      const on = attachments.map((at) => `${at.instanceId} ${at.state} ${at.deleteOnTermination}`);
      return [`disk ${id}`, [state, sizeGiB, diskType, ...on].join(' ')];
    }),
    ...Object.keys(snapshots).map((id) => [`snapshot ${id}`, `${now.snapshots[id]?.state}`]),
    ...Object.keys(floatingIps).map((id) => [`address ${id}`, `${now.floatingIps[id]?.instanceId}`]),
    ...Object.keys(dns).map((key) => [`record ${key}`, JSON.stringify(now.dns[key]?.served)]),
  ];
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

interface Thing {
  readonly id: string;
  readonly state?: string;
  readonly attachments?: readonly { readonly isRoot: boolean }[];
}

/** What is there now and was not before, roots of servers apart: they come and go with these. */
function created(before: WorldView, after: WorldView): readonly Thing[] {
  const kinds = ['instances', 'volumes', 'snapshots', 'floatingIps', 'reservations'] as const;
  return kinds.flatMap((kind) =>
    Object.values<Thing>(after[kind]).filter(({ id, state, attachments = [] }) => {
      const isThere = state !== 'gone' && state !== 'cancelled';
      return before[kind][id] === undefined && isThere && !attachments.some(({ isRoot }) => isRoot);
    }),
  );
}

function leaked(before: WorldView, after: WorldView, made: readonly string[]): readonly string[] {
  const there = created(before, after).map(({ id }) => id);
  return [
    ...there.flatMap((id) => (made.includes(id) ? [] : [`${id} was made and is left behind`])),
    ...made.flatMap((id) => (there.includes(id) ? [] : [`${id} should be there and is not`])),
  ];
}

/** What a run that waits for a person has made, and does not name by its id in its journal. */
function unnamed(before: WorldView, after: WorldView, events: readonly StoredEvent[]): readonly string[] {
  const told = JSON.stringify(events);
  return created(before, after).flatMap(({ id }) =>
    told.includes(id) ? [] : [`${id} was made, and the run does not name it`],
  );
}
