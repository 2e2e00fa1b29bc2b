import type { BlockDeviceMapping, Instance as Ec2Instance, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { type CloudError, type CloudResult, type InstanceSpec, keyTag } from '@belay/cloud';
import { fail, lookByKey, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { instanceState } from './instance-mapping.ts';
import { refusalOf, requestOf } from './instance-request.ts';
import { change, read, type Span } from './span.ts';

/** What runs under a key. */
export interface Launched {
  readonly instance: Ec2Instance;
  /** Launched by this very call, and not found or answered once more by EC2: nobody has had it before. */
  readonly isNew: boolean;
}

/** Launches one instance for one key and waits until it runs. What EC2 gives up on is out of stock, and gone. */
export function createInstance(span: Span, spec: InstanceSpec, key: string): CloudResult<Launched> {
  let newId: string | undefined;
  const note = (made: Ec2Instance): Ec2Instance => {
    // A token that was used before is answered with what became of the instance since.
    if (instanceState(made) === 'pending') newId = idOf(made);
    return made;
  };
  return launchRequest(span, spec, key)
    .andThen((request) =>
      createOnce({
        span,
        kind: 'instance',
        verb: 'create',
        key,
        look: () => livingUnder(span, key),
        create: (token) => launch(span, request, token).map(note),
        idOf,
        isGone: (made) => instanceState(made) === 'gone',
        difference: (made) => difference(made, spec),
      }),
    )
    .andThen((made) => untilRuns({ ...span, resourceId: idOf(made) }, idOf(made)))
    .map((instance) => ({ instance, isNew: idOf(instance) === newId }));
}

/** All that carry the key's tag and are not gone. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Instance[]> {
  return lookByKey(span, span.ec2.byKey.instances, keyTag(key)).map((all) =>
    all.filter((one) => instanceState(one) !== 'gone'),
  );
}

export function idOf({ InstanceId }: Ec2Instance): string {
  return InstanceId ?? '';
}

function launchRequest(span: Span, spec: InstanceSpec, key: string): CloudResult<RunInstancesRequest> {
  const refusal = refusalOf(spec);
  if (refusal !== undefined) return errAsync(fail(span, 'invalid', refusal));
  return rootMapping(span, spec).map((mappings) => requestOf(spec, key, mappings));
}

/** A root disk of another size or content goes by the image's name for it, which only the image knows. */
function rootMapping(span: Span, spec: InstanceSpec): CloudResult<readonly BlockDeviceMapping[]> {
  const { rootSizeGiB, rootSnapshotId, imageId } = spec;
  if (rootSizeGiB === undefined && rootSnapshotId === undefined) return okAsync([]);
  return read(span, (api, signal) => api.describeImages({ ImageIds: [imageId] }, signal)).andThen(
    ({ Images: [image] = [] }) => {
      if (image?.RootDeviceName === undefined) {
        return errAsync(
          fail(span, 'invalid', `The image ${imageId} does not say what its root disk is called.`),
        );
      }
      const Ebs = {
        DeleteOnTermination: true,
        ...(rootSizeGiB === undefined ? {} : { VolumeSize: rootSizeGiB }),
        ...(rootSnapshotId === undefined ? {} : { SnapshotId: rootSnapshotId }),
      };
      return okAsync([{ DeviceName: image.RootDeviceName, Ebs }]);
    },
  );
}

function launch(span: Span, request: RunInstancesRequest, token: string): CloudResult<Ec2Instance> {
  return change(span, (api, signal) => api.runInstances({ ...request, ClientToken: token }, signal)).andThen(
    ({ Instances: [made] = [] }) =>
      made === undefined
        ? errAsync(fail(span, 'failed', 'EC2 answered the launch with no instance.', { applied: 'unknown' }))
        : okAsync(made),
  );
}

function difference(made: Ec2Instance, spec: InstanceSpec): string | undefined {
  const zone = made.Placement?.AvailabilityZone;
  if (made.InstanceType !== spec.instanceType)
    return `is of type ${made.InstanceType}, not ${spec.instanceType}`;
  if (zone !== spec.zone) return `is in ${zone}, not ${spec.zone}`;
  if (made.ImageId !== spec.imageId) return `boots from ${made.ImageId}, not ${spec.imageId}`;
  return undefined;
}

function untilRuns(span: Span, id: string): CloudResult<Ec2Instance> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until(seen) {
      // Not there yet: EC2 has answered with its id, and shows it a moment later.
      if (seen === undefined) return 'not-yet';
      const state = instanceState(seen);
      if (state === 'running') return 'yes';
      if (state === 'stopped') return doesNotRun(span, seen);
      return state === 'gone' ? gaveUp(span, seen) : 'not-yet';
    },
    stateOf: (seen) => seen?.State?.Name,
    applied: 'unknown',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'failed', `${id} is not to be seen.`)) : okAsync(seen),
  );
}

/** Somebody has stopped what was launched under this key: it exists, which is what a create is for, but does not run. */
function doesNotRun(span: Span, { InstanceId, State }: Ec2Instance): CloudError {
  const message = `${InstanceId} was launched under this key, and is ${State?.Name}.`;
  return fail(span, 'busy', message, { lastState: State?.Name, applied: 'yes' });
}

/** EC2 accepts a launch or a start and says afterwards, in the state's reason, why it came to nothing. */
export function gaveUp(span: Span, { InstanceId, State, StateReason }: Ec2Instance): CloudError {
  const code = StateReason?.Code ?? '';
  const kind = /Insufficient\w*Capacity/.test(code)
    ? 'out-of-stock'
    : /LimitExceeded/.test(code)
      ? 'quota'
      : 'failed';
  const hint = code === 'Client.InternalError' ? ' Check the rights on the KMS key of its disks.' : '';
  const why = StateReason?.Message ?? (code === '' ? 'EC2 gives no reason' : code);
  return fail(span, kind, `${InstanceId} went to ${State?.Name}: ${why}.${hint}`, {
    lastState: State?.Name,
    ...(code === '' ? {} : { code }),
  });
}
