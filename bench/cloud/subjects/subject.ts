/**
 * Who swaps: something that launches a server, takes a disk off another one and puts it on the new one, and waits for
 * each in its own manner. Three operations a swap, each with one wait.
 */

import type { Seen } from '../watch.ts';

export interface Subject {
  readonly name: string;
  readonly title: string;
  /** In real time over a socket; in virtual time, where an hour takes a moment, otherwise. */
  readonly realTime: boolean;
  /** So many swaps, all begun at once, in a fresh cloud of this seed. */
  run(swaps: number, seed: number): Promise<Trial>;
}

/** One run of some swaps. */
export interface Trial extends Seen {
  readonly swaps: number;
  /** By the cloud's clock, from the first call to the last wait's end. */
  readonly seconds: number;
}

export const operationsPerSwap = 3;
