import { tokenOf } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { must, mustFail, openEc2, zones } from './open-ec2.ts';

const spec = { instanceType: 't3.micro', zone: zones[0], count: 1 };
const call = { key: 'run-1/capacity' };

describe('a reservation', () => {
  it('is made once for its key, by a token that the adapter sets itself', async () => {
    const { cloud, open, loseNext, requests } = await openEc2();
    loseNext('createCapacityReservation');
    const made = await must(cloud.reservations.create(spec, call));
    expect(made).toMatchObject({ state: 'active', count: 1, free: 1, instanceType: 't3.micro' });
    expect((await must(open().reservations.create(spec, call))).id).toBe(made.id);
    expect((await must(open().reservations.find(call.key)))?.id).toBe(made.id);
    const tokens = requests('createCapacityReservation').map((one) => Reflect.get(one, 'ClientToken'));
    const token = tokenOf({ key: call.key, kind: 'reservation', verb: 'create', generation: 0 });
    expect(new Set(tokens)).toEqual(new Set([token]));
  });

  it('gives its capacity to the instance that names it, and only to that one', async () => {
    const { cloud, imageId } = await openEc2();
    const { id } = await must(cloud.reservations.create(spec, call));
    const server = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId };
    await must(cloud.instances.create(server, { key: 'other' }));
    expect((await must(cloud.reservations.get(id))).free).toBe(1);
    await must(cloud.instances.create({ ...server, reservationId: id }, { key: 'target' }));
    expect((await must(cloud.reservations.get(id))).free).toBe(0);
  });

  it('gives it also to an instance that names it when its type changes, until it changes again', async () => {
    const { cloud, world, imageId, requests } = await openEc2();
    const server = { name: 'web12', zone: zones[0], instanceType: 't3.small', imageId };
    const { id: instanceId } = await must(cloud.instances.create(server, { key: 'server' }));
    const { id: reservationId } = await must(cloud.reservations.create(spec, call));
    // Whatever else there was of this type is gone.
    world.setStock('t3.micro', zones[0], 0);
    const free = async (): Promise<number> => (await must(cloud.reservations.get(reservationId))).free;
    await must(cloud.instances.stop(instanceId, { key: 'stop' }));
    await must(cloud.instances.resize(instanceId, 't3.micro', { key: 'into', reservationId }));
    await must(cloud.instances.resize(instanceId, 't3.micro', { key: 'into', reservationId }));
    expect(requests('modifyInstanceCapacityReservationAttributes')).toHaveLength(1);
    await must(cloud.instances.start(instanceId, { key: 'start' }));
    expect(await free()).toBe(0);
    await must(cloud.instances.stop(instanceId, { key: 'stop-again' }));
    await must(cloud.instances.resize(instanceId, 't3.small', { key: 'back' }));
    await must(cloud.instances.start(instanceId, { key: 'start-again' }));
    expect(await free()).toBe(1);
  });

  it('for which there is no capacity is out of stock, and none is left behind', async () => {
    const { cloud, world } = await openEc2();
    world.setStock('t3.micro', zones[0], 0);
    const error = await mustFail(cloud.reservations.create(spec, call));
    expect(error).toMatchObject({ kind: 'out-of-stock', applied: 'no' });
    for await (const one of cloud.reservations.list()) throw new Error(JSON.stringify(one));
  });

  it('under the key of another one is a mismatch', async () => {
    const { cloud } = await openEc2();
    const { id } = await must(cloud.reservations.create(spec, call));
    const error = await mustFail(cloud.reservations.create({ ...spec, count: 2 }, call));
    expect(error).toMatchObject({ kind: 'idempotency-mismatch', resourceId: id });
  });

  it('ends when it is told to, and a second time is fine; the next one under its key is another', async () => {
    const { cloud } = await openEc2();
    const { id } = await must(cloud.reservations.create(spec, call));
    await must(cloud.reservations.delete(id, { key: 'end' }));
    await must(cloud.reservations.delete(id, { key: 'end-2' }));
    for await (const one of cloud.reservations.list()) throw new Error(JSON.stringify(one));
    expect((await must(cloud.reservations.create(spec, call))).id).not.toBe(id);
  });

  it('tells when it ends by itself', async () => {
    const { cloud, clock } = await openEc2();
    const endsAt = new Date(clock.now() + 86_400_000).toISOString();
    const made = await must(cloud.reservations.create({ ...spec, endsAt }, call));
    expect(Math.abs(Date.parse(made.endsAt ?? '') - Date.parse(endsAt))).toBeLessThan(1_000);
  });
});
