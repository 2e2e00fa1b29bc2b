/**
 * What a run has touched: whose, what, and whether it can still be brought back.
 */

import type { Result } from 'neverthrow';
import type { RunId } from './key.ts';
import { attempt } from './ledger/file.ts';
import type { TrashRow, TrashState } from './ledger/trash.ts';
import type { Ledger } from './ledger.ts';
import type { ScannerError } from './scanner-error.ts';

/** One owner's part of it. */
export interface AffectedOwner {
  readonly owner: string | undefined;
  readonly items: readonly {
    readonly key: string;
    readonly kind: string;
    readonly sizeBytes: number;
    readonly state: TrashState;
    /** ISO; left out where it cannot be brought back or was never taken. */
    readonly restorableUntil?: string | undefined;
  }[];
}

/** The whole of it. */
export interface Affected {
  readonly run: RunId;
  readonly owners: readonly AffectedOwner[];
  readonly totals: { readonly items: number; readonly bytes: number; readonly restorable: number };
}

/** Reads it out of the ledger. A run that touched nothing gives nothing. */
export function affectedBy(ledger: Ledger, run: RunId): Result<Affected, ScannerError> {
  return attempt('be read', () => {
    const rows = ledger.trash.ofRun(run);
    const owners = [...Map.groupBy(rows, ({ owner }) => owner)].map(([owner, items]) => ({
      owner,
      items: items.map(itemOf),
    }));
    return {
      run,
      owners,
      totals: {
        items: rows.length,
        bytes: rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        restorable: rows.filter(({ state }) => state === 'quarantined').length,
      },
    };
  });
}

/** For people. */
export function affectedText({ run, owners, totals }: Affected): string {
  return [
    `Run ${run}: ${totals.items} items of ${owners.length} owners; ${totals.restorable} can be brought back (belay undo ${run}).`,
    ...owners.flatMap(({ owner, items }) => [
      `  ${owner ?? '(no owner)'}`,
      ...items.map(({ key, state, restorableUntil }) => {
        const until = restorableUntil === undefined ? '' : `, can be brought back until ${restorableUntil}`;
        return `    ${key}: ${state}${until}`;
      }),
    ]),
  ].join('\n');
}

function itemOf({ key, kind, sizeBytes, state, untilMs }: TrashRow): AffectedOwner['items'][number] {
  const until = state === 'quarantined' ? { restorableUntil: new Date(untilMs).toISOString() } : {};
  return { key, kind, sizeBytes, state, ...until };
}
