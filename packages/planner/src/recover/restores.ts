/** The port of whoever has backups as files, and can put them back. Given by the house. */

import type { Call, Failure, Ref } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';

/** The service that steps ask for: `ctx.services.restores.restore(...)`. */
export interface Restores {
  readonly restores: BackupRestorer;
}

/** Puts the files of a backup onto a server. */
export interface BackupRestorer {
  /**
   * Resolves when every file is there and was looked at. What lies there already is replaced, so that the same call made
   * again ends the same way. A folder on another filesystem than the one that is named is an error, and stays as it is.
   */
  restore(order: RestoreOrder, call: Call): ResultAsync<Restored, Failure>;
}

/** Which backup, and where to. */
export interface RestoreOrder {
  readonly backupId: string;
  readonly to: Ref;
  readonly path: string;
  readonly filesystemUuid: string;
  /** Folders beneath `path` where further disks are mounted: left alone, each has an order of its own. None where absent. */
  readonly without?: readonly string[] | undefined;
  /** Called now and then: 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What was put back. */
export interface Restored {
  readonly files: number;
  readonly bytes: number;
}
