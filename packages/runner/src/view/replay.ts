import type { RunState, StoredEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Json } from '../json.ts';
import { Layout } from '../layout.ts';
import { type Machine, machine, type NodeState, type ScopeMode } from '../machine.ts';
import type { Shape } from '../shape.ts';
import type { NodeError, NodeView, Said, UnknownStep } from '../view.ts';
import { fits, machineEvent, type NodeEvent, pathIn } from './node-event.ts';
import { NodeWords } from './node-words.ts';

/** What a node's events say beside its state: times, tries, errors. A new try of its scope begins a new one. */
export interface NodeRecord {
  attempts: number;
  startedMs?: number;
  endedMs?: number;
  /** How its run came out. */
  ended?: 'done' | 'failed';
  revertOrder?: number;
  revertStartedMs?: number;
  revertEndedMs?: number;
  errors: NodeError[];
  progress?: { readonly fraction: number; readonly note?: string };
  adopted?: true;
}

export interface TryRecord {
  readonly choice: number;
  readonly value: Json;
  readonly startedMs: number;
  endedMs?: number;
  error?: Failure;
  nodes: readonly NodeView[];
}

/** A run's events played to its machine, with a record of what the machine does not look at. */
export class Replay {
  readonly shape: Shape;
  readonly layout: Layout;
  readonly machine: Machine;
  readonly records: NodeRecord[];
  readonly tries: Map<number, TryRecord[]> = new Map();
  readonly said: Said[] = [];
  readonly claims: { readonly owner: string; readonly at: string }[] = [];
  readonly unknown: Map<string, UnknownStep> = new Map();
  startedMs: number | undefined;
  updatedMs: number | undefined;
  finishedMs: number | undefined;
  cause: Failure | undefined;
  private finished: RunState | undefined;
  private reverts = 0;
  private readonly indexOf: ReadonlyMap<string, number>;

  constructor(shape: Shape) {
    this.shape = shape;
    this.layout = new Layout(shape);
    this.machine = machine(shape);
    this.records = shape.nodes.map(newRecord);
    this.indexOf = new Map(shape.nodes.map(({ path }, i) => [path, i]));
  }

  state(): RunState | 'pending' {
    if (this.startedMs === undefined) return 'pending';
    return this.finished ?? this.machine.state;
  }

  apply({ event, atMs }: StoredEvent): void {
    this.updatedMs = atMs;
    const at = iso(atMs);
    switch (event.kind) {
      case 'created':
        this.startedMs = atMs;
        this.machine.apply({ kind: 'created' });
        return;
      case 'finished':
        this.finished = event.state;
        this.finishedMs = atMs;
        return;
      case 'claimed':
        this.claims.push({ owner: event.owner, at });
        return;
      case 'keys-freed':
      case 'keys-taken':
        this.machine.apply({ kind: event.kind });
        return;
      case 'resumed':
        this.said.push({ what: 'resumed', at, by: event.by });
        this.machine.apply({ kind: 'resumed' });
        return;
      case 'cancelled':
      case 'paused':
      case 'revert-requested':
      case 'sealed':
      case 'abandoned':
        this.said.push({ what: event.kind, at, by: event.by, reason: event.reason });
        this.fromOutside(event.kind, `${event.by}: ${event.reason}`);
        return;
      default:
        this.ofNode(event, atMs);
    }
  }

  private fromOutside(
    kind: 'cancelled' | 'paused' | 'revert-requested' | 'sealed' | 'abandoned',
    words: string,
  ): void {
    if (kind === 'revert-requested') {
      this.finished = undefined;
      this.cause = { kind, message: `reverted by ${words}` };
    }
    if (kind === 'cancelled') this.cause ??= { kind, message: `cancelled by ${words}` };
    this.machine.apply({ kind });
  }

  private ofNode(event: NodeEvent, atMs: number): void {
    const path = pathIn(event);
    const node = this.find(path);
    if (node === undefined || !fits(event, this.layout.node(node).kind)) {
      this.unknown.set(path, unknownStep(this.unknown.get(path), path, event, iso(atMs)));
      return;
    }
    if (event.kind === 'chosen') this.beginTry(node, event.choice, event.value, atMs);
    this.keep(node, event, atMs);
    const home = this.layout.node(node).scope;
    const before = this.machine.modeOf(home);
    const forMachine = machineEvent(event, node);
    if (forMachine !== undefined) this.machine.apply(forMachine);
    this.blame(node, home, before);
    this.closeScopes(node, atMs);
  }

  /** The node with this path; the choices in it do not count. */
  private find(path: string): number | undefined {
    return this.indexOf.get(path) ?? this.indexOf.get(path.replace(/#\d+(?=\/|$)/g, ''));
  }

  private keep(node: number, event: NodeEvent, atMs: number): void {
    const record = this.record(node);
    const at = iso(atMs);
    switch (event.kind) {
      case 'chosen':
      case 'asked':
      case 'started':
        record.startedMs ??= atMs;
        delete record.endedMs;
        delete record.ended;
        record.attempts = event.kind === 'started' ? event.attempt : record.attempts + 1;
        return;
      case 'attempt-failed':
        record.errors.push({ at, during: 'run', attempt: event.attempt, error: event.error });
        // The next one has no event of its own.
        record.attempts = Math.max(record.attempts, event.attempt + 1);
        return;
      case 'done':
      case 'released':
        record.endedMs = atMs;
        record.ended = 'done';
        if (event.kind === 'done' && event.adopted) record.adopted = true;
        if (event.kind === 'released') this.say('released', event.hold, at, event);
        return;
      case 'failed':
      case 'exhausted':
        record.endedMs = atMs;
        record.ended = 'failed';
        record.errors.push({ at, during: 'run', ...attemptOf(record), error: event.error });
        return;
      case 'interrupted':
        record.errors.push({ at, during: 'run', ...attemptOf(record), error: interrupted });
        return;
      case 'probed':
        if (event.happened === 'unknown') {
          const message = event.why ?? 'its probe could not tell whether it happened';
          record.errors.push({
            at,
            during: 'probe',
            error: { kind: 'unknown', message, applied: 'unknown' },
          });
        }
        return;
      case 'revert-started':
        record.revertOrder ??= ++this.reverts;
        record.revertStartedMs ??= atMs;
        delete record.revertEndedMs;
        return;
      case 'reverted':
        record.revertEndedMs = atMs;
        return;
      case 'revert-failed':
        record.revertEndedMs = atMs;
        record.errors.push({ at, during: 'revert', error: event.error });
        return;
      case 'resolved':
        if (event.how === 'mark-done') record.endedMs = atMs;
        if (event.how === 'mark-done') record.ended = 'done';
        if (event.how === 'mark-reverted') record.revertEndedMs = atMs;
        this.say('resolved', event.step, at, event);
        return;
      case 'progress':
        record.progress = {
          fraction: event.fraction,
          ...(event.note !== undefined && { note: event.note }),
        };
        return;
    }
  }

  private say(
    what: Said['what'],
    step: string,
    at: string,
    event: NodeEvent & { by: string; reason: string },
  ): void {
    const how = event.kind === 'resolved' ? { how: event.how } : {};
    this.said.push({ what, at, by: event.by, reason: event.reason, step, ...how });
  }

  record(node: number): NodeRecord {
    const record = this.records[node] ?? newRecord();
    this.records[node] = record;
    return record;
  }

  // Scopes.

  /** Puts the last try away with all that happened in it, and begins anew. */
  private beginTry(scope: number, choice: number, value: Json, atMs: number): void {
    const tries = this.tries.get(scope) ?? [];
    this.tries.set(scope, tries);
    const last = tries.at(-1);
    const inside = this.inside(scope);
    if (last !== undefined) {
      last.endedMs ??= atMs;
      const words = new NodeWords(this, 'running');
      const begun = inside.filter((node) => this.records[node]?.startedMs !== undefined);
      last.nodes = begun.map((node) => words.view(node, undefined));
    }
    for (const node of inside) {
      this.records[node] = newRecord();
      this.tries.delete(node);
    }
    tries.push({ choice, value, startedMs: atMs, nodes: [] });
  }

  private inside(scope: number): number[] {
    const found = [...this.layout.inner(scope)];
    // Grows while it is walked: scopes within scopes.
    for (const node of found) found.push(...this.layout.inner(node));
    return found;
  }

  /** If this event made the scope around the node turn back, the node is why. */
  private blame(node: number, home: number, before: ScopeMode): void {
    const error = this.record(node).errors.at(-1)?.error;
    if (error === undefined) return;
    const turned = before === 'forward' && this.machine.modeOf(home) === 'back';
    const isStuck = stuckStates.has(this.machine.nodeState(node));
    const hasEnded = before === 'forward' && this.machine.modeOf(home) === 'reverted';
    if (home === -1 && (turned || isStuck || hasEnded)) this.cause ??= error;
    const last = home === -1 ? undefined : this.tries.get(home)?.at(-1);
    if (last !== undefined && (turned || hasEnded)) last.error ??= error;
  }

  /** Scopes say nothing when they end: what is in them does. */
  private closeScopes(node: number, atMs: number): void {
    for (let at = this.layout.node(node).scope; at !== -1; at = this.layout.node(at).scope) {
      const record = this.record(at);
      const mode = this.machine.modeOf(at);
      const last = this.tries.get(at)?.at(-1);
      if (mode === 'done') {
        record.endedMs ??= atMs;
        record.ended = 'done';
        if (last !== undefined) last.endedMs ??= atMs;
      } else if (record.endedMs !== undefined) {
        record.revertStartedMs ??= atMs;
        if (mode === 'reverted') record.revertEndedMs = atMs;
      } else if (mode === 'reverted' && last !== undefined) {
        last.endedMs ??= atMs;
      }
    }
  }
}

const stuckStates: ReadonlySet<NodeState> = new Set(['stuck-unknown', 'stuck-failed', 'stuck-revert']);

const interrupted: Failure = {
  kind: 'interrupted',
  message: 'the process that ran it ended before it said how it went',
  applied: 'unknown',
};

function newRecord(): NodeRecord {
  return { attempts: 0, errors: [] };
}

function attemptOf({ attempts }: NodeRecord): { readonly attempt?: number } {
  return attempts > 0 ? { attempt: attempts } : {};
}

function unknownStep(
  before: UnknownStep | undefined,
  path: string,
  event: NodeEvent,
  at: string,
): UnknownStep {
  const startedAt = before?.startedAt ?? (event.kind === 'started' ? at : undefined);
  const error = 'error' in event ? event.error : before?.error;
  return {
    at: path,
    last: event.kind,
    ...(startedAt !== undefined && { startedAt }),
    updatedAt: at,
    ...(error !== undefined && { error }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
