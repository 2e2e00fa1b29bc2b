/** Who serves while each step of a swap goes forward: the same table for plans, live progress and pictures. */

import type { Serving } from '../downtime.ts';

const source: readonly string[] = ['place', 'keep-volume', 'look-at-source', 'read-names'];
const target: readonly string[] = ['confirm-route', 'keep-volume-of-target', 'rename-source'];

/** Takes a step's path, with or without choices: `place#1/provision-target`. */
export function servingDuring(path: string): Serving {
  const [top = ''] = path.split(/[/#]/);
  if (source.includes(top)) return 'source';
  return target.includes(top) ? 'target' : 'nobody';
}
