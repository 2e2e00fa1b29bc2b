/**
 * The hold before the cut-over: everything is ready, nothing is stopped, and a person says when. Afterwards the target
 * is looked at once more, for the word may come days later.
 */

import type { Handle, ScopeBuilder } from '@belay/runner';
import type { MoveInput, TargetServer, World } from './move-input.ts';
import { checkTarget } from './target-side.ts';

/** Gives what the window must wait for. Without a hold in the input that is what was given. */
export function cutOver(
  g: ScopeBuilder<World>,
  input: MoveInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (input.hold !== true) return after;
  const { source, target: wanted } = input;
  const released = g.hold('cut-over', {
    after,
    ask: `${wanted.instanceType} is ready and ${source.name} still serves. Stop it now and move?`,
  });
  return [checkTarget(g, input, target, [released], 'look-at-target')];
}
