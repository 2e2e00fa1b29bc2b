/**
 * A fact, or the admission that it could not be learned. There is no third way to write a fact down, so that nothing
 * takes an absent answer for a negative one. Every fact says when and how it was learned, and grows old.
 */

import type { IsoTime } from '@belay/cloud';

export type Known<T> = Learned & (KnownValue<T> | UnknownValue);

/** When and how something was asked. */
export interface Learned {
  /** When the question was asked: the answer may be younger, never older. */
  readonly at: IsoTime;
  /** What was asked, such as `volumes.get vol-1`. */
  readonly source: string;
}

/** An answer came. */
export interface KnownValue<T> {
  readonly known: true;
  readonly value: T;
}

/** No answer that may be believed, and why. */
export interface UnknownValue {
  readonly known: false;
  readonly why: string;
  /** A read that may be believed says that there is no such thing. What needs it fails, and is not merely unknown. */
  readonly absent?: true | undefined;
}

/** A fact that was learned. */
export function known<T>(value: T, { at, source }: Learned): Known<T> {
  return { known: true, value, at, source };
}

/** A fact that could not be learned, with the reason. */
export function unknown<T>(why: string, { at, source }: Learned): Known<T> {
  return { known: false, why, at, source };
}

/** The question was answered: there is no such thing. */
export function absent<T>(why: string, { at, source }: Learned): Known<T> {
  return { known: false, why, absent: true, at, source };
}

/**
 * The fact as it counts at a given time: one that is older than it may be, or comes from the future, is no longer
 * known.
 */
export function asOf<T>(fact: Known<T>, now: IsoTime, validMs: number): Known<T> {
  if (!fact.known && fact.absent !== true) return fact;
  const ageMs = Date.parse(now) - Date.parse(fact.at);
  if (ageMs >= 0 && ageMs <= validMs) return fact;
  const seen = Number.isNaN(ageMs) ? `at no time that can be read (${fact.at})` : `at ${fact.at}`;
  return unknown(`seen ${seen}, which counts for ${Math.round(validMs / 1000)} s only`, fact);
}
