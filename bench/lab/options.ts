// What the command is told.

import { parseArgs } from 'node:util';

/** What the bench consists of. */
export type Part = 'estimates' | 'runs' | 'failures' | 'two-labs' | 'recoveries';

const parts: readonly Part[] = ['estimates', 'runs', 'failures', 'two-labs', 'recoveries'];

export interface Options {
  readonly parts: ReadonlySet<Part>;
  /** Numbers of small files beside the database. */
  readonly files: readonly number[];
  /** Moves with each number of files, most files last. */
  readonly repeats: readonly number[];
  /** Small files while plans are held against what comes. */
  readonly filesWhileEstimating: number;
  /** Strategies whose estimates are held against what comes. */
  readonly estimated: ReadonlySet<string>;
  /** Small files while steps are made to fail, between two labs, and in recoveries. */
  readonly filesElsewhere: number;
  /** Makes every step of every strategy fail; else, beyond the swap, only those in which nobody serves. */
  readonly everyStep: boolean;
  readonly json: boolean;
  /** Only this step is made to fail, and only this accident happens. */
  readonly step: string | undefined;
  /** Only this strategy. */
  readonly strategy: string | undefined;
  /** Figures of parts that are done lie in this folder, and what lies there is not measured again. */
  readonly keep: string | undefined;
  readonly quick: boolean;
  /** Writes `docs/lab.md` and its picture. */
  readonly write: boolean;
}

export const help: string = `npm run lab -- [--quick] [--json] [--only <parts>] [--keep <folder>] [--files <numbers>]
               [--strategy <name>] [--step <path>] [--no-write]
  --quick     fewer files, moves and failing steps: about eight minutes in place of forty
  --json      the figures as JSON on standard output, and nothing else there
  --only      some of ${parts.join(',')}
  --keep      figures lie in this folder: begun again, the command goes on where it was ended
  --files     numbers of small files: 1000,10000
  --strategy  volume-swap, snapshot-clone or rsync
  --step      with this failing step, or this accident, only: place/provision-target, lost-with-disk
  --no-write  leaves docs/lab.md and docs/lab.svg as they are; --quick and --only leave them, too
It needs Linux, root and what @belay/lab needs of Debian.`;

export function optionsFrom(words: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...words],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      keep: { type: 'string' },
      files: { type: 'string' },
      step: { type: 'string' },
      strategy: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, only, json, step, strategy, keep } = values;
  const isWhole = !quick && [only, step, strategy, values.files].every((one) => one === undefined);
  const files =
    values.files?.split(',').map(Number) ?? (quick ? [1_000, 10_000] : [10_000, 100_000, 300_000]);
  if (!files.every((count) => Number.isInteger(count) && count > 0)) throw new Error(help);
  return {
    parts: partsFrom(only),
    files,
    repeats: quick ? files.map(() => 1) : files.map((_, i) => Math.max(2, 3 - i)),
    filesWhileEstimating: quick ? 200 : 1_000,
    estimated: new Set(quick ? ['volume-swap'] : ['volume-swap', 'snapshot-clone', 'rsync']),
    filesElsewhere: quick ? 200 : 1_000,
    everyStep: !quick,
    quick,
    json,
    step,
    strategy,
    keep,
    write: values.write ?? isWhole,
  };
}

function partsFrom(only: string | undefined): ReadonlySet<Part> {
  if (only === undefined) return new Set(parts);
  const wanted = only.split(',').map((word) => parts.find((part) => part === word));
  if (wanted.includes(undefined)) throw new Error(help);
  return new Set(wanted.filter((part) => part !== undefined));
}
