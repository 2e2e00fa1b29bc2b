/**
 * Asks the clouds and the server itself what is true of a workload and its target. Only reads. What cannot be learned
 * becomes an unknown fact that says why; the one error is that the caller stopped it.
 */

import {
  type Clock,
  type CloudError,
  type Clouds,
  type Failure,
  formatRef,
  type Hosts,
  type Snapshot,
  type Snapshots,
  type VolumeId,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type DescriptionError, readTarget, readWorkload } from './description.ts';
import type { Facts } from './facts.ts';
import { absent, type Known, known, unknown } from './known.ts';
import type { Target } from './target.ts';
import type { Workload } from './workload.ts';

/** Time, and an end to the asking. */
export interface ObserveOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For each single question. The adapter's own default where absent. */
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
  { clock, signal, timeoutMs }: ObserveOptions,
): Promise<Result<Facts, ObserveError>> {
  const read = { signal, timeoutMs };
  const here = clouds.get(workload.instance);
  const there = clouds.get(target.at);
  const host = hosts.get(workload.instance);
  const now = () => new Date(clock.now()).toISOString();
  const learn = async <T>(source: string, ask: Asked<T>): Promise<Known<T>> => {
    const learned = { at: now(), source };
    return (await ask).match(
      (value) => known(value, learned),
      ({ kind, message }) =>
        kind === 'not-found' ? absent(message, learned) : unknown(`${kind}: ${message}`, learned),
    );
  };
  const server = formatRef(workload.instance);

  const [source, volume, inside, health, addresses, records, snapshot, offers, image] = await Promise.all([
    learn(`instances.get ${workload.instance.id}`, here.instances.get(workload.instance.id, read)),
    learn(`volumes.get ${workload.volumeId}`, here.volumes.get(workload.volumeId, read)),
    learn(`observe ${server}`, host.observe(read)),
    learn(`check ${workload.probe.name} on ${server}`, host.check(workload.probe, read)),
    learn(
      `floatingIps.get ${workload.floatingIps.join(' ')}`,
      inOrder(workload.floatingIps, (id) => here.floatingIps.get(id, read)),
    ),
    learn(
      `dns.get ${workload.names.map(({ name, type }) => `${name} ${type}`).join(' ')}`,
      inOrder(workload.names, ({ name, type }) =>
        here.dns
          .get(name, type, read)
          .andThen((record) => (record === undefined ? err(absentRecord(name, type)) : ok(record))),
      ),
    ),
    learn(`snapshots.list of ${workload.volumeId}`, newestSnapshot(here.snapshots, workload.volumeId, read)),
    learn(
      `instances.offer ${target.instanceType}`,
      inOrder(target.zones, (zone) => there.instances.offer(target.instanceType, zone, read)),
    ),
    learn(`images.get ${target.imageId}`, there.images.get(target.imageId, read)),
  ]);
  if (signal?.aborted === true) {
    return err({ kind: 'cancelled', message: `observing ${workload.name} was stopped` });
  }
  const asked = { at: now(), source: 'the registries' };
  return ok({
    workload,
    traits: clouds.has(workload.instance)
      ? known(here.traits, asked)
      : unknown(`no cloud is registered for ${server}`, asked),
    source,
    volume,
    host: inside,
    health,
    addresses,
    records,
    snapshot,
    offers,
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
  read: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
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

/** One that is ready before one that is still being made, and then the newer one. */
function isBetter(snapshot: Snapshot, than: Snapshot | null): boolean {
  if (than === null || snapshot.state !== than.state) return than === null || snapshot.state === 'ready';
  return Date.parse(snapshot.takenAt) > Date.parse(than.takenAt);
}

function absentRecord(name: string, type: string): Failure {
  return { kind: 'not-found', message: `there is no record ${name} ${type}` };
}
