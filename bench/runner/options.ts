/**
 * The command line of `npm run bench:runner -- …`.
 */

import { parseArgs } from 'node:util';

export interface Options {
  /** One JSON object on stdout in place of the table. */
  readonly json: boolean;
  /** Repetitions of each measurement. Odd, so that a median is one that was measured. */
  readonly rounds: number;
  readonly quick: boolean;
  /** Only the contests with one of these names. */
  readonly only: readonly string[];
  /** belay's TypeScript sources in place of its build. */
  readonly source: boolean;
  /** Ends with exit code 1 where a target is missed. */
  readonly strict: boolean;
}

const usualRounds = 5;
const quickRounds = 1;

/** Reads the arguments; a sentence says what is wrong with them. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        source: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
      },
    });
    const unknown = values.only.find((name) => !names.includes(name));
    if (unknown !== undefined) return `--only ${unknown}: there are ${names.join(', ')}`;
    const rounds = Number(values.rounds ?? (values.quick ? quickRounds : usualRounds));
    if (!Number.isInteger(rounds) || rounds % 2 !== 1 || rounds < 1) return '--rounds takes an odd number';
    const { json, quick, source, strict, only } = values;
    return { json, quick, source, strict, only, rounds };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
