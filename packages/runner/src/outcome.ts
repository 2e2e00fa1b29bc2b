import type { Resolution } from './event.ts';
import type { Failure } from './failure.ts';
import type { KeyHolder } from './journal.ts';

/**
 * How a run came out. All of these are values, the sad ones too: an error of `run()` means that the outcome is not
 * known here.
 */
export type Outcome<O> =
  | (About & { readonly state: 'success'; readonly output: O })
  /** Every step that started was reverted. */
  | (About & { readonly state: 'reverted'; readonly cause: Failure })
  /** Its keys are free and it goes on by itself: `runner.wait(id)` gives the end. */
  | (About & { readonly state: 'background'; readonly steps: readonly string[] })
  /** Paused, or its runner closed: `resume` or `recover` carry on. */
  | (About & { readonly state: 'suspended'; readonly reason: string })
  /** Needs a person: `runner.resolve(id, step, …)`. Its keys are held. */
  | (About & {
      readonly state: 'stuck';
      readonly stuck: readonly StuckStep[];
      readonly cause?: Failure | undefined;
    })
  | (About & { readonly state: 'abandoned'; readonly by: string; readonly reason: string });

/** Which run an outcome belongs to. */
export interface About {
  readonly runId: string;
}

/** A step that waits for a person, why, and what the person may say. */
export interface StuckStep {
  readonly step: string;
  readonly why: 'outcome-unknown' | 'failed-after-pivot' | 'revert-failed';
  readonly error: Failure;
  readonly verbs: readonly Resolution[];
}

export const runnerErrorKinds = [
  /** Another run holds one of the keys. */
  'locked',
  /** The journal could not be read or written. */
  'journal',
  /** Another process has taken the run over; it goes on there. */
  'fenced-out',
  /** No graph of that name is registered here. */
  'unknown-graph',
  'unknown-run',
  /** The code changed under steps that had started. */
  'rewired',
  /** The id names a run of another graph or input. */
  'run-id-taken',
  /** The graph or the input cannot be run: the message names what is wrong. */
  'invalid',
  /** The run's state does not allow that verb: the message says which do. */
  'refused',
  /** The caller's signal fired; the run goes on. */
  'stopped-waiting',
  'closed',
] as const;

export type RunnerErrorKind = (typeof runnerErrorKinds)[number];

export interface RunnerError extends Failure {
  readonly kind: RunnerErrorKind;
  readonly runId?: string | undefined;
  /** With `locked`. */
  readonly holder?: KeyHolder | undefined;
  /** With `rewired`: one line for each difference. */
  readonly diff?: readonly string[] | undefined;
}
