// Servers with an IPv6 address of their own.

import type { Cloud, CloudRegistry, Instance } from '@belay/cloud';

/** Every server has an IPv6 address of its own too, as clouds give one; nobody else in these tests does. */
export function withIpv6(clouds: CloudRegistry): CloudRegistry {
  const seen: string[] = [];
  const dual = (instance: Instance): Instance => {
    if (!seen.includes(instance.id)) seen.push(instance.id);
    const own = `2001:DB8:0:0:0:0:0:${seen.indexOf(instance.id) + 1}`;
    return { ...instance, publicAddresses: [...instance.publicAddresses, own] };
  };
  const over = (cloud: Cloud): Cloud => ({
    ...cloud,
    instances: {
      ...cloud.instances,
      get: (id, options) => cloud.instances.get(id, options).map(dual),
      create: (spec, call) => cloud.instances.create(spec, call).map(dual),
    },
  });
  return { ...clouds, get: (at) => over(clouds.get(at)) };
}
