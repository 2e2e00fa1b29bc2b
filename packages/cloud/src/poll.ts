/**
 * How long to wait before looking again. The first look is made at once and is not asked for here.
 *
 * A volume attaches in one to three seconds, and a swap is down while it does: so the pauses begin at 250 ms and
 * reach 500 ms after ten seconds. There they stay for as long as the verb may well take (`usual-duration.ts`), and no
 * longer than ten seconds where that is not known. From then on each is 1.3 times the one before, up to 2 s, because
 * what has not ended by then will take minutes. Up to a tenth is added or taken by chance, which keeps many waiters
 * from asking in step.
 */

/** A number from 0 up to but not including 1, handed in wherever chance plays a part. */
export type Chance = () => number;

const quickMs = 10_000;
const firstDelayMs = 250;
const lastQuickDelayMs = 500;
const longestDelayMs = 2_000;
const growth = 1.3;
const jitter = 0.1;

/**
 * The pause in milliseconds between the beginnings of two looks, `elapsedMs` after the first: between 225 and 2200.
 * `usualMs` is how long what is waited for may well take; it counts from ten seconds on.
 */
export function pollDelayMs(elapsedMs: number, chance: Chance, usualMs = 0): number {
  return plainDelayMs(Math.max(0, elapsedMs), usualMs) * (1 - jitter + 2 * jitter * chance());
}

function plainDelayMs(elapsedMs: number, usualMs: number): number {
  if (elapsedMs < quickMs) {
    return firstDelayMs + ((lastQuickDelayMs - firstDelayMs) * elapsedMs) / quickMs;
  }
  if (elapsedMs < usualMs) return lastQuickDelayMs;
  // Pauses that grow by a factor are a straight line over the time that has passed: no count of looks is kept.
  const slowMs = elapsedMs - Math.max(quickMs, usualMs);
  return Math.min(longestDelayMs, lastQuickDelayMs * growth + (growth - 1) * slowMs);
}
