import type { CloudResult, Instance, InstanceOffer, Instances } from '@belay/cloud';
import { errAsync, okAsync } from 'neverthrow';
import { findByKey } from '../create-once.ts';
import { createInstance } from '../instance-create.ts';
import { deleteInstance } from '../instance-delete.ts';
import { renameInstance, resizeInstance, startInstance, stopInstance } from '../instance-power.ts';
import { asItIs } from '../instance-process.ts';
import { keepVolume } from '../keep-volume.ts';
import type { InstanceRecord } from '../records.ts';
import type { Site } from '../site.ts';
import { fail, type Span, seen } from '../span.ts';
import { ask, fromShelf, listAll, orMissing, tell } from './verb.ts';
import { toInstance } from './views.ts';

/** The verbs of instances. */
export function instances(site: Site): Instances {
  const { shelves } = site;
  const shelf = shelves.instances;
  const view = async (records: readonly InstanceRecord[]): Promise<readonly Instance[]> => {
    const [volumes, addresses] = await Promise.all([shelves.volumes.all(), shelves.addresses.all()]);
    const now = await Promise.all(records.map((record) => asItIs(site, record)));
    return now.map((record) => toInstance(site, record, volumes, addresses));
  };
  const look = (span: Span, id: string): CloudResult<Instance | undefined> =>
    site
      .wire('instances.get', () => fromShelf(() => shelf.get(id)))
      .andThen((found) => fromShelf(async () => (found === undefined ? undefined : (await view([found]))[0])))
      .mapErr((error) => ({ ...error, operation: span.operation }));
  const until =
    (holds: (instance: Instance) => boolean) =>
    (span: Span, { id }: { readonly id: string }): CloudResult<Instance> =>
      seen(
        span,
        () => look(span, id),
        (instance) => instance !== undefined && holds(instance),
      ).andThen((instance) => orMissing(span, 'instance', id, instance));
  return {
    get: (id, options) =>
      ask(site, 'instances.get', options, (span) =>
        fromShelf(() => shelf.get(id))
          .andThen((found) => orMissing(span, 'instance', id, found))
          .andThen((found) => fromShelf(() => view([found])))
          .andThen(([instance]) => orMissing(span, 'instance', id, instance)),
      ),
    find: (key, options) =>
      ask(site, 'instances.find', options, (span) =>
        findByKey(span, key, shelf).andThen((found) =>
          fromShelf(async () => (found === undefined ? undefined : (await view([found]))[0])),
        ),
      ),
    list: (filter, options) => listAll(site, 'instances.list', { shelf, filter, options, view }),
    create: (spec, call) =>
      tell(
        site,
        'instances.create',
        call,
        (span) => createInstance(span, spec, call),
        until(({ state }) => state !== 'pending'),
      ),
    start: (id, call) =>
      tell(
        site,
        'instances.start',
        call,
        (span) => startInstance(span, id),
        until(({ state }) => state === 'running'),
        id,
      ),
    stop: (id, call) =>
      tell(
        site,
        'instances.stop',
        call,
        (span) => stopInstance(span, id),
        until(({ state }) => state === 'stopped'),
        id,
      ),
    delete: (id, call) =>
      tell(
        site,
        'instances.delete',
        call,
        (span) => deleteInstance(span, id),
        (span) =>
          seen(
            span,
            () => look(span, id),
            (instance) => instance === undefined,
          ).map(() => undefined),
        id,
      ),
    rename: (id, name, call) =>
      tell(
        site,
        'instances.rename',
        call,
        (span) => renameInstance(span, id, name),
        until((instance) => instance.name === name),
        id,
      ),
    keepVolume: (id, volumeId, keep, call) =>
      tell(
        site,
        'instances.keepVolume',
        call,
        (span) => keepVolume(span, id, volumeId, keep).map(() => ({ id })),
        until(({ volumes }) =>
          volumes.some((one) => one.volumeId === volumeId && one.deleteOnTermination === !keep),
        ),
        id,
      ),
    resize: (id, instanceType, call) =>
      tell(
        site,
        'instances.resize',
        call,
        (span) => resizeInstance(span, id, instanceType),
        until((instance) => instance.instanceType === instanceType),
        id,
      ),
    confirmResize: (id, call) =>
      tell(
        site,
        'instances.confirmResize',
        call,
        () => okAsync({ id }),
        until(() => true),
        id,
      ),
    revertResize: (id, call) =>
      tell(
        site,
        'instances.revertResize',
        call,
        (span) =>
          errAsync(fail(span, 'unsupported', 'No old instance is kept here: resize it to its old type.')),
        (_span, done: Instance) => okAsync(done),
        id,
      ),
    offer: (instanceType, zone, options) =>
      ask(site, 'instances.offer', options, (span) => offerOf(span, instanceType, zone)),
  };
}

function offerOf(span: Span, instanceType: string, zone: string): CloudResult<InstanceOffer> {
  const { zones, instanceTypes } = span.site.settings;
  const found = instanceTypes.find(({ name }) => name === instanceType);
  if (found === undefined || !zones.includes(zone)) {
    return okAsync({ instanceType, zone, lifecycle: 'unknown', creatable: 'no' });
  }
  const { vcpus, memoryMiB, volumeSlots } = found;
  return okAsync({
    instanceType,
    zone,
    lifecycle: 'current',
    creatable: 'yes',
    vcpus,
    memoryMiB,
    volumeSlots,
  });
}
