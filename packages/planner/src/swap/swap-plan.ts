/** Turns facts and a target into the input of a swap. */

import type { Facts } from '../facts.ts';
import { moveOf, type RunOptions } from '../move/move-plan.ts';
import { swapZones } from '../preconditions/place.ts';
import type { Target } from '../target.ts';
import type { SwapInput } from './swap-input.ts';

export function swapInputOf(facts: Facts, target: Target, options: RunOptions): SwapInput | undefined {
  const move = moveOf(facts, target, swapZones({ facts, target }), options);
  return move && { ...move, mayKeepVolume: options.fixes.includes('keep-volume') };
}
