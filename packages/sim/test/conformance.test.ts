// The promises of the port, put to the simulated clouds: none is out of reach, and what does not apply is no accident.

import { cloudCases, runConformance } from '@belay/cloud/conformance';
import { describe, expect, test } from 'vitest';
import { simSubject } from './subject.ts';

/** What a family truly has not, by the case that asks for it. */
const notApplicable = {
  ec2: [],
  openstack: ['20 zone-bound-volumes', '22 device-names'],
} as const;

describe.each(['ec2', 'openstack'] as const)('a cloud of the family %s', (family) => {
  test('keeps every promise of the port that it can be asked for', async () => {
    const { results } = await runConformance(cloudCases, simSubject(family));
    const those = (verdict: string) =>
      results.filter((one) => one.verdict === verdict).map(({ id, detail }) => `${id} ${detail}`);
    expect(those('failed')).toEqual([]);
    expect(those('out-of-reach')).toEqual([]);
    expect(those('not-applicable')).toEqual(notApplicable[family]);
    expect(results).toHaveLength(cloudCases.length);
  });
});
