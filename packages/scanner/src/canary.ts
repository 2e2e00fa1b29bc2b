/**
 * The names of canaries, for sides where a key can be chosen. The nonce is part of the key, so that any listing shows
 * it. `!` sorts before letters and digits, `~` after them, and `O` lies between.
 */

import { type Canary, type CanaryRequest, canaryPlaces } from './call.ts';

const marks = { first: '!', middle: 'O', last: '~' } as const;
const word = 'belay-canary-';

/** The three canaries of each prefix of a scope, in the order of their keys within a prefix. */
export function canariesFor({ scope, nonce }: Pick<CanaryRequest, 'scope' | 'nonce'>): readonly Canary[] {
  return scope.prefixes.flatMap((prefix) =>
    canaryPlaces.map((place) => ({ key: `${prefix}${marks[place]}${word}${nonce}`, prefix, place })),
  );
}

/** The nonce in a key that `canariesFor` made, under one of these prefixes; `undefined` for every other key. */
export function canaryNonceOf(key: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((one) => key.startsWith(one));
  if (prefix === undefined) return undefined;
  const rest = key.slice(prefix.length);
  const mark = Object.values(marks).find((one) => rest.startsWith(`${one}${word}`));
  return mark === undefined ? undefined : rest.slice(mark.length + word.length);
}
