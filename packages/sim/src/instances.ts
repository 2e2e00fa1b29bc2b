import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { attachRoot, leaveInstance } from './attachments.ts';
import { bootGuest, haltGuest, newGuest } from './guest.ts';
import { newId, newPrivateAddress, newPublicAddress } from './names.ts';
import { bad, instanceOf, isAlive, livingInstance, noSuchZone } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord } from './state.ts';
import { giveMachineBack, hasMachine, takeMachine, withinQuota } from './stock.ts';
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
      .andThen(() => launch(world, request, use));
  });
}

export function startInstance(world: World, id: string): Result<void, Refusal> {
  return instanceOf(world, id).andThen((instance) => {
    if (instance.state === 'running' || instance.state === 'pending') return ok();
    if (instance.state !== 'stopped') return transitional(instance);
    if (world.state.instanceTypes[instance.instanceType]?.lifecycle === 'retired') {
      return noCapacity(instance, `${instance.instanceType} is retired and starts no more.`);
    }
    if (!takeMachine(world, instance)) return noCapacity(instance);
    world.blur(instance, 'instances.start');
    instance.state = 'pending';
    world.begin({
      operation: 'instances.start',
      takes: 'instances.start',
      transition: { what: 'instance.running', instanceId: id },
      rolledBack: { what: 'instance.stopped', instanceId: id },
    });
    return ok();
  });
}

export function stopInstance(world: World, id: string): Result<void, Refusal> {
  return instanceOf(world, id).andThen((instance) => {
    if (instance.state === 'stopped' || instance.state === 'stopping') return ok();
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

/** Changes the type, as this cloud does it: of a stopped instance at once, or of any one until it is confirmed. */
export function resizeInstance(world: World, id: string, instanceType: string): Result<void, Refusal> {
  const { resizeOnlyWhenStopped, resizeKeptUntilConfirmed } = world.profile.traits;
  return livingInstance(world, id).andThen((instance): Result<void, Refusal> => {
    if (world.state.instanceTypes[instanceType] === undefined) return noSuchType(instanceType);
    if (resizeOnlyWhenStopped && instance.state !== 'stopped') {
      return err({
        rule: 'instance-running',
        message: `${id} must be stopped before its type is changed.`,
        resourceId: id,
        lastState: instance.state,
      });
    }
    if (instance.state !== 'stopped' && instance.state !== 'running') return transitional(instance);
    if (!hasMachine(world, instanceType, instance.zone)) return noCapacity(instance);
    world.blur(instance, 'instances.resize');
    if (!resizeKeptUntilConfirmed) {
      giveMachineBack(world, instance);
      instance.instanceType = instanceType;
      return ok();
    }
    if (instance.state === 'stopped') instance.resizedStopped = true;
    haltGuest(world, id);
    instance.state = 'resizing';
    world.begin({
      operation: 'instances.resize',
      takes: 'instances.resize',
      transition: { what: 'instance.resized', instanceId: id, instanceType },
      rolledBack: { what: 'instance.resize-failed', instanceId: id },
    });
    return ok();
  });
}

export function confirmResize(world: World, id: string): Result<void, Refusal> {
  return livingInstance(world, id).andThen((instance) => {
    if (instance.state !== 'resized') return transitional(instance);
    world.blur(instance, 'instances.resize');
    instance.state = instance.resizedStopped === true ? 'stopped' : 'running';
    delete instance.resizedFrom;
    delete instance.resizedStopped;
    return ok();
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
  | 'instance.running'
  | 'instance.failed'
  | 'instance.stopped'
  | 'instance.gone'
  | 'instance.resized'
  | 'instance.resize-failed'
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
    giveMachineBack(world, instance);
    endInstance(world, instance);
  },
  'instance.resized'(world, { instanceId, instanceType }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'resizing') return;
    giveMachineBack(world, instance);
    instance.resizedFrom = instance.instanceType;
    instance.instanceType = instanceType;
    takeMachine(world, instance);
    instance.state = 'resized';
    world.emit('instance.resized', { instanceId, instanceType });
    if (instance.resizedStopped !== true) bootGuest(world, instanceId);
  },
  'instance.resize-failed'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'resizing') return;
    instance.state = instance.resizedStopped === true ? 'stopped' : 'running';
    world.emit('instance.resize-failed', { instanceId });
    if (instance.resizedStopped !== true) bootGuest(world, instanceId);
    delete instance.resizedStopped;
  },
};

function checkRun(world: World, request: RunRequest): Result<void, Refusal> {
  const { zone, instanceType, imageId, rootSizeGiB, rootSnapshotId, userData = '' } = request;
  const { zones, instanceTypes, images, snapshots } = world.state;
  const type = instanceTypes[instanceType];
  const image = images[imageId];
  if (zones[zone] === undefined) return noSuchZone(zone);
  if (type === undefined) return noSuchType(instanceType);
  if (type.lifecycle === 'retired' || type.zones?.includes(zone) === false) {
    return err({ rule: 'type-not-in-zone', message: `${instanceType} is not offered in ${zone}.` });
  }
  if (image === undefined || image.state !== 'available') {
    return err({
      rule: 'no-such-image',
      message: `The image ${imageId} does not exist.`,
      resourceId: imageId,
    });
  }
  if (userData.length > longestUserData) return bad('The user data are longer than 16 KiB.');
  if (rootSizeGiB !== undefined && !(rootSizeGiB >= image.minDiskGiB)) {
    return bad(`The root disk must have at least ${image.minDiskGiB} GiB.`);
  }
  if (rootSnapshotId !== undefined && snapshots[rootSnapshotId]?.state !== 'completed') {
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
    deletionProtected: false,
    tags: { ...request.tags },
    userData: request.userData,
    createdAtMs: world.nowMs,
    holdsStock: false,
  };
  const hasMachineNow = takeMachine(world, instance);
  if (!hasMachineNow && !profile.lateOutOfStock) return noCapacity(instance);
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
    if (address.instanceId === instance.id) address.instanceId = undefined;
    if (address.routedTo === instance.id) address.routedTo = undefined;
  }
  world.emit('instance.gone', { instanceId: instance.id });
  for (const volumeId of goneToo) world.emit('volume.gone', { volumeId });
}

function transitional(instance: InstanceRecord): Result<never, Refusal> {
  const { id, state } = instance;
  const rule = state === 'gone' || state === 'shutting-down' ? 'instance-gone' : 'instance-transitional';
  return err({
    rule: state === 'failed' ? 'instance-failed' : rule,
    message: `The instance ${id} is ${state}.`,
    resourceId: id,
    lastState: state,
  });
}

function noCapacity(instance: InstanceRecord, why?: string): Result<never, Refusal> {
  const { instanceType, zone } = instance;
  return err({
    rule: 'no-capacity',
    message: why ?? `There is no capacity for ${instanceType} in ${zone} now.`,
  });
}

function noSuchType(instanceType: string): Result<never, Refusal> {
  return err({ rule: 'no-such-type', message: `The instance type ${instanceType} does not exist.` });
}
