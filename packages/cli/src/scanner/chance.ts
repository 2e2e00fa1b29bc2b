/** Names that were never given before: the one place where the scanner's commands draw chance. */

import { randomUUID } from 'node:crypto';

/** A new one at each call, of letters, digits and `-`. */
export function newName(): string {
  return randomUUID();
}
