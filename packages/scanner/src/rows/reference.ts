import type { Reference, RegistryEntry } from '../entry.ts';
import type { Hold } from '../item.ts';
import type { ItemKey } from '../key.ts';

/** What was read about one key in one transaction. */
export interface ReadKey {
  readonly key: ItemKey;
  readonly entry: RegistryEntry | undefined;
  readonly hold: Hold;
  /** Who restores, clones or drills it now, or has claimed it before. */
  readonly inUseBy: string | undefined;
  /** When a row of it was last deleted on record. ISO. */
  readonly neededUntil: string | undefined;
}

/** What that says about whether the key is needed. */
export function referenceOf({ key, entry, hold, inUseBy, neededUntil }: ReadKey, source: string): Reference {
  if (entry !== undefined && (entry.state === 'needed' || entry.state === 'intent')) {
    return { key, verdict: 'needed', why: `${source} has a row for it (${entry.state})`, hold };
  }
  if (entry?.state === 'unknown') {
    return { key, verdict: 'unknown', why: `the row in ${source} does not say whether it is needed` };
  }
  return {
    key,
    verdict: 'not-needed',
    hold,
    ...(entry !== undefined && { entry }),
    ...(inUseBy !== undefined && { inUseBy }),
    ...(neededUntil !== undefined && { neededUntil }),
  };
}
