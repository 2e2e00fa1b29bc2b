/** The name that somebody most likely meant: the one with the fewest wrong letters, where there are few. */

import { closest, distance } from 'fastest-levenshtein';

/** `undefined` where nothing is near enough to be worth a guess. */
function nearest(given: string, names: readonly string[]): string | undefined {
  const best = names.length === 0 ? undefined : closest(given, names);
  if (best === undefined) return undefined;
  return distance(given, best) <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
}

/** ` Did you mean x?`, or nothing. */
export function guess(given: string, names: readonly string[], mark: string = ''): string {
  const name = nearest(given, names);
  return name === undefined ? '' : ` Did you mean ${mark}${name}?`;
}
