import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { IsoTime, ReservationId, Tags } from './ref.ts';

/**
 * Capacity that the provider keeps for this account, used or not. It is paid for from its first moment on: whoever
 * makes one also plans its end.
 */
export interface CapacityReservation {
  readonly id: ReservationId;
  readonly state: 'pending' | 'active' | 'ended' | 'failed' | 'unknown';
  /** The provider's own word for the state. */
  readonly providerState: string;
  readonly instanceType: string;
  readonly zone: string;
  /** How many instances it is for. */
  readonly count: number;
  /** How many of them may still be started. */
  readonly free: number;
  readonly endsAt?: IsoTime | undefined;
  readonly tags: Tags;
}

/** What shall be kept, and where. Only instances that name the reservation get of it. */
export interface ReservationSpec {
  readonly instanceType: string;
  readonly zone: string;
  readonly count: number;
  /** It ends by itself at this time; never, where absent. */
  readonly endsAt?: IsoTime | undefined;
  readonly tags?: Tags | undefined;
}

/** The verbs of reservations; all `unsupported` where the trait `capacityReservations` is missing. */
export interface Reservations {
  /** One reservation, or `not-found`. */
  get(id: ReservationId, options?: ReadOptions): CloudResult<CapacityReservation>;
  /** What was made under this key; `undefined` only after a look that may be believed. */
  find(key: string, options?: ReadOptions): CloudResult<CapacityReservation | undefined>;
  /** All living reservations of the account here that carry these tags. */
  list(
    filter?: { readonly tags?: Tags },
    options?: ReadOptions,
  ): AsyncIterable<Result<CapacityReservation, CloudError>>;
  /** Resolves when it is `active`. Capacity that is gone is `out-of-stock`, with nothing left behind. */
  create(spec: ReservationSpec, call: Call): CloudResult<CapacityReservation>;
  /** Ends it; instances that run in it go on. Already ended is fine. */
  delete(id: ReservationId, call: Call): CloudResult<void>;
}
