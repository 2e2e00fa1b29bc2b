/** Names that were never given before: the one place where the scanner's commands draw chance. */

import { randomUUID } from 'node:crypto';

/** A new one at each call: sixteen letters and digits, short enough to be read out on the telephone. */
export function newName(): string {
  return randomUUID().replaceAll('-', '').slice(-16);
}
