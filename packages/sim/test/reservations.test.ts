// Reserved machines are there for whoever names the reservation, used or not, and for nobody else.

import { expect, test } from 'vitest';
import { runInstance, startInstance, stopInstance } from '../src/instances.ts';
import { cancelReservation, createReservation } from '../src/reservations.ts';
import { freeIn, setStock } from '../src/stock.ts';
import { type Judge, openJudge } from './judge.ts';
import { run } from './rules/case.ts';
import { reserved } from './rules/reservations.ts';
import { call, openScene } from './scene.ts';

function scarce(): Judge {
  const judge = openJudge('ec2');
  setStock(judge.world, 'small', 'a', 1);
  return judge;
}

const free = ({ world }: Judge, id: string): number => freeIn(world, world.state.reservations[id]!);

test('what is reserved is taken off the shelf, and is there for those who name it alone', async () => {
  const judge = scarce();
  const reservationId = await reserved(judge);
  expect(judge.world.state.stock['small@a']).toBe(0);
  const without = judge.ask((world) => runInstance(world, run(judge), undefined));
  expect(without.isErr() ? without.error.rule : 'launched').toBe('no-capacity');
  const id = await judge.done((world) => runInstance(world, run(judge, { reservationId }), undefined));
  expect(judge.world.state.instances[id]?.state).toBe('running');
  expect(free(judge, reservationId)).toBe(0);
});

test('an instance that stops keeps its place, where without a reservation it would lose its machine', async () => {
  const judge = scarce();
  const reservationId = await reserved(judge);
  const id = await judge.done((world) => runInstance(world, run(judge, { reservationId }), undefined));
  await judge.done((world) => stopInstance(world, id));
  expect(free(judge, reservationId)).toBe(1);
  expect(judge.world.state.stock['small@a']).toBe(0);
  await judge.done((world) => startInstance(world, id));
  expect(judge.world.state.instances[id]?.state).toBe('running');
});

test('what runs in a reservation that ends goes on, and its machine is given back when it stops', async () => {
  const judge = openJudge('ec2');
  setStock(judge.world, 'small', 'a', 3);
  const reservationId = await reserved(judge, { count: 3 });
  const id = await judge.done((world) => runInstance(world, run(judge, { reservationId }), undefined));
  await judge.done((world) => cancelReservation(world, reservationId));
  expect(judge.world.state.instances[id]?.state).toBe('running');
  expect(judge.world.state.stock['small@a']).toBe(2);
  await judge.done((world) => stopInstance(world, id));
  expect(judge.world.state.stock['small@a']).toBe(3);
});

test('a reservation ends by itself at its time', async () => {
  const judge = scarce();
  const id = await reserved(judge, { endsAtMs: judge.world.nowMs + 60_000 });
  expect(judge.world.state.reservations[id]?.state).toBe('active');
  await judge.clock.advance(60_000);
  judge.world.change(() => undefined);
  expect(judge.world.state.reservations[id]?.state).toBe('expired');
  expect(judge.world.state.stock['small@a']).toBe(1);
});

test('the same token reserves once, and one that was cancelled is spent', async () => {
  const judge = openJudge('ec2');
  const request = { instanceType: 'small', zone: 'a', count: 1, tags: {} };
  const first = await judge.done((world) => createReservation(world, request, 'token'));
  expect(await judge.done((world) => createReservation(world, request, 'token'))).toBe(first);
  await judge.done((world) => cancelReservation(world, first));
  const again = judge.ask((world) => createReservation(world, request, 'token'));
  expect(again.isErr() ? again.error.rule : 'reserved').toBe('token-spent');
});

test('the port reserves, shows what is free, launches into it and ends it', async () => {
  const { cloud, shop, must, refused, faults } = openScene({ traits: 'ec2' });
  const { reservations, instances } = cloud;
  const spec = { instanceType: 'eagle-4xl', zone: shop.zone, count: 1, tags: { for: 'the move' } };
  faults.loseReply('reservations.create');
  const { id } = await must(reservations.create(spec, { key: 'one' }));
  expect((await must(reservations.create(spec, { key: 'one' }))).id).toBe(id);
  expect(await must(reservations.get(id))).toMatchObject({ state: 'active', free: 1, count: 1 });
  faults.outOfStock('eagle-4xl', shop.zone);
  const server = { ...spec, name: 'web12-new', imageId: shop.imageId };
  expect((await refused(instances.create(server, call()))).kind).toBe('out-of-stock');
  await must(instances.create({ ...server, reservationId: id }, call()));
  expect(await must(reservations.get(id))).toMatchObject({ free: 0 });
  const more = instances.create({ ...server, reservationId: id }, call());
  expect(await refused(more)).toMatchObject({ kind: 'out-of-stock', code: 'ReservationCapacityExceeded' });
  await must(reservations.delete(id, call()));
  await must(reservations.delete(id, call()));
  expect(await must(reservations.get(id))).toMatchObject({ state: 'ended' });
  expect(await must(reservations.find('one'))).toBeUndefined();
});

test('capacity that is gone is not reserved, and nothing is left behind', async () => {
  const { cloud, shop, faults, refused, world } = openScene({ traits: 'ec2' });
  faults.outOfStock('eagle-4xl', shop.zone);
  const spec = { instanceType: 'eagle-4xl', zone: shop.zone, count: 1 };
  expect(await refused(cloud.reservations.create(spec, call()))).toMatchObject({
    kind: 'out-of-stock',
    applied: 'no',
  });
  expect(world.state().reservations).toEqual({});
});

test('where nothing can be reserved, the port says that this is not supported', async () => {
  const { cloud, shop, refused } = openScene({ traits: 'openstack' });
  const spec = { instanceType: 'eagle-4xl', zone: shop.zone, count: 1 };
  expect((await refused(cloud.reservations.create(spec, call()))).kind).toBe('unsupported');
  const server = { ...spec, name: 'new', imageId: shop.imageId, reservationId: 'cr-1' };
  expect((await refused(cloud.instances.create(server, call()))).kind).toBe('unsupported');
});
