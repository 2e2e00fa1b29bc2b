import type { Result } from 'neverthrow';
import type { Call, CloudResult } from '../call.ts';
import type { Cloud } from '../cloud.ts';
import type { CloudError, CloudErrorKind } from '../cloud-error.ts';
import type { FloatingIp } from '../floating-ip.ts';
import type { Instance, InstanceSpec } from '../instance.ts';
import type { Tags } from '../ref.ts';
import type { StorageVolume, VolumeSpec } from '../volume.ts';
import type { LeverName, Levers } from './lever.ts';
import type { Subject } from './subject.ts';

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
  /** The lever, which the frame has made sure is there. */
  lever<N extends LeverName>(name: N): NonNullable<Levers[N]>;
  /** The volumes of this case that the cloud lists and that are not on their way out. */
  livingVolumes(): Promise<readonly StorageVolume[]>;
  /** The instances of this case that the cloud lists and that are not on their way out. */
  livingInstances(): Promise<readonly Instance[]>;
  /** The value; an error breaks the promise. */
  must<T>(result: CloudResult<T>): Promise<T>;
  /** An error of one of these kinds; a value, or another kind, breaks the promise. */
  mustFail(result: CloudResult<unknown>, ...kinds: readonly CloudErrorKind[]): Promise<CloudError>;
  /** Looks again and again until it is true, for as long as the subject's patience lasts. */
  eventually(what: string, check: () => Promise<boolean>): Promise<void>;
  /** Lets the subject's time pass. */
  pause(durationMs: number): Promise<void>;
  /** Deletes what the case made. */
  clearUp(): Promise<void>;
}

/** A promise that was broken, in a sentence. */
export class CaseFailed extends Error {
  override readonly name = 'CaseFailed';
}

/** Breaks the promise where the condition does not hold; the sentence says how. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new CaseFailed(otherwise);
}

/** Opens the place of one case. */
export function openBench(caseId: string, subject: Subject): Bench {
  const { cloud, patienceMs: timeoutMs, clock } = subject;
  const tags = { 'belay:conformance': `${subject.runName}.${caseId}` };
  const zone = subject.zones[0];
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
    volume: (part, more) => must(cloud.volumes.create(bench.volumeSpec(more), bench.call(part))),
    instance: (part, more) => must(cloud.instances.create(bench.instanceSpec(more), bench.call(part))),
    floatingIp: (part) => must(cloud.floatingIps.create({ tags }, bench.call(part))),
    async attached(part, instance) {
      const { id: volumeId } = await bench.volume(part, { zone: instance.zone });
      await must(cloud.volumes.attach({ volumeId, instanceId: instance.id }, bench.call(`${part}.attach`)));
      return must(cloud.volumes.get(volumeId));
    },
    lever<N extends LeverName>(name: N): NonNullable<Levers[N]> {
      const lever: Levers[N] = subject.levers[name];
      if (lever === undefined) throw new CaseFailed(`The lever ${name} is not there.`);
      return lever;
    },
    livingVolumes: async () =>
      (await all(cloud.volumes.list({ tags }))).filter(({ state }) => isAlive(state)),
    livingInstances: async () =>
      (await all(cloud.instances.list({ tags }))).filter(({ state }) => isAlive(state)),
    must,
    mustFail,
    async eventually(what, holds) {
      const deadlineMs = clock.now() + timeoutMs;
      while (!(await holds())) {
        check(clock.now() < deadlineMs, `It never came about: ${what}.`);
        await bench.pause(100);
      }
    },
    pause: (durationMs) => new Promise((wake) => clock.after(durationMs, wake)),
    clearUp: () => clearUp(bench),
  };
  return bench;
}

async function must<T>(result: CloudResult<T>): Promise<T> {
  return (await result).match(
    (value) => value,
    (error) => {
      throw new CaseFailed(`${error.operation} failed as ${error.kind}: ${error.message}`);
    },
  );
}

async function mustFail(
  result: CloudResult<unknown>,
  ...kinds: readonly CloudErrorKind[]
): Promise<CloudError> {
  return (await result).match(
    () => {
      throw new CaseFailed(`It worked, and should have failed as ${kinds.join(' or ')}.`);
    },
    (error) => {
      check(
        kinds.includes(error.kind),
        `${error.operation} failed as ${error.kind} and not as ${kinds.join(' or ')}: ${error.message}`,
      );
      return error;
    },
  );
}

async function all<T>(list: AsyncIterable<Result<T, CloudError>>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of list) {
    if (item.isErr()) throw new CaseFailed(`${item.error.operation} failed: ${item.error.message}`);
    items.push(item.value);
  }
  return items;
}

function isAlive(state: string): boolean {
  return state !== 'gone' && state !== 'deleting';
}

/** Instances first: with them their attachments end. What cannot be deleted is a failure of the case. */
async function clearUp(bench: Bench): Promise<void> {
  const { cloud, tags } = bench;
  bench.subject.levers.calm?.();
  for (const address of bench.subject.traits.has('floating-ips')
    ? await all(cloud.floatingIps.list({ tags }))
    : []) {
    if (address.instanceId !== undefined) {
      const off = { from: address.instanceId, to: undefined };
      await must(cloud.floatingIps.move(address.id, off, bench.call(`clear.${address.id}.off`)));
    }
    await must(cloud.floatingIps.delete(address.id, bench.call(`clear.${address.id}`)));
  }
  for (const { id } of await bench.livingInstances()) {
    await must(cloud.instances.delete(id, bench.call(`clear.${id}`)));
  }
  for (const { id } of await bench.livingVolumes()) {
    await must(cloud.volumes.delete(id, bench.call(`clear.${id}`)));
  }
}
