import { ok } from 'neverthrow';
import { ownerId } from '../account.ts';
import { type Action, action } from '../action.ts';

/** The one action of the Security Token Service that conventions of AWS need: who am I? */
export const identityActions: readonly Action[] = [
  action({
    name: 'GetCallerIdentity',
    of: 'sts',
    operation: 'permissions.check',
    changes: false,
    parameters: {},
    perform: (world) =>
      ok({
        Arn: `arn:aws:iam::${ownerId(world)}:user/simulated`,
        UserId: 'AIDASIMULATED',
        Account: ownerId(world),
      }),
  }),
];
