/**
 * What must be true for a strategy, as data: a name, a sentence, and a test over facts that has three answers. A test
 * never throws and never guesses; what it cannot tell is `unknown`, and unknown never counts as holds.
 */

import type { IsoTime } from '@belay/cloud';
import type { Facts } from './facts.ts';
import type { Known } from './known.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Target } from './target.ts';
import type { TtlLimits } from './ttl.ts';

/** Something that must be true for a strategy. */
export interface Precondition {
  readonly name: string;
  /** What is true when it holds. */
  readonly sentence: string;
  /** Looks, and gives one of three answers. Never throws. */
  readonly test: (question: Question) => Finding;
}

/** What a test may look at. */
export interface Question {
  readonly facts: Facts;
  readonly target: Target;
  /** The time for which it is judged. */
  readonly now: IsoTime;
  /** Bytes a second between source and target, and whether anybody measured that. */
  readonly bandwidth: { readonly bytesPerSecond: number; readonly from: string };
  /** Names that are slower than this are made quick beforehand; absent where they stay as they are. */
  readonly ttl?: TtlLimits | undefined;
  /** What a dry run of the final pass found, where there was one. */
  readonly rehearsal?: Rehearsal | undefined;
}

export type Verdict = 'holds' | 'fails' | 'unknown';

/** What a test found. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was seen, in a few words. */
  readonly evidence: string;
  /** The cheapest change that would turn it, where there is one. */
  readonly change?: Change | undefined;
}

/** Something that a person could do, and how much it asks of them. */
export interface Change {
  readonly sentence: string;
  readonly effort: Effort;
}

/**
 * How much a change asks for: to say something that is known, to find something out, to configure a server, to let
 * time pass, to pay for more, to build something anew.
 */
export type Effort = 'say' | 'learn' | 'configure' | 'wait' | 'pay' | 'rebuild';

/** Rough minutes of each effort, for putting changes in order and for nothing else. */
export const effortMinutes: Readonly<Record<Effort, number>> = {
  say: 2,
  learn: 10,
  configure: 20,
  wait: 60,
  pay: 90,
  rebuild: 600,
};

/** A finding with the name of what was tested. */
export interface Judged extends Finding {
  readonly name: string;
  readonly sentence: string;
}

export function judged({ name, sentence, test }: Precondition, question: Question): Judged {
  return { name, sentence, ...test(question) };
}

export function holds(evidence: string): Finding {
  return { verdict: 'holds', evidence };
}

export function fails(evidence: string, change?: Change): Finding {
  return change === undefined ? { verdict: 'fails', evidence } : { verdict: 'fails', evidence, change };
}

export function unclear(evidence: string, change?: Change): Finding {
  return change === undefined ? { verdict: 'unknown', evidence } : { verdict: 'unknown', evidence, change };
}

/** A change in one line: `change('configure', 'write UUID= in fstab')`. */
export function change(effort: Effort, sentence: string): Change {
  return { effort, sentence };
}

/**
 * Tests a fact if it is known; if not, the finding is `unknown` with the fact's own reason, or `fails` where the answer
 * was that there is no such thing.
 */
export function given<T>(fact: Known<T>, test: (value: T) => Finding): Finding {
  if (fact.known) return test(fact.value);
  const why = `${fact.source}: ${fact.why}`;
  return fact.absent === true ? fails(why) : unclear(why);
}

/** The two are to be the same. */
export function same(what: string, is: string | number, wanted: string | number, unit = ''): Finding {
  return is === wanted
    ? holds(`${what} ${is}${unit}`)
    : fails(`${what} differs: ${is}${unit} ≠ ${wanted}${unit}`);
}
