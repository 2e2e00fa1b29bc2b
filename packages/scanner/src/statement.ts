/**
 * What a side says about an answer that it has just finished: who it is, when it began and ended by its own clock, and
 * how much it meant to say. The scanner counts for itself and believes the answer only where both agree. A statement
 * must come from elsewhere than the rows: a `COUNT(*)` in the same snapshot, a manifest, the number of pages asked for.
 */

import type { ItemKey, ItemKind, OwnerId } from './key.ts';

/** Who answered. The scanner is told beforehand whom to expect, and believes nobody else. */
export interface SourceIdentity {
  /** Stable, and different for every other source: `s3:eu-west-1/backups`, `postgres:7342…/shop/public`. */
  readonly id: string;
  /** `production`, `staging`. */
  readonly environment: string;
  /** The version of the tables or of the layout, as the side knows it. */
  readonly schema: string;
}

/** Rows that a registry knows to have been deleted since the last complete scan, on purpose. */
export interface RecordedDeletions {
  readonly kind: ItemKind;
  readonly owner?: OwnerId | undefined;
  readonly count: number;
}

/** The end of an answer, said by the source. */
export interface SideStatement {
  readonly source: SourceIdentity;
  /** By the source's own clock. ISO. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** How many pages or fetches it took. */
  readonly pages: number;
  /** How many keys the source meant to send, canaries included. */
  readonly count: number;
  /** How many bytes are stored under them; 0 for a registry. */
  readonly bytes: number;
  /** `undefined` where there were none. */
  readonly firstKey: ItemKey | undefined;
  readonly lastKey: ItemKey | undefined;
  /**
   * `explicit`: the source itself said "that was all" (a trailer row, a last page after which a further look found
   * nothing). `assumed`: it merely stopped. An assumed end is never believed.
   */
  readonly ended: 'explicit' | 'assumed';
  /** SHA-256 over the keys as `keyDigest` takes it, in hex, where the source has its own: a manifest's. */
  readonly digest?: string | undefined;
  /** Where in its history this answer stands: an LSN with timeline, a version of a table. Given back as `since`. */
  readonly position?: string | undefined;
  /** Registries: deletions that were recorded since `since`. Left out, there were none that anybody recorded. */
  readonly deletions?: readonly RecordedDeletions[] | undefined;
}
