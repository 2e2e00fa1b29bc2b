/** Who serves while each step of a swap goes forward: the same table for plans, live progress and pictures. */

import type { Serving } from '../downtime.ts';

const source: readonly string[] = ['place', 'keep-volume', 'look-at-source', 'read-names'];
const target: readonly string[] = ['confirm-route', 'keep-volume-of-target', 'rename-source'];

const nobody: readonly string[] = [
  'stop-services',
  'unmount',
  'detach-volume',
  'attach-volume',
  'mount',
  'start-services',
  'probe-target',
];

/** Takes a step's path, with or without choices: `place#1/provision-target`. `undefined` where a swap has no such step. */
export function servingDuring(path: string): Serving | undefined {
  const [top = ''] = path.split(/[/#]/);
  if (source.includes(top)) return 'source';
  if (target.includes(top)) return 'target';
  // Where there are several addresses or names, their steps are numbered.
  return nobody.includes(top) || /^switch-(address|name)(-\d+)?$/.test(top) ? 'nobody' : undefined;
}
