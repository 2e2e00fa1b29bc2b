// What a run's journal says of time: how long the whole took, how long nobody served, how long the disk was under way.

import { servingDuring } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';

/** Times of one run, in milliseconds since the epoch. */
export interface Times {
  readonly beganMs: number;
  readonly endedMs: number;
  /** From the stop of the first service until the last step that nobody served in; absent where nothing was stopped. */
  readonly window?: Stretch | undefined;
  /** From the beginning of the unmount to the end of the mount: what happens to the data itself. */
  readonly dataPhase?: Stretch | undefined;
  /** While it served, the source wrote out what was dirty and its kernel forgot files; absent where it did not. */
  readonly settling?: Stretch | undefined;
}

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The steps that touch the data while nobody serves. */
const dataSteps = /^(unmount|detach-volume|attach-volume|mount|final-pass|last-delta)(-\d+)?$/;

export function timesOf(events: readonly StoredEvent[]): Times {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error('A run without events.');
  const of = (is: (step: string) => boolean): Stretch | undefined => {
    const about = events.filter(({ event }) => 'step' in event && is(event.step));
    const [begin] = about.filter(({ event }) => event.kind === 'started');
    const ends = about.filter(({ event }) => event.kind === 'done' || event.kind === 'reverted');
    const end = ends.at(-1);
    return begin === undefined || end === undefined ? undefined : { fromMs: begin.atMs, toMs: end.atMs };
  };
  return {
    beganMs: first.atMs,
    endedMs: last.atMs,
    settling: of((step) => step === 'settle-source'),
    window: of((step) => servingDuring(step) === 'nobody'),
    dataPhase: of((step) => dataSteps.test(step.split('/').at(-1) ?? '')),
  };
}

export function seconds(stretch: Stretch | undefined): number {
  return stretch === undefined ? 0 : rounded((stretch.toMs - stretch.fromMs) / 1_000);
}

/** To the millisecond. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
