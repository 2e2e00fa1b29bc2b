import type { Clock } from '../clock.ts';
import type { Journal } from '../journal.ts';
import type { LiveRun } from './live-run.ts';
import type { Writer } from './writer.ts';

/** What a live run has from its runner. */
export interface LiveRunParts {
  readonly journal: Journal;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly services: unknown;
  readonly maxOutputBytes: number;
  /**
   * For so long after the journal has taken something nobody else can have taken the run: less than the lease by more
   * than a heartbeat may be late.
   */
  readonly sureForMs: number;
  /** The run is over here: it ended, was given up or was lost. */
  readonly onGone: (run: LiveRun) => void;
}
