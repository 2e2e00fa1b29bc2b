import type { Permission, Permissions, PlannedCall } from '@belay/cloud';
import { ok } from 'neverthrow';
import { actionsOf, permitOf } from '../policy.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';
import { runTask } from './task.ts';

/** The permissions of the port: EC2 answers for each call; where nobody can be asked, nothing is known. */
export function permissionsPort(world: World, api: Adapter): Permissions {
  return {
    check: (calls, options) =>
      runTask(world, api, 'permissions.check', options, async (task) => {
        if (!world.profile.traits.permissionChecks) return ok(calls.map((call) => unknown(world, call)));
        return task.read('permissions.check', (inside) => ok(calls.map((call) => answerTo(inside, call))));
      }),
  };
}

function answerTo(world: World, { verb }: PlannedCall): Permission {
  const { actions, missing } = permitOf(world, verb);
  if (missing.length === 0) return { verb, allowed: 'yes', actions };
  return { verb, allowed: 'no', actions, why: `Not authorized to perform ${missing.join(' and ')}.` };
}

function unknown(world: World, { verb }: PlannedCall): Permission {
  const actions = actionsOf(verb, world.profile.family);
  return { verb, allowed: 'unknown', actions, why: 'This cloud cannot be asked beforehand.' };
}
