// Real processes, killed at every point of their journal, and others that carry on.

import { describe, expect, test } from 'vitest';
import { type CrashReport, crashMatrix, crashReportText } from '../../src/testkit.ts';
import { place } from '../journal/place.ts';

const program = new URL('./program.ts', import.meta.url);
const execArgv = ['--conditions=@belay/source'];

async function matrix(dir: string, ...args: readonly string[]): Promise<CrashReport> {
  const report = await crashMatrix({ program, args, dir, execArgv });
  return report._unsafeUnwrap();
}

describe('a run that was killed at any point of its journal', () => {
  test('ends as if nothing had happened, and did everything once', { timeout: 120_000 }, async () => {
    using here = place();
    const report = await matrix(here.folder, 'moving');
    expect(report.clean.outcome?.state).toBe('success');
    expect(crashReportText(report)).toMatch(
      /^\d+ deaths of a run whose end is success; 0 with something wrong/,
    );
    // Two scopes' tries, parallel steps, an undo, a retry: fewer points would be another graph.
    expect(report.points.filter(({ struck }) => struck).length).toBeGreaterThanOrEqual(24);
  });

  test('goes back as if nothing had happened, and leaves nothing', { timeout: 120_000 }, async () => {
    using here = place();
    const report = await matrix(here.folder, 'failing');
    expect(report.clean.outcome?.state).toBe('reverted');
    expect(crashReportText(report)).toMatch(
      /^\d+ deaths of a run whose end is reverted; 0 with something wrong/,
    );
    const left = report.points.flatMap(({ effects }) => [...effects.values()].map((each) => each.inEffect));
    expect(Math.max(...left)).toBe(0);
    expect(report.points.filter(({ struck }) => struck).length).toBeGreaterThanOrEqual(40);
  });

  // The other ways in which a run can go; killed once here, and in its recovery too every night.
  test.each([
    { graph: 'crossing', end: 'success', points: 20, what: 'goes on beyond its point of no return' },
    { graph: 'regretting', end: 'reverted', points: 12, what: 'takes its keys again before it goes back' },
    { graph: 'stranded', end: 'success', points: 12, what: 'is rescued by another, which has its keys' },
  ])('$what', { timeout: 120_000 }, async ({ graph, end, points }) => {
    using here = place();
    const report = await matrix(here.folder, graph);
    expect(crashReportText(report)).toMatch(
      new RegExp(`^\\d+ deaths of a run whose end is ${end}; 0 with something wrong`),
    );
    expect(report.points.filter(({ struck }) => struck).length).toBeGreaterThanOrEqual(points);
  });
});
