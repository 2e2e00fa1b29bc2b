import type { Result } from 'neverthrow';
import type { Call, CloudResult } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { CloudError, CloudErrorKind } from '../cloud-error.ts';
import type { FloatingIp } from '../floating-ip.ts';
import type { Instance, InstanceSpec } from '../instance.ts';
import type { Tags, VolumeId } from '../ref.ts';
import type { Snapshot } from '../snapshot.ts';
import type { StorageVolume, VolumeSpec } from '../volume.ts';
import { all, CaseFailed, check, errorIn, isAlive, valueIn } from './check.ts';
import { clearUp } from './clear-up.ts';
import type { LeverName, Levers } from './lever.ts';
import { type CaseTrait, hasTrait, type Subject } from './subject.ts';

/**
 * Where a case works: it makes instances, volumes and addresses under keys of its own, checks what it sees, and
 * clears up behind itself whatever came of it.
 */
export interface Bench {
  readonly subject: Subject;
  readonly cloud: Cloud;
  /** What every resource of this case is tagged with. */
  readonly tags: Tags;
  /** The call under the key of this part of this case. */
  call(part: string, more?: Partial<Call>): Call;
  /** A volume of 1 GiB in the first zone, but for what is said otherwise. */
  volumeSpec(more?: Partial<VolumeSpec>): VolumeSpec;
  /** An instance in the first zone, but for what is said otherwise. */
  instanceSpec(more?: Partial<InstanceSpec>): InstanceSpec;
  /** A new volume, under the key of this part. */
  volume(part: string, more?: Partial<VolumeSpec>): Promise<StorageVolume>;
  /** A new instance, under the key of this part. */
  instance(part: string, more?: Partial<InstanceSpec>): Promise<Instance>;
  /** A new address, under the key of this part. */
  floatingIp(part: string): Promise<FloatingIp>;
  /** A volume that is attached to that instance. */
  attached(part: string, instance: Instance): Promise<StorageVolume>;
  /** A snapshot of that volume, under the key of this part; not always ready yet. */
  snapshot(part: string, volumeId: VolumeId): Promise<Snapshot>;
  /** Has the subject this trait? For promises that reach further where it has. */
  has(trait: CaseTrait): boolean;
  /** The lever, which the frame has made sure is there. */
  lever<N extends LeverName>(name: N): NonNullable<Levers[N]>;
  /** The volumes of this case that the cloud lists and that are not on their way out. */
  livingVolumes(): Promise<readonly StorageVolume[]>;
  /** The instances of this case that the cloud lists and that are not on their way out. */
  livingInstances(): Promise<readonly Instance[]>;
  /** Waits until the volumes of this case are listed, and breaks the promise where it is not this one alone. */
  onlyVolume(id: VolumeId): Promise<void>;
  /** What came of a call. One that goes on after its time breaks the promise. */
  ended<T>(result: CloudResult<T>): Promise<Result<T, CloudError>>;
  /** The value; an error breaks the promise. */
  must<T>(result: CloudResult<T>): Promise<T>;
  /** An error of one of these kinds; a value, or another kind, breaks the promise. */
  mustFail(result: CloudResult<unknown>, ...kinds: readonly CloudErrorKind[]): Promise<CloudError>;
  /** Looks again and again until it is true, for as long as the subject's patience lasts. */
  eventually(what: string, check: () => Promise<boolean>): Promise<void>;
  /** Lets the subject's time pass. */
  pause(durationMs: number): Promise<void>;
  /** How long the work took, on the subject's clock. */
  timed<T>(work: Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }>;
  /** Done before anything is cleared up, unless the returned function was called before. */
  atLast(undo: () => void | Promise<void>): () => Promise<void>;
  /** Undoes what was promised to `atLast`, and deletes what the case made. */
  clearUp(): Promise<void>;
}

/** How much later than it was told a call may end. */
const graceMs = 5_000;

/** Opens the place of one case. */
export function openBench(caseId: string, subject: Subject): Bench {
  const { cloud, patienceMs: timeoutMs, clock } = subject;
  const tags = { 'belay:conformance': `${subject.runName}.${caseId}` };
  const zone = subject.zones[0];
  const undos = new Set<() => void | Promise<void>>();
  const bench: Bench = {
    subject,
    cloud,
    tags,
    call: (part, more = {}) => ({ key: `${subject.runName}/${caseId}/${part}`, timeoutMs, ...more }),
    volumeSpec: (more = {}) => ({
      name: 'conformance',
      zone,
      sizeGiB: 1,
      diskType: subject.diskType,
      tags,
      ...more,
    }),
    instanceSpec: (more = {}) => ({
      name: 'conformance',
      zone,
      instanceType: subject.instanceType,
      imageId: subject.imageId,
      tags,
      ...more,
    }),
    volume: (part, more) => bench.must(cloud.volumes.create(bench.volumeSpec(more), bench.call(part))),
    instance: (part, more) => bench.must(cloud.instances.create(bench.instanceSpec(more), bench.call(part))),
    floatingIp: (part) => bench.must(cloud.floatingIps.create({ tags }, bench.call(part))),
    async attached(part, instance) {
      const { id: volumeId } = await bench.volume(part, { zone: instance.zone });
      await bench.must(
        cloud.volumes.attach({ volumeId, instanceId: instance.id }, bench.call(`${part}.attach`)),
      );
      return bench.must(cloud.volumes.get(volumeId));
    },
    snapshot: (part, volumeId) =>
      bench.must(cloud.snapshots.create({ name: 'conformance', volumeId, tags }, bench.call(part))),
    has: (trait) => hasTrait(subject, trait),
    lever<N extends LeverName>(name: N): NonNullable<Levers[N]> {
      const lever: Levers[N] = subject.levers[name];
      if (lever === undefined) throw new CaseFailed(`The lever ${name} is not there.`);
      return lever;
    },
    livingVolumes: async () =>
      (await all(cloud.volumes.list({ tags }))).filter(({ state }) => isAlive(state)),
    livingInstances: async () =>
      (await all(cloud.instances.list({ tags }))).filter(({ state }) => isAlive(state)),
    async onlyVolume(id) {
      await bench.eventually(`${id} is listed`, async () =>
        (await bench.livingVolumes()).some((one) => one.id === id),
      );
      const ids = (await bench.livingVolumes()).map((one) => one.id);
      check(ids.length === 1, `There are ${ids.length} volumes: ${ids.join(', ')}.`);
    },
    async ended(result) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const stop = clock.after(timeoutMs + graceMs, () =>
        reject(new CaseFailed(`A call went on for more than the ${timeoutMs} ms that it had.`)),
      );
      return await Promise.race([result, late]).finally(stop);
    },
    must: async (result) => valueIn(await bench.ended(result)),
    mustFail: async (result, ...kinds) => errorIn(await bench.ended(result), kinds),
    async eventually(what, holds) {
      const deadlineMs = clock.now() + timeoutMs;
      while (!(await holds())) {
        check(clock.now() < deadlineMs, `It never came about: ${what}.`);
        await bench.pause(100);
      }
    },
    pause: (durationMs) => new Promise((wake) => clock.after(durationMs, wake)),
    async timed(work) {
      const beganMs = clock.now();
      const value = await work;
      return { value, tookMs: clock.now() - beganMs };
    },
    atLast(undo) {
      undos.add(undo);
      return async () => {
        if (undos.delete(undo)) await undo();
      };
    },
    async clearUp() {
      subject.levers.calm?.();
      const last = [...undos];
      undos.clear();
      for (const undo of last) await undo();
      await clearUp(bench);
    },
  };
  return bench;
}
