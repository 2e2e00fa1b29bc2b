/**
 * The port of what lies outside of clouds and knows the workload by its address: a front end that leads there, a list
 * that lets it in. Small, so that it is written in an hour for whatever a house has: a proxy's API, a CDN's origin, a
 * firewall's rule, a partner's allow-list.
 */

import type { Call, Failure, ReadOptions } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';

/** One front end or list. Nothing throws; failures are plain values whose `applied` tells whether it happened. */
export interface FrontEnd {
  /** Which addresses it knows now. */
  read(options?: ReadOptions): ResultAsync<FrontEndState, Failure>;
  /**
   * Takes some addresses out and puts others in, at one moment where it can; what it says besides stays. What is there
   * already, or gone already, is fine. Resolves when read back.
   */
  change(change: FrontEndChange, call: Call): ResultAsync<FrontEndState, Failure>;
}

/** What a front end or a list knows: addresses, IPv4 and IPv6. */
export interface FrontEndState {
  readonly addresses: readonly string[];
}

/** What is put in and what is taken out. */
export interface FrontEndChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The service that steps ask for: `ctx.services.frontEnds.get('cdn')`. */
export interface FrontEnds {
  readonly frontEnds: FrontEndRegistry;
}

/** Finds a front end by the name that a workload gives it. */
export interface FrontEndRegistry {
  /** `undefined` where there is none of that name. */
  get(name: string): FrontEnd | undefined;
}
