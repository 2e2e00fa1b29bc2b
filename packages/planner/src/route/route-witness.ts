/**
 * Whoever asks as a client does. A cloud may say that an address has moved while its packets still go where they went:
 * then only who answers at the address itself tells the truth. The port is small, and given by the house: a request
 * from outside, and the word by which its servers say who they are, such as a header of their own.
 */

import type { Failure, HealthProbe, InstanceId, ReadOptions } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';

/** The service that asks: `ctx.services.routeWitness.whoServes(…)`. */
export interface RouteWitnesses {
  readonly routeWitness: RouteWitness;
}

/** Asks at the address itself. Only reads. */
export interface RouteWitness {
  /**
   * Who answers the probe that is sent to this very address, whatever names say. Each call is a request of its own:
   * nothing is remembered, no connection is kept.
   */
  whoServes(
    at: { readonly address: string; readonly probe: HealthProbe },
    options?: ReadOptions,
  ): ResultAsync<ServedBy, Failure>;
}

/** Who answered. */
export interface ServedBy {
  /** Absent where nobody answered, or the answer does not tell. */
  readonly instanceId?: InstanceId | undefined;
  /** What was seen, for a person. */
  readonly detail: string;
}
