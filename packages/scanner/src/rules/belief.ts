/**
 * When is one side's answer believed? Each rule stands alone and says what it saw; an answer that any rule doubts makes
 * the scan inconclusive, and nothing changes. The accidents behind them are named with each.
 */

import type { Canary } from '../call.ts';
import { canaryPlaces } from '../call.ts';
import type { Doubt } from '../doubt.ts';
import type { Seen } from '../merge/witness.ts';
import type { Policy } from '../policy.ts';
import type { SideStatement, SourceIdentity } from '../statement.ts';

/** One side's answer and what is known about it from elsewhere. */
export interface Answer {
  readonly side: string;
  readonly isInventory: boolean;
  readonly expected: SourceIdentity | undefined;
  readonly statement: SideStatement;
  readonly seen: Seen;
  readonly canaries: readonly Canary[];
  /** What the side's clock showed when the scan began. */
  readonly askedAtMs: number;
  /** What the scanner's clock showed when the answer ended. */
  readonly endedAtMs: number;
  readonly policy: Policy;
}

type BeliefRule = (answer: Answer) => string | undefined;

/** The rules by name. */
export const beliefRules: Readonly<Record<string, BeliefRule>> = {
  /** A staging database with the same tables; a bucket of another region with the same layout. */
  'expected-source': ({ expected, statement: { source } }) =>
    expected !== undefined &&
    source.id === expected.id &&
    source.environment === expected.environment &&
    source.schema === expected.schema
      ? undefined
      : `It calls itself ${source.id} (${source.environment}, schema ${source.schema}), and ${
          expected === undefined
            ? 'nobody was expected'
            : `${expected.id} (${expected.environment}, schema ${expected.schema}) was expected`
        }.`,

  /** A connection that drops in mid-stream looks like the end to many a driver. */
  'ended-explicitly': ({ statement: { ended } }) =>
    ended === 'explicit' ? undefined : 'It merely stopped: nothing said that this was all.',

  /** A statement timeout behind a retry; rows moved between two pages. */
  'count-agrees': ({ statement, seen }) =>
    statement.count === seen.count
      ? undefined
      : `It meant to send ${statement.count} keys, and ${seen.count} came.`,

  'bytes-agree': ({ isInventory, statement, seen }) =>
    !isInventory || (statement.bytes === seen.bytes && Number.isFinite(seen.bytes))
      ? undefined
      : `It speaks of ${statement.bytes} bytes, and what came adds up to ${seen.bytes}.`,

  'ends-agree': ({ statement, seen }) =>
    statement.firstKey === seen.firstKey && statement.lastKey === seen.lastKey
      ? undefined
      : `It speaks of keys from ${statement.firstKey} to ${statement.lastKey}, and ${seen.firstKey} to ${seen.lastKey} came.`,

  'digest-agrees': ({ statement, seen }) =>
    statement.digest === undefined || statement.digest === seen.digest
      ? undefined
      : 'Its keys have another digest than the one it states.',

  /** A table empty after a restore; a file system that is not mounted; 200 OK with nothing in it. */
  'not-empty': ({ seen, canaries }) =>
    seen.count > Math.max(seen.canaries.length, canaries.length)
      ? undefined
      : 'It holds nothing at all, and that is never plausible.',

  /** Canaries cover the first, a middle and the last position of every prefix: three keys, and not one three times. */
  'canaries-planted': ({ side, canaries, policy }) => {
    if (policy.withoutCanaries.includes(side)) return undefined;
    const bare = policy.scope.prefixes.find((prefix) => {
      const under = canaries.filter((one) => one.prefix === prefix && one.key.startsWith(prefix));
      return (
        canaryPlaces.some((place) => !under.some((one) => one.place === place)) ||
        new Set(under.map(({ key }) => key)).size < canaryPlaces.length
      );
    });
    return bare === undefined ? undefined : `Under ${bare} not all three canaries could be planted.`;
  },

  /** A stale replica, an unmounted disk, a wrong bucket, a prefix that is left out: none shows this run's nonce. */
  'canaries-seen': ({ seen, canaries }) => {
    const unseen = canaries.filter(({ key }) => !seen.canaries.includes(key));
    return unseen.length === 0
      ? undefined
      : `${unseen.length} of ${canaries.length} canaries of this run did not show, among them ${unseen[0]?.key}.`;
  },

  /** An answer out of a cache, or out of a snapshot that was taken before this scan. */
  'answered-now': ({ statement, askedAtMs, endedAtMs, policy }) => {
    const tolerance = policy.belief.clockToleranceMs;
    const [startedMs, finishedMs] = [Date.parse(statement.startedAt), Date.parse(statement.endedAt)];
    const isNow =
      startedMs >= askedAtMs - tolerance && finishedMs >= startedMs && finishedMs <= endedAtMs + tolerance;
    return isNow
      ? undefined
      : `By its own clock it answered from ${statement.startedAt} to ${statement.endedAt}, which is not the time of this scan.`;
  },

  'has-pages': ({ statement: { pages, count } }) =>
    Number.isSafeInteger(pages) && (count === 0 || pages > 0)
      ? undefined
      : `It speaks of ${count} keys in ${pages} pages.`,

  /** A sum over no rows is NULL, a driver makes no number of it, and no comparison with that is ever beyond a bound. */
  'deletions-are-counts': ({ statement: { deletions = [] } }) => {
    if (!Array.isArray(deletions)) return 'Its record of deletions is no list.';
    const wrong = deletions.find(({ count }) => !Number.isSafeInteger(count) || count < 0);
    return wrong === undefined ? undefined : `It has a record of ${wrong.count} deletions.`;
  },
};

/** All that speaks against an answer. */
export function doubtsOf(answer: Answer): readonly Doubt[] {
  return Object.entries(beliefRules).flatMap(([rule, judge]) => {
    const message = judge(answer);
    return message === undefined ? [] : [{ rule, side: answer.side, message: `${answer.side}: ${message}` }];
  });
}
