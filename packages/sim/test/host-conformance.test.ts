// Every promise of the Host port, put to the simulator's servers.

import { hostCases, runHostConformance } from '@belay/cloud/conformance';
import { describe, expect, it } from 'vitest';
import { simHosts } from './host-subject.ts';

describe.each(['ec2', 'openstack'] as const)('servers of a simulated %s cloud', (family) => {
  it.each(hostCases)('keep $id: $title', async (one) => {
    const { results } = await runHostConformance([one], simHosts(family));
    expect(results.map(({ verdict, detail }) => [verdict, detail])).toEqual([['passed', undefined]]);
  });
});
