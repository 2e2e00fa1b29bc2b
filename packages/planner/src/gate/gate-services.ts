/** What gates ask besides clouds and servers: what time it is, and whoever knows of backups and of the soak. */

import { type Clock, type Failure, type IsoTime, type ReadOptions, systemClock } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import type { BackupEvidence } from '../backup.ts';

/** The time by which gates count and waits end. The machine's own where absent. */
export interface Clocks {
  readonly clock: Clock;
}

/** Whoever makes the backups: the same that `observe` was given, where it was given one. */
export interface Backups {
  readonly backups: BackupEvidence;
}

/** Whoever has watched a target since it began to serve. */
export interface Soaks {
  readonly soaks: SoakRecords;
}

/** The port of a monitoring: a page of code for whatever a house has. */
export interface SoakRecords {
  /** How often the target was asked since this run succeeded, and how often it did not answer well. Only reads. */
  of(runId: string, options?: ReadOptions): ResultAsync<SoakRecord, Failure>;
}

/** What was seen of a target during its soak. */
export interface SoakRecord {
  readonly goodProbes: number;
  readonly badProbes: number;
  /**
   * When the first and the last of these probes were made. Where they do not cover the soak, or are not told, whoever
   * releases the source must take the risk `soak-watched`.
   */
  readonly watched?: { readonly from: IsoTime; readonly to: IsoTime } | undefined;
}

export function clockOf({ clock }: Partial<Clocks>): Clock {
  return clock ?? systemClock;
}

/** ISO time, now. */
export function nowOf(services: Partial<Clocks>): string {
  return new Date(clockOf(services).now()).toISOString();
}
