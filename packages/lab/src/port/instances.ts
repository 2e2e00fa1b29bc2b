import type { CloudResult, Instance, InstanceOffer, Instances } from '@belay/cloud';
import { okAsync } from 'neverthrow';
import { createInstance } from '../instance-create.ts';
import { deleteInstance } from '../instance-delete.ts';
import { renameInstance, resizeInstance, startInstance, stopInstance } from '../instance-power.ts';
import { asItIs } from '../instance-process.ts';
import { keepVolume } from '../keep-volume.ts';
import type { InstanceRecord } from '../records.ts';
import type { Site } from '../site.ts';
import type { Span } from '../span.ts';
import { lacks, reads } from './reads.ts';
import { ask, end, make, tell } from './verb.ts';
import { toInstance } from './views.ts';

/** The verbs of instances. */
export function instances(site: Site): Instances {
  const all = reads(site, {
    kind: 'instances',
    noun: 'instance',
    shelf: site.shelves.instances,
    view: (records) => viewOf(site, records),
  });
  const { get, find, list, until } = all;
  /** A change of the instance with this id, seen when it holds. */
  const changed =
    <T>(id: string, holds: (instance: Instance) => boolean) =>
    (span: Span, _done: T): CloudResult<Instance> =>
      until(span, id, holds);
  return {
    get,
    find,
    list,
    create: (spec, call) =>
      make(site, 'instances.create', {
        call,
        asked: spec,
        reads: all,
        work: (span) => createInstance(span, spec, call),
        isMade: ({ state }) => state !== 'pending',
      }),
    start: (id, call) =>
      tell(
        site,
        'instances.start',
        call,
        (span) => startInstance(span, id),
        changed(id, ({ state }) => state === 'running'),
        id,
      ),
    stop: (id, call) =>
      tell(
        site,
        'instances.stop',
        call,
        (span) => stopInstance(span, id),
        changed(id, ({ state }) => state === 'stopped'),
        id,
      ),
    delete: (id, call) => end(site, 'instances.delete', { id, call, reads: all, work: deleteInstance }),
    rename: (id, name, call) =>
      tell(
        site,
        'instances.rename',
        call,
        (span) => renameInstance(span, id, name),
        changed(id, (instance) => instance.name === name),
        id,
      ),
    keepVolume: (id, volumeId, keep, call) =>
      tell(
        site,
        'instances.keepVolume',
        call,
        (span) => keepVolume(span, id, volumeId, keep),
        changed(id, ({ volumes }) =>
          volumes.some((one) => one.volumeId === volumeId && one.deleteOnTermination === !keep),
        ),
        id,
      ),
    resize: (id, instanceType, call) =>
      call.reservationId === undefined
        ? tell(
            site,
            'instances.resize',
            call,
            (span) => resizeInstance(span, id, instanceType),
            changed(id, (instance) => instance.instanceType === instanceType),
            id,
          )
        : lacks(site, 'instances.resize', 'A lab has no reservations to choose from.'),
    confirmResize: (id, options) => get(id, options),
    revertResize: () =>
      lacks(site, 'instances.revertResize', 'No old instance is kept here: resize it to its old type.'),
    offer: (instanceType, zone, options) =>
      ask(site, 'instances.offer', options, () => offerOf(site, instanceType, zone)),
  };
}

async function viewOf(site: Site, records: readonly InstanceRecord[]): Promise<readonly Instance[]> {
  if (records.length === 0) return [];
  const { shelves } = site;
  const [volumes, addresses] = await Promise.all([shelves.volumes.all(), shelves.addresses.all()]);
  const now = await Promise.all(records.map((record) => asItIs(site, record)));
  return now.map((record) => toInstance(site, record, volumes, addresses));
}

function offerOf(
  { settings: { zones, instanceTypes } }: Site,
  instanceType: string,
  zone: string,
): CloudResult<InstanceOffer> {
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
