// The promises of the port that are about what is made, put to the adapter with the real SDK over a real socket. The
// others measure time or give a call two seconds, and need a machine for themselves: `npm run test:aws` puts them all.

import { cloudCases, runConformance } from '@belay/cloud/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyPolicy, callsInCode } from './policy/derive.ts';
import { type Ec2Subject, ec2Subject } from './subject-ec2.ts';

describe('the port over EC2', () => {
  let opened: Ec2Subject;
  beforeAll(async () => {
    opened = await ec2Subject({ timeScale: 20 });
    opened.server.levers.allowOnly(applyPolicy(callsInCode()));
  });
  afterAll(() => opened.close());

  for (const one of cloudCases.filter(({ group }) => ['create', 'floating-ip'].includes(group))) {
    it(`${one.id}: ${one.title}`, { timeout: 120_000 }, async () => {
      const { results } = await runConformance([one], opened.subject);
      expect(results[0]).toEqual({ id: one.id, title: one.title, verdict: 'passed' });
    });
  }

  it('needs no right that the policy for applying plans does not give', () => {
    expect(opened.server.levers.refusedActions()).toEqual([]);
  });
});
