// What capacity reservations are refused.

import { runInstance, startInstance, stopInstance } from '../../src/instances.ts';
import { cancelReservation, createReservation, type ReservationRequest } from '../../src/reservations.ts';
import type { Judge } from '../judge.ts';
import { missing, type Rules, run } from './case.ts';

export const reservationRules: Rules<
  'no-such-reservation' | 'reservation-full' | 'reservation-ended' | 'reservation-differs'
> = {
  'no-such-reservation': [
    {
      when: 'a reservation is cancelled that never was',
      ask: async (judge) => judge.ask((world) => cancelReservation(world, missing.reservation)),
    },
    {
      when: 'an instance is to run in a reservation that never was',
      ask: async (judge) =>
        judge.ask((world) =>
          runInstance(world, run(judge, { reservationId: missing.reservation }), undefined),
        ),
    },
  ],
  'reservation-full': [
    {
      when: 'one more instance is to run in it than it is for',
      async ask(judge) {
        const reservationId = await reserved(judge);
        await judge.done((world) => runInstance(world, run(judge, { reservationId }), undefined));
        return judge.ask((world) => runInstance(world, run(judge, { reservationId }), undefined));
      },
    },
  ],
  'reservation-ended': [
    {
      when: 'an instance is to run in one that was cancelled',
      async ask(judge) {
        const reservationId = await reserved(judge);
        await judge.done((world) => cancelReservation(world, reservationId));
        return judge.ask((world) => runInstance(world, run(judge, { reservationId }), undefined));
      },
    },
    {
      when: 'a stopped instance starts whose reservation has expired',
      async ask(judge) {
        const endsAtMs = judge.world.nowMs + 100_000;
        const reservationId = await reserved(judge, { endsAtMs });
        const id = await judge.done((world) => runInstance(world, run(judge, { reservationId }), undefined));
        await judge.done((world) => stopInstance(world, id));
        await judge.clock.advance(100_000);
        return judge.ask((world) => startInstance(world, id));
      },
    },
    {
      when: 'it is cancelled twice',
      async ask(judge) {
        const reservationId = await reserved(judge);
        await judge.done((world) => cancelReservation(world, reservationId));
        return judge.ask((world) => cancelReservation(world, reservationId));
      },
    },
  ],
  'reservation-differs': [
    {
      when: 'an instance of another type is to run in it',
      async ask(judge) {
        const reservationId = await reserved(judge);
        return judge.ask((world) =>
          runInstance(world, run(judge, { reservationId, instanceType: 'big' }), undefined),
        );
      },
    },
    {
      when: 'an instance in another zone is to run in it',
      async ask(judge) {
        const reservationId = await reserved(judge);
        return judge.ask((world) => runInstance(world, run(judge, { reservationId, zone: 'b' }), undefined));
      },
    },
  ],
};

/** A reservation of one small machine, active. */
export function reserved(judge: Judge, more: Partial<ReservationRequest> = {}): Promise<string> {
  const request = { instanceType: 'small', zone: 'a', count: 1, tags: {}, ...more };
  return judge.done((world) => createReservation(world, request, undefined));
}
