import { type AccessPolicy, type Need, readPolicy } from './access-policy.ts';

/** What can be made to go wrong in the protocol itself, above the world: credentials that are no longer good. */
export interface Ec2Levers {
  /** Every request is refused as `RequestExpired` from now on, as if its signature were too old; or no longer. */
  expireRequests(on: boolean): void;
  /** Every request is refused as `AuthFailure`, as if its key had been deactivated; or no longer. */
  refuseKeys(on: boolean): void;
  /** From now on the account may do what this policy allows and nothing else; without one, everything again. */
  allowOnly(policy?: AccessPolicy): void;
  /** What that policy has refused since it was set, by the names of the actions: `['ec2:StopInstances']`. */
  refusedActions(): readonly string[];
}

/** The levers with their positions. */
export interface LeverBoard {
  readonly hands: Ec2Levers;
  readonly isExpired: () => boolean;
  readonly areKeysRefused: () => boolean;
  readonly isAllowed: (need: Need) => boolean;
}

export function ec2Levers(): LeverBoard {
  let expired = false;
  let refused = false;
  let allows: ((need: Need) => boolean) | undefined;
  let refusedActions = new Set<string>();
  return {
    hands: {
      expireRequests(on) {
        expired = on;
      },
      refuseKeys(on) {
        refused = on;
      },
      allowOnly(policy) {
        allows = policy === undefined ? undefined : readPolicy(policy);
        refusedActions = new Set();
      },
      refusedActions: () => [...refusedActions].sort(),
    },
    isExpired: () => expired,
    areKeysRefused: () => refused,
    isAllowed(need) {
      if (allows === undefined || allows(need)) return true;
      refusedActions.add(need.action);
      return false;
    },
  };
}
