/** What moving asks of the clouds beside the strategy's own: a new server and its deletion, the route and its way back. */

import type { PlannedCall } from '@belay/cloud';
import type { Target } from '../target.ts';
import type { Workload } from '../workload.ts';

/** To create the target; and to delete it, which is the way back. */
export function newServerCalls(target: Target): readonly PlannedCall[] {
  const { instanceType, imageId, name, networkId, securityGroups, keyName } = target;
  const [zone = ''] = target.zones;
  return [
    {
      verb: 'instances.create',
      instance: { name, zone, instanceType, imageId, networkId, securityGroups, keyName },
    },
    { verb: 'instances.delete' },
  ];
}

/** The same call switches and switches back. */
export function routeCalls({ floatingIps, names }: Workload): readonly PlannedCall[] {
  return [
    ...floatingIps.map((floatingIpId): PlannedCall => ({ verb: 'floatingIps.move', floatingIpId })),
    ...names.map(({ name }): PlannedCall => ({ verb: 'dns.change', recordName: name })),
  ];
}
