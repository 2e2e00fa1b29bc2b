import type { Clock } from '@belay/cloud';
import * as v from 'valibot';
import { operations } from '../../faults.ts';
import type { Sim } from '../../sim.ts';
import type { Ec2Levers } from '../levers.ts';

/**
 * What can be done to a served world from outside, by its name in JSON. A deed that can be taken back gives the
 * function for that.
 */
interface Hands {
  readonly sim: Sim<Clock>;
  readonly levers: Ec2Levers;
}

type Deed = (hands: Hands) => (() => void) | undefined;

const text = v.pipe(v.string(), v.minLength(1));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const limit = v.exactOptional(whole);

/** What a deed needs to be told, and how it is done. */
function deed<E extends v.ObjectEntries>(
  entries: E,
  act: (given: v.InferOutput<v.StrictObjectSchema<E, undefined>>, hands: Hands) => unknown,
): v.GenericSchema<unknown, Deed> {
  return v.pipe(
    v.strictObject(entries),
    v.transform((given) => (hands: Hands) => undoOf(act(given, hands))),
  );
}

/** Some acts of the world return the way back, and some return nothing. */
function undoOf(returned: unknown): (() => void) | undefined {
  return typeof returned === 'function' ? () => void returned() : undefined;
}

export const deeds: Readonly<Record<string, v.GenericSchema<unknown, Deed>>> = {
  outOfStock: deed({ instanceType: text, zone: text }, ({ instanceType, zone }, { sim }) => {
    sim.faults.outOfStock(instanceType, zone);
  }),
  restock: deed({ instanceType: text, zone: text, count: limit }, ({ instanceType, zone, count }, { sim }) =>
    sim.faults.restock(instanceType, zone, count),
  ),
  setQuota: deed(
    {
      instances: limit,
      vcpus: limit,
      volumes: limit,
      volumeGiB: limit,
      snapshots: limit,
      floatingIps: limit,
    },
    (quotas, { sim }) => sim.world.setQuota(quotas),
  ),
  retire: deed(
    { instanceType: text, endsAt: v.exactOptional(text), zone: v.exactOptional(text) },
    ({ instanceType, endsAt, zone }, { sim }) => sim.world.retire(instanceType, endsAt, zone),
  ),
  instanceType: deed(
    { name: text, vcpus: whole, memoryMiB: whole, volumeSlots: whole },
    ({ name, ...type }, { sim }) => sim.world.seed.instanceType(name, type),
  ),
  image: deed({ name: text, minDiskGiB: v.exactOptional(whole) }, (image, { sim }) => {
    sim.world.seed.image({ ...image, guest: { os: 'debian 12', kernel: '6.1.0-41', services: [] } });
  }),
  deny: deed({ actions: v.array(text) }, ({ actions }, { sim }) => sim.world.deny(actions)),
  expireRequests: deed({ on: v.boolean() }, ({ on }, { levers }) => levers.expireRequests(on)),
  refuseKeys: deed({ on: v.boolean() }, ({ on }, { levers }) => levers.refuseKeys(on)),
  outage: deed({ on: v.boolean() }, ({ on }, { sim }) => sim.faults.outage(on)),
  random: deed(
    {
      seed: v.union([v.number(), text]),
      rate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
      operations: v.exactOptional(v.array(v.picklist(operations))),
      kinds: v.exactOptional(v.array(v.picklist(['transient', 'lost-reply', 'slow']))),
    },
    (options, { sim }) => sim.faults.random(options),
  ),
  replay: deed({ operation: v.picklist(operations) }, ({ operation }, { sim }) => {
    if (!sim.faults.replay(operation)) throw new Error(`No ${operation} has had an effect yet.`);
  }),
  showAs: deed({ volumeId: text, word: text }, ({ volumeId, word }, { sim }) =>
    sim.world.showAs(volumeId, word),
  ),
  unstick: deed({}, (_, { sim }) => sim.faults.unstick()),
  freeze: deed({ resourceId: text }, ({ resourceId }, { sim }) => sim.faults.freeze(resourceId)),
  hang: deed({ instanceId: text }, ({ instanceId }, { sim }) => sim.world.hang(instanceId)),
  hangHost: deed({ instanceId: text }, ({ instanceId }, { sim }) => sim.faults.hangHost(instanceId)),
  holdDisk: deed({ volumeId: text }, ({ volumeId }, { sim }) => sim.world.holdDisk(volumeId)),
  spoilDevice: deed(
    { instanceId: text, device: text, how: v.picklist(['taken', 'sticks']) },
    ({ instanceId, device, how }, { sim }) => sim.world.spoilDevice(instanceId, device, how),
  ),
  lose: deed({ volumeId: text }, ({ volumeId }, { sim }) => sim.world.lose(volumeId)),
};
