// A simulated account that may do exactly what a policy allows, and nothing else of all that the SDK can send.

import * as ec2 from '@aws-sdk/client-ec2';
import * as route53 from '@aws-sdk/client-route-53';
import type { SimWorld } from '@belay/sim';
import { actionsIn, type Policy } from './derive.ts';

export function enforce(world: SimWorld, policy: Policy): void {
  const allowed = actionsIn(policy);
  world.deny(allActions().filter((action) => !allowed.has(action)));
}

function allActions(): readonly string[] {
  const named = (service: string, sdk: object): readonly string[] =>
    Object.keys(sdk)
      .filter((name) => /^[A-Z]\w+Command$/.test(name))
      .map((name) => `${service}:${name.slice(0, -'Command'.length)}`);
  return [...named('ec2', ec2), ...named('route53', route53)];
}
