/**
 * Where the demo is shown: on a terminal, with what runs now drawn in place at the bottom; anywhere else as lines with
 * the time before them, one for each change; or as JSON lines for a program, and then nothing else.
 */

import type { StoredEvent } from '@belay/runner';
import type { StepLine } from './progress.ts';
import type { Serving } from './stopwatch.ts';

export interface Screen {
  /** Begins a part of the demo. */
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
  close(): void;
}

export interface Moment {
  readonly run: string;
  /** Milliseconds of simulated time. */
  readonly atMs: number;
  readonly stored?: StoredEvent | undefined;
}

export interface Status {
  readonly active: readonly StepLine[];
  readonly done: number;
  readonly total: number;
  readonly goesBack: boolean;
  readonly serving: Serving;
  readonly servingForMs: number;
  readonly nowMs: number;
  readonly elapsedMs: number;
}

/** What a screen writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ScreenOptions {
  readonly json: boolean;
  /** Colour is wanted; it is used on a terminal only. */
  readonly color: boolean;
}

/** `1:07`, minutes and seconds. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `0.4 s`, `12 s`, `3m05s`. */
export function span(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 120
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
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
