import type { RunState } from '../event.ts';
import type { NodeView, NodeWord, Span, TryView } from '../view.ts';
import type { Replay, TryRecord } from './replay.ts';

/** Puts what the machine and the record know of a node into the words of a view. */
export class NodeWords {
  private readonly replay: Replay;
  private readonly runState: RunState | 'pending';
  private readonly prefixes: Map<number, string> = new Map();
  private readonly over: Map<number, boolean> = new Map();

  constructor(replay: Replay, runState: RunState | 'pending') {
    this.replay = replay;
    this.runState = runState;
  }

  view(index: number, nowMs: number | undefined): NodeView {
    const { replay } = this;
    const node = replay.layout.node(index);
    const record = replay.record(index);
    const state = this.word(index);
    const isOpen =
      state === 'running' || state === 'probing' || state === 'waiting' || state === 'background';
    const stuck = this.stuck(index);
    const { revertOrder, revertStartedMs, revertEndedMs } = record;
    return {
      path: node.path,
      at: this.pathOf(index),
      kind: node.kind,
      ...(node.title !== undefined && { title: node.title }),
      state,
      attempts: record.attempts,
      ...(record.startedMs !== undefined && {
        run: span(record.startedMs, record.endedMs, isOpen ? nowMs : undefined),
      }),
      ...(record.ended !== undefined && { ended: record.ended }),
      ...(revertStartedMs !== undefined && {
        revert: {
          ...span(revertStartedMs, revertEndedMs, state === 'reverting' ? nowMs : undefined),
          ...(revertOrder !== undefined && { order: revertOrder }),
        },
      }),
      errors: record.errors,
      ...(record.progress !== undefined && { progress: record.progress }),
      ...(record.adopted && { adopted: true as const }),
      ...(stuck !== undefined && { stuck }),
      ...(node.ask !== undefined && { ask: node.ask }),
      ...(node.kind === 'scope' && { tries: (replay.tries.get(index) ?? []).map(tryView) }),
    };
  }

  private word(index: number): NodeWord {
    const { machine, layout } = this.replay;
    const { kind } = layout.node(index);
    const state = machine.nodeState(index);
    // A scope that was to begin when all stopped: the machine goes back over it, but nothing was in it.
    const wasEmpty = kind === 'scope' && this.replay.record(index).attempts === 0;
    if (wasEmpty && (state === 'failed' || state === 'reverted' || state === 'to-revert')) return 'skipped';
    switch (state) {
      case 'pending':
      case 'ready':
      case 'again':
        if (kind === 'scope' && this.replay.record(index).attempts > 0) return 'running';
        return this.isOver(layout.node(index).scope) ? 'skipped' : 'pending';
      case 'running':
        if (kind === 'hold') return 'waiting';
        if (kind === 'scope' && machine.modeOf(index) === 'back') return 'reverting';
        return this.runState === 'background' ? 'background' : 'running';
      case 'unknown':
        return 'failed';
      case 'to-revert':
        return this.replay.record(index).ended ?? (kind === 'join' ? 'done' : 'failed');
      case 'stuck-unknown':
      case 'stuck-failed':
      case 'stuck-revert':
        return 'stuck';
      default:
        return state;
    }
  }

  /** Will nothing more start in this scope? */
  private isOver(scope: number): boolean {
    const known = this.over.get(scope);
    if (known !== undefined) return known;
    const answer = this.judge(scope);
    this.over.set(scope, answer);
    return answer;
  }

  private judge(scope: number): boolean {
    const { machine, layout } = this.replay;
    const mode = machine.modeOf(scope);
    if (scope === -1) return mode === 'back' || mode === 'reverted' || this.runState === 'abandoned';
    if (mode === 'back') return machine.hasGivenUp(scope);
    // Between two tries all is reverted, and the next may start it again.
    const mayTryAgain = machine.nodeState(scope) === 'again' || machine.nodeState(scope) === 'ready';
    return (mode === 'reverted' && !mayTryAgain) || this.isOver(layout.node(scope).scope);
  }

  private stuck(index: number): NodeView['stuck'] | undefined {
    switch (this.replay.machine.nodeState(index)) {
      case 'stuck-unknown':
        return 'outcome-unknown';
      case 'stuck-failed':
        return 'failed-after-pivot';
      case 'stuck-revert':
        return 'revert-failed';
      default:
        return undefined;
    }
  }

  private pathOf(index: number): string {
    const node = this.replay.layout.node(index);
    if (node.scope === -1) return node.path;
    const scope = this.replay.layout.node(node.scope);
    return `${this.prefixOf(node.scope)}${node.path.slice(scope.path.length)}`;
  }

  private prefixOf(scope: number): string {
    const known = this.prefixes.get(scope);
    if (known !== undefined) return known;
    const prefix = `${this.pathOf(scope)}#${this.replay.tries.get(scope)?.at(-1)?.choice ?? 0}`;
    this.prefixes.set(scope, prefix);
    return prefix;
  }
}

function span(startedMs: number, endedMs: number | undefined, nowMs: number | undefined): Span {
  const until = endedMs ?? nowMs;
  return {
    startedAt: new Date(startedMs).toISOString(),
    ...(endedMs !== undefined && { endedAt: new Date(endedMs).toISOString() }),
    ...(until !== undefined && { durationMs: Math.max(0, until - startedMs) }),
  };
}

function tryView({ choice, value, startedMs, endedMs, error, nodes }: TryRecord): TryView {
  return {
    choice,
    value,
    startedAt: new Date(startedMs).toISOString(),
    ...(endedMs !== undefined && { endedAt: new Date(endedMs).toISOString() }),
    ...(error !== undefined && { error }),
    nodes,
  };
}
