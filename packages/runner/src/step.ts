import type { Result, ResultAsync } from 'neverthrow';
import type { Failure } from './failure.ts';
import type { JsonGuard, Witness } from './json.ts';

/**
 * A step: what it needs, what it does, how one finds out whether it did, and how it is undone.
 *
 * In the source `run` stands before `probe` and `revert`: the compiler learns the output there.
 */

/** A step's answer: a value or a failure, now or later. Nothing needs to be thrown. */
export type Answer<T, E> = ResultAsync<T, E> | Promise<Result<T, E>> | Result<T, E>;

declare const output: unique symbol;

/** Stands for a step's output while the graph is built. Only steps that come later can need it. */
export interface Handle<out O> {
  /** Where the step lives: its name, after the names of the scopes around it. */
  readonly path: string;
  readonly [output]?: O;
}

/** Handles by the name that the step gives them. */
export type Needs = Readonly<Record<string, Handle<unknown>>>;

/** What `needs` turns into when the step runs. */
export type Needed<N extends Needs> = { readonly [K in keyof N]: N[K] extends Handle<infer O> ? O : never };

/** What a step's `run` is handed beside its needs. It can be passed on to calls that take a key and a signal. */
export interface StepContext<S, U = never> {
  readonly services: S;
  /**
   * Names this effect: `run/path#choice/…/step`, the same in every attempt and after every crash. Give it to what you
   * call, so that a repeated call finds the first one's work.
   */
  readonly key: string;
  /** A key for the second effect of one step. */
  keyFor(part: string): string;
  /** Fires when the attempt times out, the scope stops or the run is cancelled. Fresh for each attempt. */
  readonly signal: AbortSignal;
  /**
   * Is the run still this process's to carry on? `true` at once while there is no doubt; after a longer silence the
   * journal is asked. Ask just before something that no other guard keeps from happening twice, and do nothing after
   * `false`. The adapters of clouds and servers that are handed the context ask before each request that they send.
   */
  readonly stillOurs: () => boolean | Promise<boolean>;
  /** 1 for the first. A probe is told the attempt that is in doubt. */
  readonly attempt: number;
  /** Grows each time that another process takes the run over: hand it to whatever can refuse older numbers. */
  readonly fence: number;
  readonly runId: string;
  /** The step's path, with the choices of the scopes around it. */
  readonly step: string;
  /** How far it is, 0 to 1, and a word on it. Kept for watchers; never waits for the disk. */
  progress(fraction: number, note?: string): void;
  /**
   * Keeps what `revert` will need, durably, before the effect that it undoes is begun. The last value saved counts.
   * Only for steps that declare `undo`.
   */
  saveUndo(undo: U): ResultAsync<void, Failure>;
  /**
   * What an earlier attempt of this step saved, also one of a process that is gone. What it saw of the world before
   * it changed it, this attempt no longer sees: save that again, not what is there now.
   */
  readonly undo: U | undefined;
}

/** What `probe` found out about an effect whose answer was lost. */
export type Probed<O> =
  | { readonly happened: 'yes'; readonly output: O }
  | { readonly happened: 'no' }
  | { readonly happened: 'unknown'; readonly why?: string | undefined };

/** What is known of a step that is to be reverted. */
export type Was<O, U, N> = (
  | { readonly outcome: 'done'; readonly output: O }
  | { readonly outcome: 'failed'; readonly error: Failure }
  /** Nobody could tell whether it happened. */
  | { readonly outcome: 'unknown'; readonly error: Failure }
) & {
  /** The last value given to `saveUndo`. */
  readonly undo: U | undefined;
  readonly needs: N;
};

/** How often a step is tried, and how long is waited in between. */
export interface RetryPolicy {
  /** All tries together, the first included. */
  readonly attempts: number;
  /** Before the second try; doubled (by `factor`) before each one after it. */
  readonly delayMs?: number;
  readonly factor?: number;
  readonly maxDelayMs?: number;
  /** Is it worth another try? Asked for each failure; all are where it is absent. */
  readonly when?: (error: Failure) => boolean;
}

/** What every kind of step may say of itself. */
export interface StepOptions {
  /** Steps that must be done first though nothing of theirs is needed. */
  readonly after?: readonly Handle<unknown>[];
  readonly retry?: RetryPolicy;
  /** For one attempt. When it is over the signal fires, and what settles within `graceMs` still counts. */
  readonly timeoutMs?: number;
  /** How long an attempt that was told to stop may take to settle. 10 s where absent. */
  readonly graceMs?: number;
  /**
   * For worlds whose reads lag behind their writes: a probe's "no" is believed only when the probe says it again after
   * this time. At once, where absent.
   */
  readonly settleMs?: number;
  /** Doing it twice under one key is the same as doing it once: it may be run again when its answer was lost. */
  readonly idempotent?: boolean;
  /** Says that the step's meaning changed; a run that started the old one is then `rewired`. */
  readonly version?: number;
  /** Lets the run go to the background when this is all that is left and so much time has passed. */
  readonly patienceMs?: number;
  /** May run while the run no longer holds its keys. */
  readonly lockFree?: boolean;
  /** How much it counts for in the run's progress; 1 where absent. */
  readonly weight?: number;
  /** A few words for people; the name where absent. */
  readonly title?: string;
}

/** A step that can be undone, or has nothing to undo. */
export interface StepDefinition<
  S,
  N extends Needs,
  O,
  E extends Failure,
  U,
  F extends Failure,
  G extends Failure,
> extends StepOptions {
  readonly needs?: N;
  /** Declares what `saveUndo` takes: `undo: json<{ wasRunning: string[] }>()`. */
  readonly undo?: Witness<U>;
  /** Does the step. */
  readonly run: (needs: Needed<N>, ctx: StepContext<S, U>) => Answer<O, E> & JsonGuard<O>;
  /** Finds out whether the effect under `ctx.key` happened. Only looks; asked when an answer was lost. */
  readonly probe?: (needs: Needed<N>, ctx: ProbeContext<S, NoInfer<U>>) => Answer<Probed<NoInfer<O>>, F>;
  /**
   * Undoes what this step did, and only that, by the ids in its own output or undo. Must bear being called twice.
   * `undefined` says that there was nothing to undo.
   */
  readonly revert?: (
    was: Was<NoInfer<O>, NoInfer<U>, Needed<NoInfer<N>>>,
    ctx: StepContext<S, NoInfer<U>>,
  ) => Answer<unknown, G> | undefined;
  /** Retries of `revert`; five attempts with growing pauses where absent. */
  readonly revertRetry?: RetryPolicy;
  /** For a `revert` that can do its work without knowing what happened: it needs neither `probe` nor `undo`. */
  readonly revertBlind?: true;
}

/** What `probe` is handed: the step's context and what it saved for its revert. */
export type ProbeContext<S, U> = Omit<StepContext<S, U>, 'saveUndo' | 'progress'>;

/** The point of no return: it can be probed and never reverted. */
export interface PivotDefinition<S, N extends Needs, O, E extends Failure, F extends Failure>
  extends StepOptions {
  readonly needs?: N;
  /** Does what cannot be undone. */
  readonly run: (needs: Needed<N>, ctx: StepContext<S>) => Answer<O, E> & JsonGuard<O>;
  /** Finds out whether it happened. Only looks. */
  readonly probe: (needs: Needed<N>, ctx: ProbeContext<S, never>) => Answer<Probed<NoInfer<O>>, F>;
  readonly revert?: never;
}

/** A probe's answer from a look-up by key, where `undefined` means "looked, and it is not there". */
export function happenedIfFound<T>(found: T | undefined): Probed<T> {
  return found === undefined ? { happened: 'no' } : { happened: 'yes', output: found };
}
