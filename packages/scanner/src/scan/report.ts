/**
 * What a scan has found, as data and in words. It says what would happen, to whose things, why, and what stands in the
 * way; it never promises a deletion.
 */

import type { Doubt } from '../doubt.ts';
import type { RunId } from '../key.ts';
import type { MissingOf } from '../ledger/baseline.ts';
import type { OrphanClass } from '../policy.ts';
import type { Answered } from './read-sides.ts';
import type { Found, NeededInQuarantine } from './sightings.ts';

/** The outcome of one scan. */
export interface ScanReport {
  readonly run: RunId;
  /** `inconclusive`: nothing has changed, the breaker is open, and people have been told. */
  readonly outcome: 'complete' | 'inconclusive';
  /** Of a complete scan, from 1. */
  readonly number: number | undefined;
  /** By the store's clock. ISO. `undefined` where the store could not be asked. */
  readonly at: string | undefined;
  readonly doubts: readonly Doubt[];
  /** Keys that were seen, by side. */
  readonly keys: Readonly<Record<string, number>>;
  readonly orphans: Readonly<Record<OrphanClass, { readonly items: number; readonly bytes: number }>>;
  readonly inDoubt: number;
  /** Needed items that are not stored: findings, and nothing is changed because of them. */
  readonly missing: readonly MissingOf[];
  readonly neededInQuarantine: readonly NeededInQuarantine[];
}

/** A report from what was seen. */
export function reportOf(
  head: Pick<ScanReport, 'run' | 'outcome' | 'number' | 'at' | 'doubts'>,
  found: Found | undefined,
  answered: readonly Answered[],
): ScanReport {
  const nothing = { items: 0, bytes: 0 };
  return {
    ...head,
    keys: Object.fromEntries(answered.map(({ name, seen }) => [name, seen.count])),
    orphans: found?.orphans ?? { 'no-entry': nothing, 'owner-ended': nothing },
    inDoubt: found?.inDoubt ?? 0,
    missing: found?.missing ?? [],
    neededInQuarantine: found?.neededInQuarantine ?? [],
  };
}

/** The report for people. */
export function scanText(report: ScanReport): string {
  const { outcome, number, at, doubts, keys, orphans, inDoubt, missing, neededInQuarantine } = report;
  const seen = Object.entries(keys).map(([side, count]) => `  ${side}: ${count} keys`);
  if (outcome === 'inconclusive') {
    return [
      `Scan ${report.run} is inconclusive${at === undefined ? '' : ` (${at})`}. Nothing was flagged, cleared or deleted.`,
      ...doubts.map(({ rule, message }) => `  ${rule}: ${message}`),
      ...seen,
      'The breaker is open. Find out why, then close it with your name and a reason: belay breaker close.',
    ].join('\n');
  }
  const needed = missing.reduce((sum, { count }) => sum + count, 0);
  return [
    `Scan ${number} is complete (${at}). Nothing was deleted: a scan only flags.`,
    ...seen,
    `  orphans without an entry: ${orphans['no-entry'].items} (${inMiB(orphans['no-entry'].bytes)})`,
    `  orphans of owners that have ended: ${orphans['owner-ended'].items} (${inMiB(orphans['owner-ended'].bytes)})`,
    ...(inDoubt === 0 ? [] : [`  in doubt, and so kept: ${inDoubt}`]),
    ...(needed === 0 ? [] : [`  needed and not stored: ${needed}. No entry was changed; look for them:`]),
    ...missing.slice(0, 5).map(({ owner, count, sample }) => {
      const [one] = sample;
      return `    ${owner ?? '(no owner)'}: ${count}, such as ${one?.key} (${one?.registry})`;
    }),
    ...neededInQuarantine.map(
      ({ key, run }) => `  ${key} is needed and lies in quarantine: belay undo ${run}`,
    ),
  ].join('\n');
}

/** An amount of bytes for people. */
export function inMiB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
