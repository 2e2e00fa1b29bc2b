/**
 * What the ledger remembers, one line for each thing that happened or was about to happen. Lines are only ever added,
 * and each carries the hash of the one before.
 */

import type { Doubt } from '../doubt.ts';
import type { RunId } from '../key.ts';
import type { Seen } from '../merge/witness.ts';
import type { SideStatement } from '../statement.ts';

/** What is done to items: put aside, brought back, deleted for good. */
export type Act = 'quarantine' | 'restore' | 'delete';

/** An item in a line about an act. */
export interface ActItem {
  readonly key: string;
  readonly version: string;
  readonly token?: string | undefined;
}

/** What became of one item. */
export interface ActOutcome {
  readonly key: string;
  readonly outcome: 'done' | 'refused' | 'unknown';
  readonly token?: string | undefined;
  readonly message?: string | undefined;
}

/** One line of the ledger. */
export type LedgerEvent =
  | { readonly kind: 'fence-raised'; readonly fence: number; readonly holder: string }
  | { readonly kind: 'scan-started'; readonly run: RunId; readonly storeAtMs: number }
  | {
      readonly kind: 'attested';
      readonly run: RunId;
      readonly side: string;
      readonly statement: SideStatement;
      readonly seen: Omit<Seen, 'tallies'>;
    }
  | {
      readonly kind: 'scan-completed';
      readonly run: RunId;
      /** Complete scans are numbered from 1. */
      readonly number: number;
      /** When it began, by the store's clock. */
      readonly storeAtMs: number;
      readonly flags: { readonly count: number; readonly digest: string };
      /** By registry: where each stood, for `since`. */
      readonly positions: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'scan-inconclusive'; readonly run: RunId; readonly doubts: readonly Doubt[] }
  | { readonly kind: 'breaker-opened'; readonly run?: RunId | undefined; readonly doubts: readonly Doubt[] }
  | {
      readonly kind: 'breaker-closed';
      readonly by: string;
      readonly reason: string;
      /** `begin-anew`: the next scan is not held against the counts of the last one. */
      readonly counts: 'keep' | 'begin-anew';
    }
  | {
      readonly kind: 'sweep-started';
      readonly run: RunId;
      readonly plan: string;
      readonly items: number;
      readonly bytes: number;
      readonly signedBy: readonly string[];
    }
  | { readonly kind: 'intended'; readonly run: RunId; readonly act: Act; readonly items: readonly ActItem[] }
  | {
      readonly kind: 'done';
      readonly run: RunId;
      readonly act: Act;
      readonly outcomes: readonly ActOutcome[];
    }
  | { readonly kind: 'sweep-ended'; readonly run: RunId; readonly plan: string; readonly outcome: string }
  | { readonly kind: 'undo-asked'; readonly run: RunId; readonly by: string; readonly reason: string }
  | { readonly kind: 'ledger-adopted'; readonly by: string; readonly reason: string }
  | { readonly kind: 'ledger-resealed'; readonly by: string; readonly reason: string };

/** A line as it is read back. */
export interface LedgerLine {
  readonly seq: number;
  readonly atMs: number;
  readonly event: LedgerEvent;
  readonly hash: string;
}
