/**
 * Asks the clouds and the server itself what is true of a workload and its target. Only reads. What cannot be learned
 * becomes an unknown fact that says why; the one error is that the caller stopped it.
 */

import {
  type CapacityReservation,
  type Clock,
  type Cloud,
  type CloudError,
  type Clouds,
  type Failure,
  formatPlace,
  formatRef,
  type HostProbe,
  type Hosts,
  type Permission,
  type Place,
  type PlannedCall,
  type ProbeRequest,
  type Reservations,
  type Snapshot,
  type Snapshots,
  samePlace,
  type Traits,
  type VolumeId,
} from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { type BackupEvidence, backupOfSnapshot } from './backup.ts';
import { type DescriptionError, readTarget, readWorkload } from './description.ts';
import type { Cooldown, FactName, Facts } from './facts.ts';
import type { Headroom, HeadroomEvidence } from './headroom.ts';
import { strategies } from './judge.ts';
import { absent, type Known, known, unknown } from './known.ts';
import type { Target } from './target.ts';
import { volumesOf, type Workload } from './workload.ts';

/** Time, and an end to the asking. */
export interface ObserveOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For each single question. The adapter's own default where absent. */
  readonly timeoutMs?: number | undefined;
  /** Whoever makes the backups. Absent: the newest snapshot of the disk is the only evidence. */
  readonly backups?: BackupEvidence | undefined;
  /** Whoever measures servers and disks. Absent: nobody knows how much room they have. */
  readonly headroom?: HeadroomEvidence | undefined;
  /**
   * How closely the inside of the source is looked at. Where absent: ten seconds of writes and one scan of all files on
   * the data disks, which takes minutes where there are millions. `false`: not at all, and what only a close look can
   * tell stays unknown.
   */
  readonly probe?: ProbeRequest | false | undefined;
  /** Learns only these facts; all others are unknown. All where absent. */
  readonly only?: readonly FactName[] | undefined;
  /** Tells from when on the disk may be modified again. Absent: the cloud says so at the call. */
  readonly cooldown?: ((volumeId: VolumeId, read: Read) => ResultAsync<Cooldown, Failure>) | undefined;
}

/** An end to one question. */
export interface Read {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * The caller’s signal fired, or the workload or the target is written down wrongly, which the error says with the
 * field. Everything else that goes wrong is an unknown fact.
 */
export type ObserveError = ObserveCancelled | DescriptionError;

/** The caller’s signal fired. */
export interface ObserveCancelled extends Failure {
  readonly kind: 'cancelled';
}

/** Asks for all facts side by side. Changes nothing, and asks nothing where the question itself is wrong. */
export function observe(
  workload: Workload,
  target: Target,
  services: Clouds & Hosts,
  options: ObserveOptions,
): ResultAsync<Facts, ObserveError> {
  return readWorkload(workload)
    .andThen(() => readTarget(target))
    .asyncAndThen(() => new ResultAsync(askAll(workload, target, services, options)));
}

async function askAll(
  workload: Workload,
  target: Target,
  { clouds, hosts }: Clouds & Hosts,
  { clock, signal, timeoutMs, backups, headroom, cooldown, probe, only }: ObserveOptions,
): Promise<Result<Facts, ObserveError>> {
  const read = { signal, timeoutMs };
  const here = clouds.get(workload.instance);
  const there = clouds.get(target.at);
  const host = hosts.get(workload.instance);
  const now = () => new Date(clock.now()).toISOString();
  const learn = async <T>(name: FactName, source: string, ask: () => Asked<T>): Promise<Known<T>> => {
    const learned = { at: now(), source };
    if (only?.includes(name) === false) return unknown('nobody asked', learned);
    return (await ask()).match(
      (value) => known(value, learned),
      ({ kind, message }) =>
        kind === 'not-found' ? absent(message, learned) : unknown(`${kind}: ${message}`, learned),
    );
  };
  const server = formatRef(workload.instance);
  const more = workload.moreVolumes ?? [];
  const newest = () => newestSnapshot(here.snapshots, workload.volumeId, read);
  const isBySnapshot = backups === undefined;

  const [
    source,
    volume,
    moreVolumes,
    inside,
    closely,
    health,
    addresses,
    records,
    snapshot,
    offers,
    image,
    ...rest
  ] = await Promise.all([
    learn('source', `instances.get ${workload.instance.id}`, () =>
      here.instances.get(workload.instance.id, read),
    ),
    learn('volume', `volumes.get ${workload.volumeId}`, () => here.volumes.get(workload.volumeId, read)),
    learn('moreVolumes', `volumes.get ${more.map(({ volumeId }) => volumeId).join(' ')}`, () =>
      inOrder(more, ({ volumeId }) => here.volumes.get(volumeId, read)),
    ),
    learn('host', `observe ${server}`, () => host.observe(read)),
    probe === false
      ? unknown<HostProbe>('nobody looked closely', { at: now(), source: `probe ${server}` })
      : learn('probe', `probe ${server}`, () => host.probe({ ...closeLook(workload), ...probe }, read)),
    learn('health', `check ${workload.probe.name} on ${server}`, () => host.check(workload.probe, read)),
    learn('addresses', `floatingIps.get ${workload.floatingIps.join(' ')}`, () =>
      inOrder(workload.floatingIps, (id) => here.floatingIps.get(id, read)),
    ),
    learn('records', `dns.get ${workload.names.map(({ name, type }) => `${name} ${type}`).join(' ')}`, () =>
      inOrder(workload.names, ({ name, type }) =>
        here.dns
          .get(name, type, read)
          .andThen((record) => (record === undefined ? err(absentRecord(name, type)) : ok(record))),
      ),
    ),
    // Where nobody else tells of backups, the snapshot is the evidence.
    learn(
      isBySnapshot && only?.includes('backup') === true ? 'backup' : 'snapshot',
      `snapshots.list of ${workload.volumeId}`,
      newest,
    ),
    learn('offers', `instances.offer ${target.instanceType}`, () =>
      inOrder(target.zones, (zone) => there.instances.offer(target.instanceType, zone, read)),
    ),
    learn('image', `images.get ${target.imageId}`, () => there.images.get(target.imageId, read)),
    learn('reservations', 'reservations.list', () =>
      there.traits.capacityReservations ? reservationsOf(there.reservations, read) : okAsync([]),
    ),
    learn('permissions', 'permissions.check', () => permissionsOf(workload, target, here, there, read)),
    learn(
      'cooldown',
      `cooldown of ${workload.volumeId}`,
      () => cooldown?.(workload.volumeId, read) ?? okAsync<Cooldown, Failure>({ kind: 'at-the-call' }),
    ),
    headroom === undefined
      ? unknown<Headroom>('nobody tells', { at: now(), source: `headroom of ${workload.name}` })
      : learn('headroom', `headroom of ${workload.name}`, () => headroom.of(workload, read)),
  ] as const);
  const [reservations, permissions, rested, room] = rest;
  const backup = isBySnapshot
    ? backupOfSnapshot(snapshot)
    : await learn('backup', `backups of ${workload.name}`, () =>
        backups.newest(workload, read).map((report) => report ?? null),
      );
  if (signal?.aborted === true) {
    return err({ kind: 'cancelled', message: `observing ${workload.name} was stopped` });
  }
  const asked = { at: now(), source: 'the registries' };
  const traitsAt = (place: Place, cloud: Cloud): Known<Traits> =>
    clouds.has(place)
      ? known(cloud.traits, asked)
      : unknown(`no cloud is registered for ${formatPlace(place)}`, asked);
  return ok({
    workload,
    traits: traitsAt(workload.instance, here),
    targetTraits: traitsAt(target.at, there),
    source,
    volume,
    moreVolumes,
    host: inside,
    probe: closely,
    health,
    addresses,
    records,
    snapshot,
    backup,
    offers,
    reservations,
    permissions,
    cooldown: rested,
    headroom: room,
    image,
    targetReach: known(hosts.has(target.at), asked),
  });
}

type Asked<T> = ResultAsync<T, Failure> | Promise<Result<T, Failure>>;

/** One after the other, ending at the first error: half an answer is none. */
async function inOrder<A, T, E>(
  items: readonly A[],
  ask: (item: A) => ResultAsync<T, E>,
): Promise<Result<readonly T[], E>> {
  const values: T[] = [];
  for (const item of items) {
    const answer = await ask(item);
    if (answer.isErr()) return err(answer.error);
    values.push(answer.value);
  }
  return ok(values);
}

async function newestSnapshot(
  snapshots: Snapshots,
  volumeId: VolumeId,
  read: Read,
): Promise<Result<Snapshot | null, CloudError>> {
  let newest: Snapshot | null = null;
  for await (const listed of snapshots.list({}, read)) {
    if (listed.isErr()) return err(listed.error);
    const snapshot: Snapshot = listed.value;
    const counts = snapshot.state === 'ready' || snapshot.state === 'creating';
    if (snapshot.volumeId === volumeId && counts && isBetter(snapshot, newest)) newest = snapshot;
  }
  return ok(newest);
}

function closeLook(workload: Workload): ProbeRequest {
  return { mountPoints: volumesOf(workload).map(({ mountPoint }) => mountPoint), sampleMs: 10_000 };
}

async function reservationsOf(
  reservations: Reservations,
  read: Read,
): Promise<Result<readonly CapacityReservation[], CloudError>> {
  const all: CapacityReservation[] = [];
  for await (const listed of reservations.list({}, read)) {
    if (listed.isErr()) return err(listed.error);
    all.push(listed.value);
  }
  return ok(all);
}

/** Asks for everything that any strategy might call, once each. */
function permissionsOf(
  workload: Workload,
  target: Target,
  here: Cloud,
  there: Cloud,
  read: Read,
): ResultAsync<readonly Permission[], Failure> {
  // The facts are still being asked for; what is called depends on the workload alone.
  const asked = strategies.map(({ calls }) => calls({ workload, target }));
  const source = unique(asked.flatMap((calls) => calls.source));
  const away = unique(asked.flatMap((calls) => calls.target));
  if (samePlace(workload.instance, target.at))
    return here.permissions.check(unique([...source, ...away]), read);
  return here.permissions
    .check(source, read)
    .andThen((first) => there.permissions.check(away, read).map((second) => [...first, ...second]));
}

function unique(calls: readonly PlannedCall[]): readonly PlannedCall[] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

/** One that is ready before one that is still being made, and then the newer one. */
function isBetter(snapshot: Snapshot, than: Snapshot | null): boolean {
  if (than === null || snapshot.state !== than.state) return than === null || snapshot.state === 'ready';
  return Date.parse(snapshot.takenAt) > Date.parse(than.takenAt);
}

function absentRecord(name: string, type: string): Failure {
  return { kind: 'not-found', message: `there is no record ${name} ${type}` };
}
