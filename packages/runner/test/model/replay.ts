import fc, { type Parameters, type RunDetails } from 'fast-check';

/** `BELAY_RUNS`: how hard to look; 1000 where absent. */
export const wantedRuns: number = Number(process.env['BELAY_RUNS'] ?? 1000);

/** Settings for a property: a failure names the one command that plays it again. */
export function replayable<T>(numRuns: number, file: string): Parameters<T> {
  const seed = process.env['BELAY_SEED'];
  const path = process.env['BELAY_PATH'];
  const report = (details: RunDetails<T>): void => {
    if (!details.failed) return;
    const at = `BELAY_SEED=${details.seed} BELAY_PATH=${details.counterexamplePath ?? ''}`;
    const text = `${fc.defaultReportMessage(details)}\n\nTo play it again: ${at} npx vitest run ${file}`;
    throw new Error(text, { cause: details.errorInstance });
  };
  return {
    numRuns,
    reporter: report,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path, endOnFailure: true }),
  };
}
