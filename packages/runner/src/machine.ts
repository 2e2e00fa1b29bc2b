import { Book, type Ending, type MachineSnapshot, type NodeState, type ScopeMode } from './book.ts';
import type { Resolution, RunState } from './event.ts';
import { Rules } from './rules.ts';
import type { Shape } from './shape.ts';
import { startOf } from './start.ts';

/**
 * The state machine of a run. Events go in, commands come out; nothing else happens here: no clock, no user code, no
 * I/O. The same events in the same order always give the same commands, so a run is whatever its journal says.
 *
 * A node waits until all before it are done, runs, and is done or lost. When one is lost, its scope stops: nothing new
 * starts in it, what is in flight is told to stop and awaited, and every node that started is reverted, a node after
 * all its started dependents. Then the scope tries its next choice, or is itself lost in the scope around it.
 */
export type MachineEvent =
  | { readonly kind: 'started'; readonly node: number; readonly attempt: number }
  | {
      readonly kind: 'done' | 'reverted' | 'revert-failed' | 'interrupted' | 'asked' | 'patience-over';
      readonly node: number;
    }
  | {
      readonly kind: 'failed';
      readonly node: number;
      readonly applied: 'no' | 'yes' | 'unknown' | undefined;
      readonly again: boolean;
    }
  | { readonly kind: 'probed'; readonly node: number; readonly happened: 'no' | 'unknown' }
  | { readonly kind: 'chosen'; readonly node: number; readonly choice: number }
  | { readonly kind: 'exhausted'; readonly node: number }
  | { readonly kind: 'resolved'; readonly node: number; readonly how: Resolution }
  | {
      readonly kind:
        | 'created'
        | 'cancelled'
        | 'revert-requested'
        | 'paused'
        | 'resumed'
        | 'keys-freed'
        | 'keys-taken'
        | 'abandoned'
        | 'sealed';
    };

/**
 * What has become possible. Commands are carried out in order, and the answer to one may take a later one back: a
 * `run`, `ask` or `choose` whose node is no longer `ready` when its turn comes is dropped.
 */
export type Command =
  | { readonly do: 'run'; readonly node: number; readonly attempt: number }
  | { readonly do: 'probe' | 'abort' | 'ask'; readonly node: number }
  | { readonly do: 'revert'; readonly node: number; readonly was: Ending }
  /** Answer with `chosen`, or with `exhausted` where the list, gone through `rounds` times, has no such place. */
  | { readonly do: 'choose'; readonly node: number; readonly choice: number; readonly rounds: number }
  | { readonly do: 'free-keys' | 'take-keys' };

export type { Ending, MachineSnapshot, NodeState, ScopeMode } from './book.ts';

/** A new machine. `limit`: how many steps and reverts may be under way at once. */
export function machine(shape: Shape, limit: number = Number.POSITIVE_INFINITY): Machine {
  return new Machine(shape, limit);
}

/** The state machine of one run. See the head of this file. */
export class Machine {
  private readonly book: Book;
  private readonly rules: Rules;

  constructor(shape: Shape, limit: number) {
    this.book = new Book(shape);
    this.rules = new Rules(this.book, limit);
  }

  /** Takes one event and says what has become possible. Amortised, a constant amount of work an edge. */
  apply(event: MachineEvent): Command[] {
    return this.rules.apply(event);
  }

  /** All that the machine knows, as JSON. */
  snapshot(): MachineSnapshot {
    return this.book.snapshot();
  }

  /** Makes this machine what the snapshot was taken of. */
  restore(from: MachineSnapshot): void {
    this.book.restore(from);
  }

  /** The state of the whole run. */
  get state(): RunState {
    const { book } = this;
    if (book.abandoned) return 'abandoned';
    const mode = book.mode(book.body);
    if (mode === 'done') return 'success';
    if (mode === 'reverted') return 'reverted';
    const isStill = book.active === 0 && !book.wantsKeys;
    if (isStill && book.stuck > 0) return 'stuck';
    if (isStill && book.paused) return 'suspended';
    // One that is stuck in the background is there until it has its keys again.
    if (mode === 'back' || (book.wantsKeys && book.stuck === 0)) return 'reverting';
    if (book.keysFreed) return 'background';
    return isStill && book.waiting > 0 ? 'waiting' : 'running';
  }

  /** What has become of a node. */
  nodeState(node: number): NodeState {
    return this.book.nodes[node] ?? 'pending';
  }

  /** Which choice the scope is at, from 0. */
  choiceOf(scope: number): number {
    return this.book.choice[scope] ?? 0;
  }

  /** Which way a scope goes; -1 for the body of the run. */
  modeOf(scope: number): ScopeMode {
    return this.book.mode(scope === -1 ? this.book.body : scope);
  }

  /** Will a scope that goes back try no other choice? */
  hasGivenUp(scope: number): boolean {
    return scope === -1 || this.book.giveUp[scope] === 1;
  }

  /** The number of the last try that started; 0 before the first. */
  attemptOf(node: number): number {
    return this.book.attempt[node] ?? 0;
  }

  /** Has the point of no return been passed? */
  get pivotPassed(): boolean {
    return this.book.pivotPassed;
  }

  /** Steps whose work was under way, for an owner that takes over: each is to be reported as `interrupted`. */
  inFlight(): number[] {
    const { book } = this;
    return [...book.which('running'), ...book.which('probing')].filter((node) => book.kind(node) === 'step');
  }

  /** Commands that are out and unanswered, for an owner that takes over. */
  outstanding(): Command[] {
    const { book } = this;
    const ready = book.which('ready').flatMap((node) => startOf(book, node) ?? []);
    const back = book
      .which('reverting')
      .filter((node) => book.kind(node) === 'step')
      .map((node): Command => ({ do: 'revert', node, was: book.was[node] || 'unknown' }));
    return [...ready, ...back, ...(book.wantsKeys ? [{ do: 'take-keys' } as const] : [])];
  }

  /** Why a verb is not allowed now; `undefined` where it is. */
  refuses(verb: 'cancel' | 'revert' | 'seal' | 'abandon' | 'pause'): string | undefined {
    const { state } = this;
    if (state === 'success' && verb === 'revert') {
      if (this.book.sealed) return 'it is sealed: it can no longer be reverted';
      return this.pivotPassed ? 'it has passed its point of no return' : undefined;
    }
    if (verb === 'seal')
      return state === 'success' ? undefined : `only a run that succeeded can be sealed; it is ${state}`;
    if (verb === 'revert') return `only a run that succeeded can be reverted; it is ${state}`;
    if (state === 'success' || state === 'reverted' || state === 'abandoned') return `it has ended: ${state}`;
    if (verb === 'abandon')
      return state === 'stuck' ? undefined : `only a stuck run can be abandoned; it is ${state}`;
    if (verb === 'cancel' && this.pivotPassed)
      return 'it has passed its point of no return: it can only go forward';
    return undefined;
  }

  /** What a person may say of a stuck node; empty where it is not stuck. */
  verbsFor(node: number): readonly Resolution[] {
    const state = this.nodeState(node);
    if (state === 'stuck-unknown') return ['retry', 'mark-done', 'mark-not-happened'];
    if (state === 'stuck-failed')
      return this.book.kind(node) === 'scope' ? ['retry'] : ['retry', 'mark-done'];
    return state === 'stuck-revert' ? ['retry', 'mark-reverted'] : [];
  }

  /** Nodes that wait for a person. */
  stuckNodes(): number[] {
    const { book } = this;
    return [...book.which('stuck-unknown'), ...book.which('stuck-failed'), ...book.which('stuck-revert')];
  }
}
