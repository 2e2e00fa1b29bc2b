import type { Resolution, RunState, StoredEvent } from './event.ts';
import type { Failure } from './failure.ts';
import type { Json } from './json.ts';
import type { Shape, ShapeNode } from './shape.ts';
import { NodeWords } from './view/node-words.ts';
import { Replay } from './view/replay.ts';

/**
 * A run as people look at it: what became of each node, how long it took, who said what, and how far the whole is.
 * Plain JSON, folded from the run's events by the same machine that runs it. Times are ISO strings, spans are in
 * milliseconds.
 */
export interface RunView {
  readonly graph: string;
  /** `pending` before the first event. */
  readonly state: RunState | 'pending';
  readonly startedAt?: string;
  /** Absent until the run is over. */
  readonly endedAt?: string;
  /** When the last event was written. */
  readonly updatedAt?: string;
  readonly durationMs?: number;
  /** Why it goes or went back, or stands still. */
  readonly cause?: Failure;
  readonly pivotPassed: boolean;
  /** One for each node of the shape, in its order. Within a scope: the present try. */
  readonly nodes: readonly NodeView[];
  /** Steps and holds. */
  readonly tasks: { readonly done: number; readonly all: number };
  /** 0 to 1, by weight; 1 only once the run has succeeded. */
  readonly progress: number;
  /** Paths, with choices, of what is under way: run, probe or revert. */
  readonly running: readonly string[];
  /** Paths of holds that wait for a person. */
  readonly waiting: readonly string[];
  /** What people asked for and decided, in order. */
  readonly said: readonly Said[];
  /** Owners that took the run over. */
  readonly claims: readonly { readonly owner: string; readonly at: string }[];
  /** Steps in the journal that the graph no longer has. Where there are some, `state` and the words may be off. */
  readonly unknown: readonly UnknownStep[];
}

export type NodeWord =
  | 'pending'
  | 'running'
  | 'probing'
  /** A hold, for its release. */
  | 'waiting'
  | 'done'
  /** It did not come about, or nobody can tell whether it did. */
  | 'failed'
  | 'reverting'
  /** Also where there was nothing to revert. */
  | 'reverted'
  /** It needs a person. */
  | 'stuck'
  /** It has not started and will not. */
  | 'skipped'
  /** It runs on while the run has given its keys away. */
  | 'background';

/** One step, hold, scope or join, and what became of it. */
export interface NodeView {
  readonly path: string;
  /** The path with the choices of the scopes around it, as in the journal: `place#1/provision-target`. */
  readonly at: string;
  readonly kind: ShapeNode['kind'];
  readonly title?: string;
  readonly state: NodeWord;
  /** Tries of its own; 0 where it has not started. */
  readonly attempts: number;
  readonly run?: Span;
  /** How its run came out, whatever became of it since. */
  readonly ended?: 'done' | 'failed';
  /** `order`: 1 for the run's first revert. A scope has none: what is in it is reverted. */
  readonly revert?: Span & { readonly order?: number };
  readonly errors: readonly NodeError[];
  readonly progress?: { readonly fraction: number; readonly note?: string };
  /** Its probe found that it had happened, though its answer was lost. */
  readonly adopted?: true;
  readonly stuck?: 'outcome-unknown' | 'failed-after-pivot' | 'revert-failed';
  /** With a hold. */
  readonly ask?: string;
  /** With a scope: every try so far, the present one last. */
  readonly tries?: readonly TryView[];
}

/** From when to when. `endedAt` is absent while it goes on. */
export interface Span {
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Until now where it goes on and `nowMs` is known. */
  readonly durationMs?: number;
}

/** What went wrong once, and while doing what. */
export interface NodeError {
  readonly at: string;
  readonly during: 'run' | 'probe' | 'revert';
  readonly attempt?: number;
  readonly error: Failure;
}

/** A scope's work on one of its choices. */
export interface TryView {
  /** Position in the list of choices, from 0. */
  readonly choice: number;
  readonly value: Json;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Why it was given up. */
  readonly error?: Failure;
  /** What began in it; empty for the present try, whose nodes are in the run's own list. */
  readonly nodes: readonly NodeView[];
}

/** One thing that a person asked of the run or decided for it. */
export interface Said {
  readonly what:
    | 'cancelled'
    | 'paused'
    | 'resumed'
    | 'released'
    | 'resolved'
    | 'revert-requested'
    | 'sealed'
    | 'abandoned';
  readonly at: string;
  readonly by: string;
  readonly reason?: string;
  /** The hold or step that it is about. */
  readonly step?: string;
  readonly how?: Resolution;
}

/** A step that only the journal knows. */
export interface UnknownStep {
  /** As in the journal. */
  readonly at: string;
  /** The last that is known of it. */
  readonly last: string;
  readonly startedAt?: string;
  readonly updatedAt: string;
  readonly error?: Failure;
}

/** Folds a run's events. Never throws, whatever the graph has become since. Linear in nodes and events. */
export function viewOf(shape: Shape, events: readonly StoredEvent[], nowMs?: number): RunView {
  const replay = new Replay(shape);
  for (const event of events) replay.apply(event);
  const state = replay.state();
  const words = new NodeWords(replay, state);
  const nodes = shape.nodes.map((_, i) => words.view(i, nowMs));
  const tasks = nodes.filter(({ kind }) => kind === 'step' || kind === 'hold');
  const isOver = state === 'success' || state === 'reverted' || state === 'abandoned';
  const { startedMs, updatedMs, cause } = replay;
  return {
    graph: shape.graph,
    state,
    ...(startedMs !== undefined && { startedAt: iso(startedMs) }),
    ...(isOver && updatedMs !== undefined && { endedAt: iso(replay.finishedMs ?? updatedMs) }),
    ...(updatedMs !== undefined && { updatedAt: iso(updatedMs) }),
    ...duration(startedMs, isOver ? (replay.finishedMs ?? updatedMs) : nowMs),
    ...(cause !== undefined && { cause }),
    pivotPassed: replay.machine.pivotPassed,
    nodes,
    tasks: { done: tasks.filter((task) => task.state === 'done').length, all: tasks.length },
    progress: state === 'success' ? 1 : Math.min(weighedProgress(shape, nodes), nearlyAll),
    running: nodes
      .filter(({ kind, state: word }) => kind === 'step' && underWay.has(word))
      .map(({ at }) => at),
    waiting: nodes.filter(({ state: word }) => word === 'waiting').map(({ at }) => at),
    said: replay.said,
    claims: replay.claims,
    unknown: [...replay.unknown.values()],
  };
}

const underWay: ReadonlySet<NodeWord> = new Set(['running', 'probing', 'background', 'reverting']);

/** A run that has not ended is never shown as whole. */
const nearlyAll = 0.99;

function weighedProgress(shape: Shape, nodes: readonly NodeView[]): number {
  let done = 0;
  let all = 0;
  shape.nodes.forEach(({ kind, weight = 1 }, i) => {
    if (kind !== 'step') return;
    const node = nodes[i];
    all += weight;
    if (node?.state === 'done') done += weight;
    else if (node?.state === 'running' || node?.state === 'background') {
      done += weight * Math.min(1, Math.max(0, node.progress?.fraction ?? 0));
    }
  });
  return all > 0 ? done / all : 0;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function duration(fromMs: number | undefined, toMs: number | undefined): { readonly durationMs?: number } {
  return fromMs === undefined || toMs === undefined ? {} : { durationMs: Math.max(0, toMs - fromMs) };
}
