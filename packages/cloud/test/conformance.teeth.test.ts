// A suite that passes everything shows nothing. Here is a cloud that keeps every promise, and more than a hundred that
// break one each: the first passes all cases, and each of the others is found out.

import { describe, expect, it } from 'vitest';
import { cloudCases, runConformance } from '../src/conformance.ts';
import { flaws, keptFlaws } from './tiny/flaws.ts';
import { type TinyOptions, tinySubject } from './tiny/subject.ts';

describe('an honest cloud', () => {
  it('passes every case', async () => {
    const report = await runConformance(cloudCases, tinySubject());
    expect(report.results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(report.summary).toBe('62 cases: 62 passed, 0 not applicable, 0 out of reach, 0 failed');
  });

  it('passes every case where it keeps the old type of what it resizes', async () => {
    const report = await runConformance(cloudCases, tinySubject({ keepsOldType: true }));
    expect(report.results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  });
});

it('has no case that finds nothing out', () => {
  const useful = new Set<string>(Object.values({ ...flaws, ...keptFlaws }).flat());
  expect(cloudCases.map(({ id }) => id).filter((id) => !useful.has(id))).toEqual([]);
});

describe('a cloud that', () => {
  it.each(Object.entries(flaws))('%s is found out', async (flaw, ids) => {
    await isFoundOut({ flaw: flaw as keyof typeof flaws }, ids);
  });

  it.each(Object.entries(keptFlaws))('%s is found out', async (flaw, ids) => {
    await isFoundOut({ flaw: flaw as keyof typeof keptFlaws, keepsOldType: true }, ids);
  });
});

async function isFoundOut(options: TinyOptions, ids: readonly string[]): Promise<void> {
  expect(ids).not.toEqual([]);
  for (const id of ids) {
    const { results } = await runConformance(
      cloudCases.filter((one) => one.id === id),
      tinySubject(options),
    );
    expect(results).toMatchObject([{ id, verdict: 'failed' }]);
  }
}
