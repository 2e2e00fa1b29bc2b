/** How long it takes to undo a step, by the step's name: the same figures as for the way out, read backwards. */

import type { Phase, Spread } from './downtime.ts';
import { type Parameters, spread } from './parameters.ts';

/** The revert of a step as a time, or `undefined` where there is nothing to undo. Takes a name without its number. */
export function backSpread(step: string, parameters: Parameters): Spread | undefined {
  const key = backwards[step];
  if (key === undefined) return undefined;
  return key === 'delete' ? deleting : parameters[key];
}

/** The ways back of all phases in which nobody serves. */
export function backOf(phases: readonly Phase[], parameters: Parameters): readonly Spread[] {
  return phases
    .filter(({ serving }) => serving === 'nobody')
    .flatMap(({ name }) => backSpread(name, parameters) ?? []);
}

type Timed = {
  readonly [K in keyof Parameters]-?: Parameters[K] extends Spread ? K : never;
}[keyof Parameters];

/** What undoes a step takes as long as its opposite. */
const backwards: Readonly<Record<string, Timed | 'delete'>> = {
  'provision-target': 'delete',
  'make-disk': 'delete',
  'attach-disk': 'detach',
  'mount-disk': 'unmount',
  'take-snapshot': 'delete',
  'mask-timers': 'checks',
  'lower-ttl': 'changeName',
  'restart-when-back': 'startServices',
  'stop-services': 'startServices',
  unmount: 'mount',
  'detach-volume': 'attach',
  'attach-volume': 'detach',
  mount: 'unmount',
  'start-services': 'stopServices',
  'switch-address': 'moveAddress',
  'switch-name': 'changeName',
  'follow-address': 'changeName',
  'follow-when-back': 'changeName',
  'stop-instance': 'powerOn',
  'resize-instance': 'changeType',
  'start-instance': 'powerOff',
  'rename-source': 'changeType',
};

const deleting: Spread = spread(2, 10, 60, 'assumed', 'a call, and a look that it is gone');
