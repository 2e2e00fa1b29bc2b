/** How far a scan or a sweep has come, in one line. Pure. */

import { span } from '../span.ts';
import { counted, grouped, inPercent } from './amount.ts';

/** Keys that have come, by side, with how many it were the last time. How many there will be is not known. */
export function scanProgress(
  scope: string,
  keys: ReadonlyMap<string, { readonly seen: number; readonly lastTime: number | undefined }>,
  elapsedMs: number,
): string {
  if (keys.size === 0) return `Scan of ${scope}: waiting for the first keys, ${span(elapsedMs)}`;
  const sides = [...keys].map(([side, { seen, lastTime }]) => {
    const rate = elapsedMs >= 1_000 ? `, ${grouped(Math.round(seen / (elapsedMs / 1_000)))}/s` : '';
    return `${side} ${counted(seen, 'key')}${rate}${lastTime === undefined ? '' : ` (last time ${grouped(lastTime)})`}`;
  });
  return `Scan of ${scope}: ${sides.join(' · ')}, ${span(elapsedMs)}`;
}

/** Items that are dealt with, of a number that is known. Never 100 % before the end. */
export function sweepProgress(
  what: string,
  { handled, total }: { readonly handled: number; readonly total: number },
  elapsedMs: number,
): string {
  const share = total === 0 ? 0 : Math.min(handled / total, 0.99);
  return `${what}: ${grouped(handled)} of ${counted(total, 'item')}, ${inPercent(share)}, ${span(elapsedMs)}`;
}
