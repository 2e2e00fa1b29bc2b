import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { bootGuest, haltGuest, newGuest } from './guest.ts';
import { attachRoot, leaveInstance } from './instance-disks.ts';
import { lifeOf, mayMakeOf } from './instance-types.ts';
import { isWellFormed, newId, newPrivateAddress, newPublicAddress } from './names.ts';
import { vcpusOf, withinQuota } from './quotas.ts';
import { bad, instanceOf, isAlive, livingInstance, noSuchZone, transitional, unlocked } from './records.ts';
import type { Refusal } from './refusal.ts';
import { endResizing } from './resize.ts';
import { findSnapshot } from './snapshots.ts';
import type { InstanceRecord } from './state.ts';
import { giveMachineBack, noCapacity, takeMachine } from './stock.ts';
import { rememberToken, replayOf, type TokenUse } from './tokens.ts';
import type { World } from './world.ts';

/**
 * Instances as the provider's API has them: what it accepts and refuses, and what becomes of them. Every answer is
 * given at the moment of the request; what takes time is begun and ends by itself.
 */
export interface RunRequest {
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly userData?: string | undefined;
  /** Takes its machine from there and from nowhere else. */
  readonly reservationId?: string | undefined;
  readonly deletionProtected?: boolean | undefined;
  readonly rootSizeGiB?: number | undefined;
  readonly rootSnapshotId?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const longestUserData = 16 * 1024;

export function runInstance(
  world: World,
  request: RunRequest,
  token: string | undefined,
): Result<string, Refusal> {
  // The provider remembers the tokens of instances zone by zone: another zone is another instance.
  const use: TokenUse = {
    token,
    scope: `run/${request.zone}`,
    request,
    isAlive: (id) => isAlive(world.state.instances[id]),
  };
  return replayOf(world, use).andThen((known) => {
    if (known !== undefined) return ok(known);
    return checkRun(world, request)
      .andThen(() => withinQuota(world, 'instances', 1))
      .andThen(() => mayUseVcpus(world, request))
      .andThen(() => launch(world, request, use));
  });
}

export function startInstance(world: World, id: string): Result<void, Refusal> {
  return unlocked(world, id).andThen((instance) => {
    if (instance.state === 'running' || instance.state === 'pending') return already(world, instance);
    if (instance.state !== 'stopped') return transitional(instance);
    const { instanceType, zone } = instance;
    if (lifeOf(world, instanceType, zone).lifecycle === 'retired') {
      return noCapacity(instanceType, zone, `${instanceType} is retired and starts no more.`);
    }
    return (instance.holdsStock ? ok() : mayUseVcpus(world, instance))
      .andThen(() => takeMachine(world, instance))
      .map(() => {
        world.blur(instance, 'instances.start');
        instance.state = 'pending';
        world.begin({
          operation: 'instances.start',
          takes: 'instances.start',
          transition: { what: 'instance.running', instanceId: id },
          rolledBack: { what: 'instance.stopped', instanceId: id },
        });
      });
  });
}

export function stopInstance(world: World, id: string): Result<void, Refusal> {
  return unlocked(world, id).andThen((instance) => {
    if (instance.state === 'stopped' || instance.state === 'stopping') return already(world, instance);
    if (instance.state !== 'running') return transitional(instance);
    world.blur(instance, 'instances.stop');
    instance.state = 'stopping';
    haltGuest(world, id);
    world.begin({
      operation: 'instances.stop',
      takes: 'instances.stop',
      transition: { what: 'instance.stopped', instanceId: id },
    });
    return ok();
  });
}

export function terminateInstance(world: World, id: string): Result<void, Refusal> {
  return instanceOf(world, id).andThen((instance): Result<void, Refusal> => {
    if (instance.state === 'gone' || instance.state === 'shutting-down') return ok();
    if (instance.deletionProtected) {
      return err({
        rule: 'instance-protected',
        message: `${id} is protected against deletion.`,
        resourceId: id,
      });
    }
    world.blur(instance, 'instances.delete');
    instance.state = 'shutting-down';
    haltGuest(world, id);
    world.begin({
      operation: 'instances.delete',
      takes: 'instances.delete',
      transition: { what: 'instance.gone', instanceId: id },
    });
    return ok();
  });
}

export function renameInstance(world: World, id: string, name: string): Result<void, Refusal> {
  return livingInstance(world, id).map((instance) => {
    world.blur(instance, 'instances.rename');
    instance.name = name;
  });
}

/** EC2's termination protection; Nova's lock, which keeps every other change away as well. */
export function protectInstance(world: World, id: string, on: boolean): Result<void, Refusal> {
  return livingInstance(world, id).map((instance) => {
    world.blur(instance, 'instances.protect');
    instance.deletionProtected = on;
  });
}

/** What a read shows of it. */
export function describeInstance(world: World, id: string): Result<InstanceRecord, Refusal> {
  return instanceOf(world, id).andThen((instance) => {
    const seen = world.seen(instance);
    return seen === undefined
      ? err<InstanceRecord, Refusal>({
          rule: 'no-such-instance',
          message: `The instance ${id} does not exist.`,
          resourceId: id,
        })
      : ok(structuredClone(seen));
  });
}

export function listInstances(world: World): readonly InstanceRecord[] {
  return Object.keys(world.state.instances).flatMap((id) =>
    describeInstance(world, id).match(
      (instance) => [instance],
      () => [],
    ),
  );
}

export const instanceTransitions: Transitions<
  'instance.running' | 'instance.failed' | 'instance.stopped' | 'instance.gone'
> = {
  'instance.running'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'pending') return;
    instance.state = 'running';
    instance.publicAddress ??= world.profile.family === 'ec2' ? newPublicAddress(world) : undefined;
    world.emit('instance.running', { instanceId });
    bootGuest(world, instanceId);
  },
  'instance.failed'(world, { instanceId, fault }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'pending') return;
    instance.state = 'failed';
    instance.fault = fault;
    world.emit('instance.failed', { instanceId, fault });
    giveMachineBack(world, instance);
    // EC2 ends what it could not launch; Nova leaves it behind for its owner to delete.
    if (world.profile.family === 'ec2') endInstance(world, instance);
  },
  'instance.stopped'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'stopping' && instance?.state !== 'pending') return;
    instance.state = 'stopped';
    instance.publicAddress = undefined;
    if (world.profile.traits.stopMayLoseCapacity) giveMachineBack(world, instance);
    world.emit('instance.stopped', { instanceId });
  },
  'instance.gone'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance === undefined || instance.state === 'gone') return;
    endResizing(world, instance);
    giveMachineBack(world, instance);
    endInstance(world, instance);
  },
};

function checkRun(world: World, request: RunRequest): Result<void, Refusal> {
  const { zone, instanceType, imageId, rootSizeGiB, rootSnapshotId, userData = '', reservationId } = request;
  const { zones, images, reservations } = world.state;
  const image = images[imageId];
  if (zones[zone] === undefined) return noSuchZone(zone);
  const offered = mayMakeOf(world, instanceType, zone);
  if (offered.isErr()) return offered;
  if (!isWellFormed(world, 'image', imageId)) {
    return err({ rule: 'malformed-image-id', message: `"${imageId}" is no id of an image.` });
  }
  if (image === undefined || image.state !== 'available') {
    return err({
      rule: 'no-such-image',
      message: `The image ${imageId} does not exist.`,
      resourceId: imageId,
    });
  }
  if (Buffer.byteLength(userData) > longestUserData) return bad('The user data are longer than 16 KiB.');
  if (rootSizeGiB !== undefined && !(rootSizeGiB >= image.minDiskGiB)) {
    return bad(`The root disk must have at least ${image.minDiskGiB} GiB.`);
  }
  if (reservationId !== undefined && reservations[reservationId] === undefined) {
    const message = `The capacity reservation ${reservationId} does not exist.`;
    return err({ rule: 'no-such-reservation', message, resourceId: reservationId });
  }
  if (rootSnapshotId !== undefined && findSnapshot(world, rootSnapshotId)?.state !== 'completed') {
    return bad(`The snapshot ${rootSnapshotId} does not exist or is not ready.`);
  }
  return ok();
}

function launch(world: World, request: RunRequest, use: TokenUse): Result<string, Refusal> {
  const { state, profile } = world;
  const instance: InstanceRecord = {
    id: newId(world, 'instance'),
    name: request.name,
    state: 'pending',
    zone: request.zone,
    instanceType: request.instanceType,
    imageId: request.imageId,
    privateAddress: newPrivateAddress(world),
    rootVolumeId: newId(world, 'volume'),
    deletionProtected: request.deletionProtected ?? false,
    tags: { ...request.tags },
    userData: request.userData,
    clientToken: use.token,
    reservationId: request.reservationId,
    badDevices: {},
    createdAtMs: world.nowMs,
    holdsStock: false,
  };
  const machine = takeMachine(world, instance);
  const hasMachineNow = machine.isOk();
  if (machine.isErr() && !profile.lateOutOfStock) return err(machine.error);
  state.instances[instance.id] = instance;
  attachRoot(world, instance, request.rootSizeGiB ?? state.images[request.imageId]?.minDiskGiB ?? 8);
  state.guests[instance.id] = newGuest(world, instance);
  rememberToken(world, use, instance.id);
  world.blur(instance, 'instances.create', null);
  const failed = {
    what: 'instance.failed',
    instanceId: instance.id,
    fault: hasMachineNow ? 'The server did not start.' : 'No valid host was found.',
  } as const;
  world.begin({
    operation: 'instances.create',
    takes: 'instances.create',
    transition: hasMachineNow ? { what: 'instance.running', instanceId: instance.id } : failed,
    rolledBack: failed,
  });
  return ok(instance.id);
}

function endInstance(world: World, instance: InstanceRecord): void {
  instance.state = 'gone';
  instance.goneAtMs = world.nowMs;
  const goneToo = leaveInstance(world, instance.id);
  for (const address of Object.values(world.state.floatingIps)) {
    if (address.instanceId === instance.id) {
      address.instanceId = undefined;
      address.associationId = undefined;
      address.revision += 1;
    }
    if (address.routedTo === instance.id) address.routedTo = undefined;
  }
  world.emit('instance.gone', { instanceId: instance.id });
  for (const volumeId of goneToo) world.emit('volume.gone', { volumeId });
}

/** EC2 takes a request for what is so already; Nova refuses it as one in the wrong state. */
function already(world: World, instance: InstanceRecord): Result<void, Refusal> {
  return world.profile.family === 'ec2' ? ok() : transitional(instance);
}

function mayUseVcpus(
  world: World,
  { instanceType, reservationId }: Pick<RunRequest, 'instanceType' | 'reservationId'>,
): Result<void, Refusal> {
  // What is reserved is counted already.
  return reservationId === undefined ? withinQuota(world, 'vcpus', vcpusOf(world, instanceType)) : ok();
}
