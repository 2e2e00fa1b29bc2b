import type { Failure } from './failure.ts';
import type { Json } from './json.ts';

/**
 * What a run's journal is made of. State is never stored, only these; everything else is a fold over them. `step`,
 * `scope` and `hold` are paths with the choices of the scopes around them: `place#1/provision-target`.
 */
export type RunEvent = OwnEvent | (AskedEvent & Granted);

/** What somebody asked for, and got. */
export interface Granted {
  /** The number of the request in the journal's mail, so that nobody grants it twice. */
  readonly request?: number;
}

/** What comes of the run itself. */
export type OwnEvent =
  | {
      readonly kind: 'created';
      readonly graph: string;
      readonly input: Json;
      readonly keys: readonly string[];
    }
  /** Durable before the effect begins. `wires` is what a resume compares: see `fingerprint.ts`. */
  | { readonly kind: 'started'; readonly step: string; readonly attempt: number; readonly wires: string }
  /** One try of several failed; another follows. */
  | {
      readonly kind: 'attempt-failed';
      readonly step: string;
      readonly attempt: number;
      readonly error: Failure;
    }
  | { readonly kind: 'undo-saved'; readonly step: string; readonly undo: Json }
  /** `output` is absent where the step gave nothing. `adopted`: found by its probe to have happened. */
  | { readonly kind: 'done'; readonly step: string; readonly output?: Json; readonly adopted?: true }
  /** Failed for good, or in doubt (`error.applied`). `again`: the policy would allow one more try. */
  | { readonly kind: 'failed'; readonly step: string; readonly error: Failure; readonly again?: boolean }
  /** The process that ran it is gone. */
  | { readonly kind: 'interrupted'; readonly step: string }
  | {
      readonly kind: 'probed';
      readonly step: string;
      readonly happened: 'no' | 'unknown';
      readonly why?: string;
    }
  | { readonly kind: 'revert-started'; readonly step: string; readonly was: 'done' | 'failed' | 'unknown' }
  | { readonly kind: 'reverted'; readonly step: string }
  | { readonly kind: 'revert-failed'; readonly step: string; readonly error: Failure }
  | {
      readonly kind: 'chosen';
      readonly scope: string;
      readonly choice: number;
      readonly value: Json;
      readonly wires: string;
    }
  | { readonly kind: 'exhausted'; readonly scope: string; readonly error: Failure }
  | { readonly kind: 'asked'; readonly hold: string; readonly ask: string; readonly wires: string }
  | { readonly kind: 'patience-over'; readonly step: string }
  | { readonly kind: 'keys-freed' }
  | { readonly kind: 'keys-taken' }
  /** Another owner carries on, under a higher fence. */
  | { readonly kind: 'claimed'; readonly owner: string }
  | { readonly kind: 'progress'; readonly step: string; readonly fraction: number; readonly note?: string }
  | { readonly kind: 'finished'; readonly state: FinalState };

/** What people ask for. */
export type AskedEvent =
  | { readonly kind: 'released'; readonly hold: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly by: string; readonly reason: string }
  | { readonly kind: 'paused'; readonly by: string; readonly reason: string }
  | { readonly kind: 'resumed'; readonly by: string }
  | {
      readonly kind: 'resolved';
      readonly step: string;
      readonly how: Resolution;
      readonly by: string;
      readonly reason: string;
      readonly output?: Json;
    }
  | { readonly kind: 'revert-requested'; readonly by: string; readonly reason: string }
  | { readonly kind: 'sealed'; readonly by: string; readonly reason: string }
  | { readonly kind: 'abandoned'; readonly by: string; readonly reason: string; readonly keysTo?: string };

/** How a person settles a step that is stuck. */
export type Resolution = 'retry' | 'mark-done' | 'mark-reverted' | 'mark-not-happened';

/** States that a run does not leave by itself. Keys are free in all of them. */
export type FinalState = 'success' | 'reverted' | 'abandoned';

/** Every state of a run. `waiting`: for a person at a hold. `suspended`: paused, or its owner closed in order. */
export type RunState =
  | 'running'
  | 'waiting'
  | 'background'
  | 'suspended'
  | 'reverting'
  | 'stuck'
  | FinalState;

/** An event with its place in the journal. */
export interface StoredEvent {
  /** 1 for the first event of a run; no gaps. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** The owner's fence when it was written. */
  readonly fence: number;
  readonly event: RunEvent;
}
