/**
 * Customers of the shop: one comes by every few seconds and orders something, or is turned away. Every order that the
 * shop has confirmed must be on the disk in the end, whatever happened to the servers meanwhile.
 */

import type { Stage } from './stage.ts';

export interface Customers {
  /** Orders that the shop has confirmed. */
  readonly confirmed: readonly number[];
  readonly turnedAway: number;
  leave(): void;
}

const everySimulatedMs = 4000;

export function customers(
  { sim, shop, clock }: Stage,
  onVisit: (order: number | undefined) => void = () => undefined,
): Customers {
  const confirmed: number[] = [];
  let turnedAway = 0;
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.after(everySimulatedMs, () => {
      const visit = sim.world.visit(shop.name);
      if (visit.servedBy === undefined) turnedAway++;
      else confirmed.push(visit.order);
      onVisit(visit.servedBy === undefined ? undefined : visit.order);
      next();
    });
  };
  next();
  return {
    confirmed,
    get turnedAway() {
      return turnedAway;
    },
    leave: () => cancel(),
  };
}

/** Orders that were confirmed and are not on the shop's disk. */
export function lostOrders({ sim, shop }: Stage, confirmed: readonly number[]): readonly number[] {
  const lines = new Set((sim.world.readFile(shop.dataVolumeId, 'db/orders') ?? '').split('\n'));
  return confirmed.filter((order) => !lines.has(`order ${order}`));
}
