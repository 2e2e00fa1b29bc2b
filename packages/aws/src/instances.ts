import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, Instance, Instances, Tags } from '@belay/cloud';
import { fail, findByKey, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync, type Result } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import { createInstance, idOf, livingUnder } from './instance-create.ts';
import { instanceOf, instanceState } from './instance-mapping.ts';
import { offer } from './instance-offer.ts';
import { deleteInstance, startInstance, stopInstance } from './instance-power.ts';
import { resizeInstance } from './instance-resize.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, read, repeat, type Span } from './span.ts';
import { hasTags, tagFilters } from './tags.ts';

/** The port's instances over EC2's. */
export function instances(ec2: Ec2): Instances {
  return {
    get(id, options) {
      const span = beginRead(ec2, 'instances.get', options, id);
      return mustExist(span, ec2.instances, id).andThen((seen) => toInstance(span, seen));
    },
    find(key, options) {
      const span = beginRead(ec2, 'instances.find', options);
      return findByKey({ span, key, look: () => livingUnder(span, key), idOf }).andThen((found) =>
        found === undefined ? okAsync(undefined) : toInstance(span, found),
      );
    },
    list: (filter, options) => listInstances(beginRead(ec2, 'instances.list', options), filter?.tags),
    create(spec, call) {
      const span = beginChange(ec2, 'instances.create', call);
      return createInstance(span, spec, call.key).andThen(({ instance, isNew }) =>
        // Launched without protection. To ask would be one more read for each launch, and none can be shared.
        isNew ? okAsync(instanceOf(instance, false)) : toInstance(span, instance),
      );
    },
    start(id, call) {
      const span = beginChange(ec2, 'instances.start', call, id);
      return startInstance(span, id).andThen((seen) => toInstance(span, seen));
    },
    stop(id, call) {
      const span = beginChange(ec2, 'instances.stop', call, id);
      return stopInstance(span, id).andThen((seen) => toInstance(span, seen));
    },
    delete: (id, call) => deleteInstance(beginChange(ec2, 'instances.delete', call, id), id),
    rename: (id, name, call) => rename(beginChange(ec2, 'instances.rename', call, id), id, name),
    keepVolume: (id, volumeId, keep, call) =>
      keepVolume(beginChange(ec2, 'instances.keepVolume', call, id), id, volumeId, keep),
    resize(id, instanceType, call) {
      const span = beginChange(ec2, 'instances.resize', call, id);
      return resizeInstance(span, id, instanceType, call.reservationId).andThen((seen) =>
        toInstance(span, seen),
      );
    },
    confirmResize(id, call) {
      // EC2 keeps no old one: there is never anything to confirm.
      const span = beginChange(ec2, 'instances.confirmResize', call, id);
      return mustExist(span, ec2.instances, id).andThen((seen) => toInstance(span, seen));
    },
    revertResize(id, call) {
      const span = beginChange(ec2, 'instances.revertResize', call, id);
      const message = `EC2 keeps no old one of ${id}: the way back is another resize, while it is stopped.`;
      return errAsync(fail(span, 'unsupported', message));
    },
    offer: (instanceType, zone, options) =>
      offer(beginRead(ec2, 'instances.offer', options), instanceType, zone),
  };
}

/** Adds what EC2 tells only in a call of its own: whether the instance may be deleted. */
function toInstance(span: Span, instance: Ec2Instance): CloudResult<Instance> {
  if (instanceState(instance) === 'gone') return okAsync(instanceOf(instance, false));
  const request = { InstanceId: idOf(instance), Attribute: 'disableApiTermination' } as const;
  return read(span, (api, signal) => api.describeInstanceAttribute(request, signal))
    .map(({ DisableApiTermination }) => instanceOf(instance, DisableApiTermination?.Value ?? false))
    .orElse((error) =>
      // It has gone since it was read; the next read says so.
      error.kind === 'not-found'
        ? okAsync(instanceOf(instance, false))
        : // After a change that is done and seen, a read that fails does not undo it.
          errAsync(span.changes ? { ...error, applied: 'yes' as const } : error),
    );
}

async function* listInstances(
  span: Span,
  tags: Tags | undefined,
): AsyncIterable<Result<Instance, CloudError>> {
  const isWanted = hasTags(tags ?? {});
  const found = pages<Ec2Instance>(
    (token) =>
      read(span, (api, signal) =>
        api.describeInstances(
          {
            MaxResults: 500,
            ...(tags === undefined ? {} : { Filters: tagFilters(tags) }),
            ...(token === undefined ? {} : { NextToken: token }),
          },
          signal,
        ),
      ).map(({ Reservations = [], NextToken: next }) => ({
        items: Reservations.flatMap(({ Instances = [] }) => Instances).filter((one) => isWanted(one.Tags)),
        next,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of instances twice.'),
  );
  // Without their protection: that would be one more call for each.
  for await (const one of found) yield one.map((instance) => instanceOf(instance));
}

function rename(span: Span, id: string, name: string): CloudResult<Instance> {
  const Tags = [{ Key: 'Name', Value: name }];
  return repeat(span, (api, signal) => api.createTags({ Resources: [id], Tags }, signal)).andThen(() =>
    untilSeen(span, id, (seen) => instanceOf(seen).name === name),
  );
}

function keepVolume(span: Span, id: string, volumeId: string, keep: boolean): CloudResult<Instance> {
  const mappingOf = ({ BlockDeviceMappings = [] }: Ec2Instance) =>
    BlockDeviceMappings.find(({ Ebs }) => Ebs?.VolumeId === volumeId);
  return mustExist(span, span.ec2.instances, id).andThen((instance) => {
    const mapping = mappingOf(instance);
    if (mapping?.DeviceName === undefined) {
      return errAsync(
        fail(span, 'not-found', `${volumeId} is not attached to ${id}.`, { resourceId: volumeId }),
      );
    }
    if (mapping.Ebs?.DeleteOnTermination === !keep) return toInstance(span, instance);
    const { DeviceName } = mapping;
    const BlockDeviceMappings = [{ DeviceName, Ebs: { VolumeId: volumeId, DeleteOnTermination: !keep } }];
    return repeat(span, (api, signal) =>
      api.modifyInstanceAttribute({ InstanceId: id, BlockDeviceMappings }, signal),
    ).andThen(() => untilSeen(span, id, (seen) => mappingOf(seen)?.Ebs?.DeleteOnTermination === !keep));
  });
}

/** Reads back what was changed: EC2 may still show the old value for a moment. */
function untilSeen(span: Span, id: string, isThere: (seen: Ec2Instance) => boolean): CloudResult<Instance> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until: (seen) => (seen !== undefined && isThere(seen) ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.State?.Name,
    applied: 'yes',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : toInstance(span, seen),
  );
}
