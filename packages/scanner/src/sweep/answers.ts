/**
 * What a side answered about single keys, taken with suspicion: one answer for a key, in words that the port knows, and
 * none that speaks against itself. Any other answer is `unknown`, and unknown is needed.
 */

import type { Reference } from '../entry.ts';
import type { Looked } from '../item.ts';
import type { ItemKey } from '../key.ts';

/** The references in an answer. Where a key was answered twice, `needed` counts, and nothing else does. */
export function referencesIn(said: readonly Reference[]): ReadonlyMap<ItemKey, Reference> {
  const found = new Map<ItemKey, Reference>();
  for (const one of listOf(said)) {
    const reference = asReference(one);
    const other = found.get(reference.key);
    if (other === undefined || reference.verdict === 'needed') found.set(reference.key, reference);
    else if (other.verdict !== 'needed') found.set(reference.key, unknown(reference.key, 'two answers came'));
  }
  return found;
}

/** The looks in an answer. A key that was answered twice is not known. */
export function looksIn(said: readonly Looked[]): ReadonlyMap<ItemKey, Looked> {
  const found = new Map<ItemKey, Looked>();
  for (const one of listOf(said)) {
    const { key } = one;
    if (found.has(key)) found.set(key, { found: 'unknown', key, why: 'Two answers came for it.' });
    else if (one.found !== 'yes') found.set(key, one);
    // A list that is left out is no empty one.
    else found.set(key, Array.isArray(one.dependants) ? one : { ...one, dependants: 'unknown' });
  }
  return found;
}

/** Adapters may be written in JavaScript: what is no list, or holds no objects, answers nothing. */
function listOf<T extends object>(said: readonly T[]): readonly T[] {
  return Array.isArray(said) ? said.filter((one) => typeof one === 'object' && one !== null) : [];
}

function asReference(said: Reference): Reference {
  const { key, verdict } = said;
  if (verdict === 'needed' || verdict === 'unknown') return said;
  if (verdict !== 'not-needed') return unknown(key, `it says ${JSON.stringify(verdict)}`);
  const { entry } = said;
  if (entry === undefined || (entry?.key === key && entry.state === 'owner-ended')) return said;
  return unknown(key, `it says that nobody needs it, and shows a row that is ${entry?.state}`);
}

function unknown(key: ItemKey, why: string): Reference {
  return { key, verdict: 'unknown', why };
}
