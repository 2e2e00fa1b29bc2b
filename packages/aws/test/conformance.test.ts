// The promises of the port, put to the adapter with the real SDK over a real socket. None is out of reach of the strict
// EC2 at the other end, and none is left out.

import { cloudCases, runConformance } from '@belay/cloud/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ec2Subject, ec2Subject } from './subject-ec2.ts';

describe('the port over EC2', () => {
  let opened: Ec2Subject;
  beforeAll(async () => {
    opened = await ec2Subject();
  });
  afterAll(() => opened.close());

  for (const one of cloudCases) {
    it(`${one.id}: ${one.title}`, { timeout: 120_000 }, async () => {
      const { results } = await runConformance([one], opened.subject);
      expect(results[0]).toEqual({ id: one.id, title: one.title, verdict: 'passed' });
    });
  }
});
