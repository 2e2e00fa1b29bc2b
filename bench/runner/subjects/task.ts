/**
 * What one fresh process is told to measure, and what it answers. Both cross the process boundary as JSON.
 */

export type Peer = 'belay' | 'p-graph' | 'openworkflow' | 'sqlite';

/** The work's form. `size` is the number of steps, except for raw rows, where it is the number of rows. */
export type Shape =
  /** Each step needs the one before it. */
  | 'line'
  /** No step needs another. */
  | 'fan-out'
  /** `size` steps as runs of ten steps in a line, all runs begun at once. */
  | 'many-runs'
  /** Each step needs up to three earlier ones, drawn by seed. */
  | 'random'
  /** The line and the fan-out again, with a probe and a revert declared on each step. */
  | 'revertible-line'
  | 'revertible-fan-out'
  /** The fan-out with a watcher on the event loop. Not for speed: the watcher costs some. */
  | 'watched-fan-out'
  | 'one-row-commits'
  | 'hundred-row-commits';

export interface Task {
  readonly peer: Peer;
  readonly shape: Shape;
  readonly store: 'memory' | 'disk';
  readonly size: number;
  /** The same work this often before, unmeasured, so that its code is loaded and compiled as in a service that is up. */
  readonly warmUps?: number;
  /** An empty folder of this task's own, for its database. */
  readonly folder: string;
}

export interface Measured {
  /** From the call that starts the work to its result. */
  readonly seconds: number;
  /** Steps or rows that were really done. A subject throws where it is not what was asked for. */
  readonly count: number;
  /** With a watcher: the longest that the event loop did not come round. */
  readonly longestTurnMs?: number;
}

/** What the child prints: the subject's answer and what the operating system says of the process. */
export interface Answer extends Measured {
  readonly peakMiB: number;
}

export type Subject = (task: Task) => Promise<Measured>;

/** Steps in each of the runs of `many-runs`. */
export const stepsPerRun = 10;

/** Refuses a measurement of work that was not done: a fast wrong answer is no figure. */
export function expectCount(what: string, wanted: number, found: number): void {
  if (wanted !== found) throw new Error(`${what}: ${found} where ${wanted} was expected`);
}

export function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

/** What a process of the recovery prints when its second step has begun. */
export const reachedWord = 'reached';
