// What every part of the bench is given.

import type { StrategyName } from '@belay/planner';
import { estimateOf } from './measured.ts';
import type { Memory } from './memory.ts';
import type { Moved } from './move.ts';
import type { Options } from './options.ts';

export interface Bench {
  readonly options: Options;
  /** Labs are made under it. */
  readonly folder: string;
  readonly memory: Memory;
  /** Tells people how it goes. */
  say(line: string): void;
  /** Something is not as it must be: the bench goes on, and fails in the end. */
  wrong(sentence: string): void;
}

/** What is carried out on a lab. */
export type Strategy = Extract<StrategyName, 'volume-swap' | 'snapshot-clone' | 'rsync'>;

const strategies: readonly Strategy[] = ['volume-swap', 'snapshot-clone', 'rsync'];

export function wantedStrategies({ strategy }: Options): readonly Strategy[] {
  return strategies.filter((one) => (strategy ?? one) === one);
}

/** One move in a line. */
export function told(
  id: string,
  { state, serves, downtimeS, dataPhaseS, clientGapS, settleGapS, ...rest }: Moved,
): string {
  const { planP50S, planP90S, rawP50S, rawP90S } = estimateOf(rest);
  const said = `said ${planP50S} to ${planP90S} s, of ${rawP50S} to ${rawP90S}`;
  const settled = settleGapS === undefined ? '' : `, gap while it settled ${settleGapS} s`;
  const figures = `down ${downtimeS} s (${said}), data ${dataPhaseS} s, gap ${clientGapS} s${settled}`;
  const mended = rest.mended === undefined ? '' : `, tried again: ${rest.mended}`;
  return `${id}: ${state}${mended}, ${serves} serves; ${figures}; ${rest.ordersAcknowledged} orders, ${rest.ordersLost} lost`;
}
