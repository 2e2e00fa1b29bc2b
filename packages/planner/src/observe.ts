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
import type { Facts } from './facts.ts';
import { type Known, known, unknown } from './known.ts';
import type { Target } from './target.ts';
import type { Workload } from './workload.ts';

/** Time, and an end to the asking. */
export interface ObserveOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For each single question. The adapter's own default where absent. */
  readonly timeoutMs?: number | undefined;
}

/** The caller’s signal fired. Everything else that goes wrong is an unknown fact. */
export interface ObserveError extends Failure {
  readonly kind: 'cancelled';
}

/** Asks for all facts side by side. Changes nothing. */
export function observe(
  workload: Workload,
  target: Target,
  services: Clouds & Hosts,
  options: ObserveOptions,
): ResultAsync<Facts, ObserveError> {
  return new ResultAsync(askAll(workload, target, services, options));
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
      ({ kind, message }) => unknown(`${kind}: ${message}`, learned),
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
    learn(`snapshots.list of ${workload.volumeId}`, newestComplete(here.snapshots, workload.volumeId, read)),
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

async function newestComplete(
  snapshots: Snapshots,
  volumeId: VolumeId,
  read: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Promise<Result<Snapshot | null, CloudError>> {
  let newest: Snapshot | null = null;
  for await (const listed of snapshots.list({}, read)) {
    if (listed.isErr()) return err(listed.error);
    const snapshot: Snapshot = listed.value;
    if (snapshot.volumeId !== volumeId || snapshot.state !== 'ready') continue;
    if (newest === null || Date.parse(snapshot.takenAt) > Date.parse(newest.takenAt)) newest = snapshot;
  }
  return ok(newest);
}

function absentRecord(name: string, type: string): Failure {
  return { kind: 'not-found', message: `there is no record ${name} ${type}` };
}
