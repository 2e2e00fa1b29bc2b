/** What can be made to go wrong in the protocol itself, above the world: credentials that are no longer good. */
export interface Ec2Levers {
  /** Every request is refused as `RequestExpired` from now on, as if its signature were too old; or no longer. */
  expireRequests(on: boolean): void;
  /** Every request is refused as `AuthFailure`, as if its key had been deactivated; or no longer. */
  refuseKeys(on: boolean): void;
}

/** The levers with their positions. */
export interface LeverBoard {
  readonly hands: Ec2Levers;
  readonly isExpired: () => boolean;
  readonly areKeysRefused: () => boolean;
}

export function ec2Levers(): LeverBoard {
  let expired = false;
  let refused = false;
  return {
    hands: {
      expireRequests(on) {
        expired = on;
      },
      refuseKeys(on) {
        refused = on;
      },
    },
    isExpired: () => expired,
    areKeysRefused: () => refused,
  };
}
