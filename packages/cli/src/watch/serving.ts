/**
 * Who serves, as far as a run's own steps tell: nobody from the first step that stops something until the target is
 * led to, and the source again when that step has been taken back. Nothing is measured here. Pure.
 */

import { servingDuring } from '@belay/planner';
import type { Shape, StoredEvent } from '@belay/runner';
import type { Serving } from './stopwatch.ts';

/** Folds events; gives who serves after each. */
export interface ServingFold {
  /** Before the first event. */
  readonly first: Serving;
  after(stored: StoredEvent): Serving;
}

/** `isDown`: the source did not serve when the run began. */
export function servingBy(shape: Shape, { isDown = false }: { readonly isDown?: boolean } = {}): ServingFold {
  const band = new Map(
    shape.nodes.filter(({ kind }) => kind === 'step').map(({ path }) => [path, servingDuring(path)]),
  );
  const nobody = [...band].filter(([, who]) => who === 'nobody').map(([path]) => path);
  const begun = new Set<string>();
  const done = new Set<string>();
  // Going back, the source serves as soon as what was stopped first is back, whatever is still cleared away.
  let stopped: string | undefined;
  // A release begins when the target has long served.
  const begins = [...band.values()].find((who) => who !== undefined) === 'target' ? 'target' : 'source';
  const before: Serving = isDown ? 'nobody' : begins;
  let current = before;
  const after = ({ event }: StoredEvent): Serving => {
    if (!('step' in event)) return current;
    const path = event.step.replaceAll(/#\d+/g, '');
    const who = band.get(path);
    if (event.kind === 'started' && who === 'nobody') {
      begun.add(path);
      stopped ??= path;
    }
    if (event.kind === 'done') done.add(path);
    if (event.kind === 'revert-started') done.delete(path);
    if (event.kind === 'reverted') {
      begun.delete(path);
      if (path === stopped) stopped = undefined;
    }
    const isLed = nobody.length > 0 && nobody.every((each) => done.has(each));
    current = isLed ? 'target' : stopped === undefined ? before : 'nobody';
    return current;
  };
  return { first: before, after };
}
