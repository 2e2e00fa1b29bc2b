/** The command line of `npm run bench:swap -- …`. */

import { parseArgs } from 'node:util';

export interface Options {
  /** One JSON object on stdout in place of the table. */
  readonly json: boolean;
  /** Ten swaps at once in place of a hundred, and one round. */
  readonly quick: boolean;
  /** So many simulated seconds pass in a real one. What belay itself takes counts as many times as much. */
  readonly factor: number;
  /** Decides every latency of the simulated cloud. */
  readonly seed: number;
  /** Ends with exit code 1 where a target is missed. */
  readonly strict: boolean;
}

const mostFactor = 100;

/** Reads the arguments; a sentence says what is wrong with them. */
export function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        factor: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
      },
    });
    const factor = Number(values.factor);
    if (!(factor > 0 && factor <= mostFactor)) return `--factor takes a number up to ${mostFactor}`;
    const seed = Number(values.seed);
    if (!Number.isInteger(seed)) return '--seed takes a whole number';
    const { json, quick, strict } = values;
    return { json, quick, strict, factor, seed };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
