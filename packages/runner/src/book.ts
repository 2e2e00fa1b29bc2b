import { Layout } from './layout.ts';
import type { Shape } from './shape.ts';

/**
 * What a run's state machine knows: a few columns of numbers and words by node and by scope, and some counters. It
 * only keeps; what may happen is said in `rules.ts`.
 */

/** What has become of a node. */
export type NodeState =
  | 'pending'
  /** Its command is out, and its `started` not yet in. */
  | 'ready'
  | 'running'
  | 'probing'
  | 'done'
  | 'failed'
  /** Nobody could tell whether it happened, and the run goes back. */
  | 'unknown'
  /** To be run again. */
  | 'again'
  | 'to-revert'
  | 'reverting'
  | 'reverted'
  | 'stuck-unknown'
  | 'stuck-failed'
  | 'stuck-revert';

export type ScopeMode = 'idle' | 'forward' | 'back' | 'done' | 'reverted';

/** How a node ended that is to be reverted. */
export type Ending = 'done' | 'failed' | 'unknown';

/** Everything that changes, as JSON. */
export interface MachineSnapshot {
  readonly nodes: readonly NodeState[];
  readonly was: readonly (Ending | '')[];
  readonly modes: readonly ScopeMode[];
  readonly columns: Readonly<Record<string, readonly number[]>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly forward: readonly number[];
  readonly backward: readonly number[];
}

const columns = [
  'waits',
  'live',
  'attempt',
  'mayRetry',
  'doubt',
  'patient',
  'open',
  'begun',
  'choice',
  'rounds',
  'giveUp',
] as const;
const counts = ['active', 'patientActive', 'waiting', 'stuck', 'locked'] as const;
const flags = ['pivotPassed', 'paused', 'keysFreed', 'wantsKeys', 'abandoned', 'sealed'] as const;

export class Book {
  readonly layout: Layout;
  /** The run's body is the outermost scope; its number is one past the last node's. */
  readonly body: number;

  nodes: NodeState[];
  was: (Ending | '')[];
  modes: ScopeMode[];
  /** By node: dependencies not yet done, and started dependents not yet reverted. */
  waits: Int32Array;
  live: Int32Array;
  attempt: Int32Array;
  /** By node, 1 for yes: would its policy try again; may it have happened; has its patience run out. */
  mayRetry: Int32Array;
  doubt: Int32Array;
  patient: Int32Array;
  /** By scope: nodes not yet done, and nodes started and not reverted. */
  open: Int32Array;
  begun: Int32Array;
  /** By scope: which choice, how many times through the list, and 1 where no other try may follow. */
  choice: Int32Array;
  rounds: Int32Array;
  giveUp: Int32Array;

  /** Work under way, and how much of it has run out of patience. */
  active = 0;
  patientActive = 0;
  /** Holds that wait, and nodes that need a person. */
  waiting = 0;
  stuck = 0;
  /** Nodes of the body still to be done that may not run without the run's keys. */
  locked = 0;

  pivotPassed = false;
  paused = false;
  keysFreed = false;
  wantsKeys = false;
  abandoned = false;
  sealed = false;

  /** Nodes that may start, and nodes that may be reverted, in the order in which that became so. */
  forward: Queue = new Queue();
  backward: Queue = new Queue();

  constructor(shape: Shape) {
    this.layout = new Layout(shape);
    const count = this.layout.count;
    const zeros = (): Int32Array => new Int32Array(count + 1);
    this.body = count;
    this.nodes = new Array<NodeState>(count).fill('pending');
    this.was = new Array<Ending | ''>(count).fill('');
    this.modes = new Array<ScopeMode>(count + 1).fill('idle');
    this.waits = zeros();
    this.live = zeros();
    this.attempt = zeros();
    this.mayRetry = zeros();
    this.doubt = zeros();
    this.patient = zeros();
    this.open = zeros();
    this.begun = zeros();
    this.choice = zeros();
    this.rounds = zeros().fill(1);
    this.giveUp = zeros();
    for (let node = 0; node < count; node++) this.waits[node] = this.layout.after(node).length;
  }

  kind(node: number): 'step' | 'hold' | 'scope' | 'join' {
    return this.layout.kind(node);
  }

  mode(scope: number): ScopeMode {
    return this.modes[scope] ?? 'idle';
  }

  /** Does the scope that the node lives in still go forward? */
  isForward(node: number): boolean {
    return this.mode(this.layout.home(node)) === 'forward';
  }

  add(column: 'waits' | 'live' | 'open' | 'begun' | 'choice' | 'rounds', at: number, by: number): number {
    const list = this[column];
    const value = (list[at] ?? 0) + by;
    list[at] = value;
    return value;
  }

  /** Puts a node back to where it never started. */
  reset(node: number): void {
    this.nodes[node] = 'pending';
    this.was[node] = '';
    this.modes[node] = 'idle';
    // Spelled out and not a loop over the names: it runs for every node of every run.
    this.waits[node] = this.layout.after(node).length;
    this.live[node] = 0;
    this.attempt[node] = 0;
    this.mayRetry[node] = 0;
    this.doubt[node] = 0;
    this.patient[node] = 0;
    this.open[node] = 0;
    this.begun[node] = 0;
    this.choice[node] = 0;
    this.rounds[node] = 1;
    this.giveUp[node] = 0;
  }

  /** From here on the node counts as started: it will have to be reverted if its scope goes back. */
  begin(node: number): void {
    this.add('begun', this.layout.home(node), 1);
    for (const before of this.layout.after(node)) this.add('live', before, 1);
  }

  /** Its command was out and never came to a start: as if it had not been. */
  unbegin(node: number): void {
    this.leave(node);
    this.nodes[node] = 'pending';
    this.add('begun', this.layout.home(node), -1);
    for (const before of this.layout.after(node)) this.add('live', before, -1);
  }

  end(node: number, state: Ending): void {
    this.leave(node);
    this.nodes[node] = state;
  }

  /** Takes a node out of what is under way, waited for or stuck, before it becomes something else. */
  leave(node: number): void {
    const state = this.nodes[node];
    if (state === 'stuck-unknown' || state === 'stuck-failed' || state === 'stuck-revert') {
      this.stuck--;
      return;
    }
    const kind = this.kind(node);
    if (kind === 'hold' && state === 'running') this.waiting--;
    else if (
      kind !== 'scope' &&
      (state === 'ready' || state === 'running' || state === 'probing' || state === 'reverting')
    ) {
      this.active--;
      this.impatient(node, false);
    }
  }

  /** Only what is under way can run out of patience. */
  impatient(node: number, is: boolean): void {
    if (is === (this.patient[node] === 1)) return;
    this.patient[node] = is ? 1 : 0;
    this.patientActive += is ? 1 : -1;
  }

  becomeStuck(node: number, state: 'stuck-unknown' | 'stuck-failed' | 'stuck-revert'): void {
    this.leave(node);
    this.nodes[node] = state;
    this.stuck++;
  }

  which(state: NodeState): number[] {
    return this.nodes.flatMap((each, node) => (each === state ? [node] : []));
  }

  snapshot(): MachineSnapshot {
    return {
      nodes: [...this.nodes],
      was: [...this.was],
      modes: [...this.modes],
      columns: pick(columns, (name) => [...this[name]]),
      counts: pick(counts, (name) => this[name]),
      flags: pick(flags, (name) => this[name]),
      forward: this.forward.toArray(),
      backward: this.backward.toArray(),
    };
  }

  restore(from: MachineSnapshot): void {
    this.nodes = [...from.nodes];
    this.was = [...from.was];
    this.modes = [...from.modes];
    for (const name of columns) this[name] = Int32Array.from(from.columns[name] ?? []);
    for (const name of counts) this[name] = from.counts[name] ?? 0;
    for (const name of flags) this[name] = from.flags[name] ?? false;
    this.forward = new Queue(from.forward);
    this.backward = new Queue(from.backward);
  }
}

/** First in, first out, without moving the rest at every turn. */
export class Queue {
  private items: number[];
  private head = 0;
  private end: number;

  constructor(items: readonly number[] = []) {
    this.items = [...items];
    this.end = items.length;
  }

  get length(): number {
    return this.end - this.head;
  }

  push(item: number): void {
    this.items[this.end++] = item;
  }

  /** The first; to be asked only where there is one. */
  peek(): number {
    return this.items[this.head] ?? -1;
  }

  shift(): number {
    const item = this.peek();
    this.head++;
    // The room stays: a list that is emptied makes it anew for each item.
    if (this.head === this.end) this.moveTo(this.items);
    else if (this.head > 4096 && this.head * 2 > this.end) this.moveTo(this.toArray());
    return item;
  }

  toArray(): number[] {
    return this.items.slice(this.head, this.end);
  }

  private moveTo(items: number[]): void {
    this.end -= this.head;
    this.head = 0;
    this.items = items;
  }
}

function pick<K extends string, V>(names: readonly K[], value: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, V>;
}
