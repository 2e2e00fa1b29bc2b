/**
 * The command line of `npm run bench:cloud -- …`.
 */

import { parseArgs } from 'node:util';

export interface Options {
  /** One JSON object on stdout in place of the table. */
  readonly json: boolean;
  /** Only in virtual time, and ten swaps at most. */
  readonly quick: boolean;
  /** Only the subjects with one of these names. */
  readonly only: readonly string[];
  /** How many swaps run at once, one after another of these numbers. */
  readonly swaps: readonly number[];
  /** Decides every latency of the simulated clouds. */
  readonly seed: number;
  /** Ends with exit code 1 where a target is missed. */
  readonly strict: boolean;
}

const usualSwaps = ['1', '10', '100'];
const mostSwaps = 1_000;

/** Reads the arguments; a sentence says what is wrong with them. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        swaps: { type: 'string', multiple: true, default: usualSwaps },
        seed: { type: 'string', default: '1' },
      },
    });
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined) return `--only ${unknown}: there are ${names.join(', ')}`;
    const swaps = values.swaps.map(Number);
    if (!swaps.every((count) => Number.isInteger(count) && count >= 1 && count <= mostSwaps)) {
      return `--swaps takes whole numbers from 1 to ${mostSwaps}`;
    }
    const seed = Number(values.seed);
    if (!Number.isInteger(seed)) return '--seed takes a whole number';
    const { json, quick, strict, only } = values;
    return { json, quick, strict, only, swaps, seed };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
