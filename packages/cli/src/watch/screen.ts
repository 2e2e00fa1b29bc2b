/**
 * Where a run is shown: on a terminal, with what runs now drawn in place at the bottom; anywhere else as lines
 * with the time before them, one for each change; or as JSON lines for a program, and then nothing else.
 */

import type { StoredEvent } from '@belay/runner';
import { span } from '../span.ts';
import type { StepLine } from './progress.ts';
import type { Serving } from './stopwatch.ts';

/** Something that a run is shown on. */
export interface Screen {
  /** Begins a part. */
  heading(text: string): void;
  /** Something to read. */
  text(text: string): void;
  /** A step has changed. */
  step(line: StepLine, at: Moment): void;
  /** Who serves has changed. */
  serving(serving: Serving, at: Moment): void;
  /** Asked ten times a second for what is drawn at the bottom of a terminal, until it is taken away. */
  live(status: (() => Status) | undefined): void;
  /** For programs: one thing that happened. */
  record(record: Readonly<Record<string, unknown>>): void;
  /** Leaves what was drawn last, and gives the cursor back. */
  close(): void;
}

/** When, and of which run. */
export interface Moment {
  readonly run: string;
  /** Milliseconds since the epoch, by the run's own clock. */
  readonly atMs: number;
  readonly stored?: StoredEvent | undefined;
}

/** A run at one moment. */
export interface Status {
  readonly active: readonly StepLine[];
  readonly done: number;
  readonly total: number;
  readonly goesBack: boolean;
  readonly serving: Serving;
  readonly servingForMs: number;
  /** All the time together in which nobody served. */
  readonly downtimeMs: number;
  readonly nowMs: number;
  readonly elapsedMs: number;
  readonly outlook: Outlook;
}

/** What a plan says of its run: shown beside what happens. */
export interface Outlook {
  /** Nobody serves for so long, in nine cases of ten. */
  readonly windowP90Ms?: number | undefined;
  /** The next step from which there is no way back. */
  readonly noReturn?: string | undefined;
  /** What keys do, in words. */
  readonly keys?: string | undefined;
}

/** What a screen writes to. */
export interface Output {
  /** Text as it is, line feeds included. */
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a finished line says beside the step's title. */
export function outcomeOf({ state, tookMs = 0, note }: StepLine): string {
  const why = note === undefined ? '' : `: ${note}`;
  switch (state) {
    case 'done':
      return `${span(tookMs)}${note === undefined ? '' : `  (${note})`}`;
    case 'reverted':
      return `taken back, ${span(tookMs)}`;
    case 'failed':
      return `failed${why}`;
    case 'revert-failed':
      return `could not be taken back${why}`;
    case 'in-doubt':
      return `in doubt${why}`;
    case 'retrying':
      return `once more${why}`;
    default:
      return note ?? '';
  }
}
