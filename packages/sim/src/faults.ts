import type { CloudErrorKind, HostErrorKind } from '@belay/cloud';
import type { Operation } from './operations.ts';

export { type Operation, operations } from './operations.ts';

/**
 * The levers by which the world is made to misbehave, by rule or by chance. They act where the real thing breaks: at
 * the provider's API and inside the server, under the adapter, which has to cope. With `at: 'port'` a fault strikes
 * above it instead, as if the adapter's own patience had ended.
 *
 * A rule says which calls it strikes, how often, and what becomes of them. Of the rules that fit a call the first one
 * that was made strikes, and no other: rules for one operation are a list of what its next calls will meet.
 */
export interface FaultRule {
  readonly on: Operation | readonly Operation[];
  /**
   * Only where this resource is concerned. For what the call begins (`sticks`, `rolls-back`, `shows-late`): of the call
   * itself nobody knows on its way what it is about.
   */
  readonly resourceId?: string | undefined;
  /** `api` where absent. */
  readonly at?: FaultLevel | undefined;
  /** Calls that are let through first. */
  readonly after?: number | undefined;
  /** How many calls it strikes; 1 where absent. */
  readonly times?: number | undefined;
  readonly does: FaultEffect;
}

/** What becomes of a call that is struck, or of what it begins. */
export type FaultEffect =
  /**
   * It fails before its effect, `transient` and `timeout` leaving a change in doubt. `code` is the provider's own, where
   * it matters.
   */
  | {
      readonly what: 'fails';
      readonly kind: CloudErrorKind | HostErrorKind;
      readonly message?: string | undefined;
      readonly code?: string | undefined;
    }
  /** It has its effect, and its answer is lost. */
  | { readonly what: 'loses-reply' }
  /** It never arrives, and no answer ever comes: the caller has to give up by itself. */
  | { readonly what: 'hangs' }
  /** The call takes so many times as long, and so does what it begins. */
  | { readonly what: 'is-slow'; readonly factor: number }
  /** What it begins does not end by itself. */
  | { readonly what: 'sticks' }
  /** What it begins is rolled back or fails, after the call was accepted. */
  | { readonly what: 'rolls-back' }
  /** Reads show the state before it for so long: at once, or after they have shown the new one for `afterMs`. */
  | { readonly what: 'shows-late'; readonly forMs: number; readonly afterMs?: number | undefined };

/**
 * A failure to come. `transient` and `timeout` leave a change in doubt (`applied: 'unknown'`), the others did not make
 * it.
 */
export interface Fault {
  readonly kind: CloudErrorKind | HostErrorKind;
  readonly message?: string | undefined;
  /** How many calls it strikes; 1 where absent. */
  readonly times?: number | undefined;
  /** Calls that are let through first. */
  readonly after?: number | undefined;
  /** `api` where absent. */
  readonly at?: FaultLevel | undefined;
}

/** Under the adapter, which copes as it would with the real thing, or above it, where its caller has to. */
export type FaultLevel = 'api' | 'port';

/** The levers themselves. Those that speak of the next call mean one call, unless told how many. */
export interface Faults {
  /** Adds a rule; the returned function takes it back. The other levers that speak of calls are short for it. */
  add(rule: FaultRule): () => void;
  /**
   * The next call of this operation fails before its effect. The adapter tries `transient` and `throttled` again: say
   * `times`, or `at: 'port'`.
   */
  next(operation: Operation, fault: Fault): void;
  /** The next call has its effect and its answer is lost: the caller learns that it is unknown what happened. */
  loseReply(operation: Operation, how?: { readonly times?: number; readonly at?: FaultLevel }): void;
  /** What the next call begins does not end by itself: it stays attaching, stopping, pending. */
  stick(operation: Operation, times?: number): void;
  /** What the next call begins is rolled back or fails after it was accepted. */
  rollBack(operation: Operation, times?: number): void;
  /** What the next call begins takes so many times as long; also the call itself. */
  slow(operation: Operation, factor: number, times?: number): void;
  /** After the next call of this operation, reads show the old state for so long. */
  stale(operation: Operation, forMs: number): void;
  /** The last call of this operation that had its effect arrives at the provider once more. False: there was none. */
  replay(operation: Operation): boolean;
  /** Nothing that begins with this resource ends, until the returned function is called. */
  freeze(resourceId: string): () => void;
  /**
   * The machine under this instance does not answer its provider, until the returned function is called: EC2 accepts
   * calls and waits for it, Nova refuses them.
   */
  hangHost(instanceId: string): () => void;
  /**
   * No way leads from this instance to another server, until the returned function is called, while one gets into it as
   * before: what asks for the direct way is relayed.
   */
  noWay(instanceId: string): () => void;
  /** Lets everything that is stuck go on from now. */
  unstick(): void;
  /** No machine of this type is left there, and what is given back is snatched at once. */
  outOfStock(instanceType: string, zone: string): void;
  /** Undoes `outOfStock`: from now on there are so many; no end of them where absent. */
  restock(instanceType: string, zone: string, count?: number): void;
  /** All sessions end at once: their next calls are refused until they are opened anew. Where there are sessions. */
  endSessions(): void;
  /** Every session is refused, old ones and new ones, until the returned function is called. */
  refuseSessions(): () => void;
  /** The provider does not answer; nor does any server, where `hosts` says so. */
  outage(on: boolean, what?: 'api' | 'hosts'): void;
  /** Faults by chance, the same for the same seed: a share of calls fails in passing, loses its answer or is slow. */
  random(options: RandomFaults): void;
  /** Takes back every rule that has not struck yet, and the chance. */
  clear(): void;
}

/** Which share of which calls goes wrong, how, and by which seed. */
export interface RandomFaults {
  readonly seed: number | string;
  /** The share of calls that are struck, 0 to 1. */
  readonly rate: number;
  /** Only these; every call that changes something where absent. */
  readonly operations?: readonly Operation[];
  /** What may happen; all three where absent. */
  readonly kinds?: readonly RandomFaultKind[];
}

/** Refused before its effect; done, and the answer lost; done late. */
export type RandomFaultKind = 'transient' | 'lost-reply' | 'slow';
