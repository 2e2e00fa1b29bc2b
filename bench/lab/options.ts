// What the command is told.

import { parseArgs } from 'node:util';

export interface Options {
  /** Numbers of small files beside the database. */
  readonly files: readonly number[];
  /** Moves before the ones that are told of, from which the plans learn. */
  readonly practice: number;
  /** Moves with each number of files. */
  readonly repeats: number;
  /** Small files while steps are made to fail. */
  readonly filesWhileFailing: number;
  /** Makes every step of every strategy fail; else, beyond the swap, only those in which nobody serves. */
  readonly everyStep: boolean;
  readonly json: boolean;
  readonly failures: boolean;
  /** Only this step is made to fail. */
  readonly only: string | undefined;
  readonly runs: boolean;
  /** Only this strategy. */
  readonly strategy: string | undefined;
  /** Writes `docs/lab.md` and its picture. */
  readonly write: boolean;
}

export const help = `npm run lab -- [--quick] [--json] [--only runs|failures] [--strategy <name>] [--step <path>] [--write]
  --quick   fewer files, moves and failing steps: some minutes
  --json    the figures as JSON on standard output, and nothing else there
  --only    the moves that succeed, or those with a failing step
  --step    with this failing step only: place/provision-target
  --write   writes docs/lab.md and docs/lab.svg
It needs Linux, root and what @belay/lab needs of Debian.`;

export function optionsFrom(words: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      step: { type: 'string' },
      strategy: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, only, json, write } = values;
  if (only !== undefined && only !== 'runs' && only !== 'failures') throw new Error(help);
  return {
    files: quick ? [1_000, 10_000] : [10_000, 100_000, 300_000],
    practice: 5,
    repeats: quick ? 1 : 4,
    filesWhileFailing: quick ? 200 : 10_000,
    everyStep: !quick,
    json,
    write,
    only: values.step,
    strategy: values.strategy,
    runs: only !== 'failures',
    failures: only !== 'runs',
  };
}
