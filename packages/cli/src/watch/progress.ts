/**
 * A run as a person follows it: which steps run, which are done or taken back, for how long each took. Folded from
 * the run's events alone, so that it is the same live, in another process, and read from the journal later.
 */

import type { Shape, StoredEvent } from '@belay/runner';

/** A step as it is now. */
export interface StepLine {
  /** Path without choices: `place/provision-target`. */
  readonly step: string;
  readonly title: string;
  readonly state:
    | 'running'
    | 'retrying'
    | 'done'
    | 'failed'
    | 'reverting'
    | 'reverted'
    | 'revert-failed'
    | 'in-doubt';
  readonly sinceMs: number;
  readonly tookMs?: number;
  readonly note?: string;
}

/** A run, folded from its events. */
export interface Progress {
  /** Takes one event and gives the line that it changed, if it changed one. */
  take(stored: StoredEvent): StepLine | undefined;
  /** What runs or is being reverted now. */
  readonly active: readonly StepLine[];
  /** Steps that are done at this moment. */
  readonly done: number;
  /** Steps that were done at some time, whether or not they were taken back. */
  readonly everDone: number;
  readonly total: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** `success`, `reverted`, … once the run has ended. */
  readonly ended: string | undefined;
  readonly goesBack: boolean;
}

/** The fold, before the first event. */
export function progressOf(shape: Shape): Progress {
  const titles = new Map(shape.nodes.map(({ path, title }) => [path, title ?? path]));
  const total = shape.nodes.filter(({ kind }) => kind === 'step').length;
  const lines = new Map<string, StepLine>();
  const everDone = new Set<string>();
  const span = { firstMs: 0, lastMs: 0 };
  let ended: string | undefined;
  let goesBack = false;

  const enter = (
    path: string,
    state: StepLine['state'],
    atMs: number,
    note?: string,
  ): StepLine | undefined => {
    const step = path.replaceAll(/#\d+/g, '');
    const before = lines.get(step);
    const goesOn =
      before?.state === 'running' || before?.state === 'retrying' || before?.state === 'in-doubt';
    const begins = state === 'running' || state === 'reverting';
    const sinceMs = begins && !(state === 'running' && goesOn) ? atMs : (before?.sinceMs ?? atMs);
    const line: StepLine = {
      step,
      title: titles.get(step) ?? step,
      state,
      sinceMs,
      ...(begins ? {} : { tookMs: atMs - sinceMs }),
      ...(note !== undefined && { note }),
    };
    lines.set(step, line);
    if (state === 'done') everDone.add(step);
    return titles.has(step) ? line : undefined;
  };

  return {
    take({ atMs, event }) {
      if (span.firstMs === 0) span.firstMs = atMs;
      span.lastMs = atMs;
      switch (event.kind) {
        case 'started':
          return enter(
            event.step,
            'running',
            atMs,
            event.attempt > 1 ? `attempt ${event.attempt}` : undefined,
          );
        case 'attempt-failed':
          return enter(event.step, 'retrying', atMs, event.error.message);
        case 'interrupted':
          return enter(event.step, 'in-doubt', atMs, 'its process is gone: looking what became of it');
        case 'done':
          return enter(event.step, 'done', atMs, event.adopted === true ? 'had happened already' : undefined);
        case 'failed':
          return enter(event.step, 'failed', atMs, event.error.message);
        case 'revert-started':
          goesBack = true;
          return enter(event.step, 'reverting', atMs);
        case 'reverted':
          return enter(event.step, 'reverted', atMs);
        case 'revert-failed':
          return enter(event.step, 'revert-failed', atMs, event.error.message);
        case 'finished':
          ended = event.state;
          return undefined;
        default:
          return undefined;
      }
    },
    get active() {
      return [...lines.values()].filter(
        ({ state, step }) =>
          titles.has(step) && ['running', 'retrying', 'reverting', 'in-doubt'].includes(state),
      );
    },
    get done() {
      return [...lines.values()].filter(({ state }) => state === 'done').length;
    },
    get everDone() {
      return everDone.size;
    },
    total,
    get firstMs() {
      return span.firstMs;
    },
    get lastMs() {
      return span.lastMs;
    },
    get ended() {
      return ended;
    },
    get goesBack() {
      return goesBack;
    },
  };
}
