/**
 * Asks what is left of a workload that does not serve. Only reads, all side by side and each with its own end: in an
 * outage some of them will not answer, and nobody must wait for those.
 */

import type { Clock, Clouds, Failure, Hosts, IsoTime, ReadOptions, Snapshot, Snapshots } from '@belay/cloud';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import { type BackupEvidence, backupOfSnapshot } from '../backup.ts';
import { absent, type Known, known, unknown } from '../known.ts';
import type { ObserveCancelled } from '../observe.ts';
import type { Target } from '../target.ts';
import { volumesOf, type Workload } from '../workload.ts';
import type { RescueFacts, StandbyEvidence } from './rescue-facts.ts';
import { snapshotSet } from './snapshot-set.ts';

/** What is asked besides clouds and hosts, and for how long. */
export interface ObserveRescueOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For each single question: ten seconds where absent. */
  readonly timeoutMs?: number | undefined;
  readonly backups?: BackupEvidence | undefined;
  readonly standby?: StandbyEvidence | undefined;
  /** When it was last seen to serve, by monitoring. */
  readonly lastServedAt?: IsoTime | undefined;
  /** How much lay on all data disks, by the last look inside. */
  readonly usedBytes?: number | undefined;
}

/** Asks for everything that a rescue rests on. The one error is that the caller stopped it. */
export function observeRescue(
  workload: Workload,
  target: Target,
  services: Clouds & Hosts,
  options: ObserveRescueOptions,
): ResultAsync<RescueFacts, ObserveCancelled> {
  return new ResultAsync(askAll(workload, target, services, options));
}

async function askAll(
  workload: Workload,
  target: Target,
  { clouds, hosts }: Clouds & Hosts,
  { clock, signal, timeoutMs = 10_000, backups, standby, lastServedAt, usedBytes }: ObserveRescueOptions,
): Promise<Result<RescueFacts, ObserveCancelled>> {
  const read: ReadOptions = { signal, timeoutMs };
  const here = clouds.get(workload.instance);
  const there = clouds.get(target.at);
  const learn = learner(clock);
  const told = { at: new Date(clock.now()).toISOString(), source: 'told' };
  const [source, health, volume, moreVolumes, ready, offers, image, addresses, records, waiting] =
    await Promise.all([
      learn('instances.get', here.instances.get(workload.instance.id, read)),
      learn('check', hosts.get(workload.instance).check(workload.probe, read)),
      learn('volumes.get', here.volumes.get(workload.volumeId, read)),
      learn(
        'volumes.get',
        all(workload.moreVolumes ?? [], ({ volumeId }) => here.volumes.get(volumeId, read)),
      ),
      learn('snapshots.list', readyOf(here.snapshots, workload, read)),
      learn(
        'instances.offer',
        all(target.zones, (zone) => there.instances.offer(target.instanceType, zone, read)),
      ),
      learn('images.get', there.images.get(target.imageId, read)),
      learn(
        'floatingIps.get',
        all(workload.floatingIps, (id) => here.floatingIps.get(id, read)),
      ),
      learn(
        'dns.get',
        all(workload.names, ({ name, type }) => present(here.dns.get(name, type, read), name)),
      ),
      standby === undefined
        ? known(null, { ...told, source: 'no standby is set up' })
        : learn(
            'standby',
            standby.report(workload, read).map((report) => report ?? null),
          ),
    ]);
  const [backup, sourceOffer] = await Promise.all([
    backups === undefined
      ? backupOfSnapshot(snapshotSet(workload, ready, unknown('nobody tells', told)).snapshot)
      : learn(
          'backups',
          backups.newest(workload, read).map((report) => report ?? null),
        ),
    source.known
      ? learn('instances.offer', here.instances.offer(source.value.instanceType, source.value.zone, read))
      : unknown<never>('the source itself is not known', source),
  ]);
  if (signal?.aborted === true)
    return err({ kind: 'cancelled', message: `observing ${workload.name} was stopped` });
  return ok({
    workload,
    traits: clouds.has(workload.instance)
      ? known(here.traits, told)
      : unknown('no cloud is registered', told),
    source,
    health,
    volume,
    moreVolumes,
    ...snapshotSet(workload, ready, backup),
    backup,
    standby: waiting,
    sourceOffer,
    offers,
    image,
    addresses,
    records,
    lastServedAt: lastServedAt === undefined ? unknown('nobody said', told) : known(lastServedAt, told),
    usedBytes: usedBytes === undefined ? unknown('nobody said', told) : known(usedBytes, told),
    targetReach: known(hosts.has(target.at), told),
  });
}

type Learner = <T, E extends Failure>(source: string, ask: PromiseLike<Result<T, E>>) => Promise<Known<T>>;

function learner(clock: Clock): Learner {
  return async (source, ask) => {
    const learned = { at: new Date(clock.now()).toISOString(), source };
    return (await ask).match(
      (value) => known(value, learned),
      ({ kind, message }) =>
        kind === 'not-found' ? absent(message, learned) : unknown(`${kind}: ${message}`, learned),
    );
  };
}

/** Half an answer is none. */
function all<A, T, E>(
  items: readonly A[],
  ask: (item: A) => ResultAsync<T, E>,
): ResultAsync<readonly T[], E> {
  return ResultAsync.combine(items.map(ask));
}

function present<T, E extends Failure>(
  answer: ResultAsync<T | undefined, E>,
  name: string,
): ResultAsync<T, Failure> {
  return answer
    .mapErr((error): Failure => error)
    .andThen((value) =>
      value === undefined
        ? errAsync<T, Failure>({ kind: 'not-found', message: `there is no record ${name}` })
        : ok<T, Failure>(value),
    );
}

/** Of all data disks. In a rescue a snapshot that is still being made is none. */
async function readyOf(
  snapshots: Snapshots,
  workload: Workload,
  read: ReadOptions,
): Promise<Result<readonly Snapshot[], Failure>> {
  const disks = volumesOf(workload).map(({ volumeId }) => volumeId);
  const ready: Snapshot[] = [];
  for await (const listed of snapshots.list({}, read)) {
    if (listed.isErr()) return err(listed.error);
    const snapshot: Snapshot = listed.value;
    if (disks.includes(snapshot.volumeId) && snapshot.state === 'ready') ready.push(snapshot);
  }
  return ok(ready);
}
