import type { RunEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Json } from '../json.ts';
import { type Command, type Machine, type MachineEvent, machine } from '../machine.ts';
import type { Outcome, StuckStep } from '../outcome.ts';
import type { NodeDefinition, Program, Source } from '../program.ts';
import type { ShapeNode } from '../shape.ts';
import { decode, type Kept, keepTrusted } from './values.ts';

/**
 * What is known of a run, folded from its events: the machine, and beside it the values and errors that the machine
 * does not look at. A live run and a run read from the journal are folded by the same code.
 */
export class RunRecord {
  readonly runId: string;
  readonly program: Program;
  readonly machine: Machine;
  input: Json = null;
  /** Why the run goes back. */
  cause: Failure | undefined;
  abandonedBy: { readonly by: string; readonly reason: string } | undefined;
  pausedBy: string | undefined;
  /** Requests that were granted, by their number in the journal's mail. */
  readonly granted: Set<number> = new Set();
  private readonly nodes: readonly ShapeNode[];
  private indexOf: ReadonlyMap<string, number> | undefined;
  private readonly outputs: Kept[];
  private readonly undos: Kept[];
  private readonly choices: Kept[];
  private readonly errors: (Failure | undefined)[];
  private readonly attempts: number[];

  constructor(runId: string, program: Program, limit: number) {
    this.runId = runId;
    this.program = program;
    this.nodes = program.shape.nodes;
    this.machine = machine(program.shape, limit);
    this.outputs = new Array<Kept>(this.nodes.length);
    this.undos = new Array<Kept>(this.nodes.length);
    this.choices = new Array<Kept>(this.nodes.length);
    this.errors = new Array<Failure | undefined>(this.nodes.length);
    this.attempts = new Array<number>(this.nodes.length).fill(0);
  }

  /** Folds one event in. The commands are for a live run; who only reads drops them. */
  apply(event: RunEvent): Command[] {
    if ('request' in event && event.request !== undefined) this.granted.add(event.request);
    switch (event.kind) {
      case 'created':
        this.input = event.input;
        return this.machine.apply({ kind: 'created' });
      case 'cancelled':
        this.cause ??= { kind: 'cancelled', message: `cancelled by ${event.by}: ${event.reason}` };
        return this.machine.apply({ kind: 'cancelled' });
      case 'revert-requested':
        this.cause = { kind: 'revert-requested', message: `reverted by ${event.by}: ${event.reason}` };
        return this.machine.apply({ kind: 'revert-requested' });
      case 'abandoned':
        this.abandonedBy = { by: event.by, reason: event.reason };
        return this.machine.apply({ kind: 'abandoned' });
      case 'paused':
        this.pausedBy = `paused by ${event.by}: ${event.reason}`;
        return this.machine.apply({ kind: 'paused' });
      case 'resumed':
        this.pausedBy = undefined;
        return this.machine.apply({ kind: 'resumed' });
      case 'sealed':
      case 'keys-freed':
      case 'keys-taken':
        return this.machine.apply({ kind: event.kind });
      case 'claimed':
      case 'progress':
      case 'finished':
        return [];
      case 'chosen':
      case 'exhausted':
        return this.applyToFound(event.scope, event);
      case 'asked':
      case 'released':
        return this.applyToFound(event.hold, event);
      default:
        return this.applyToFound(event.step, event);
    }
  }

  private applyToFound(path: string, event: RunEvent): Command[] {
    const node = this.find(path);
    // A step that this code no longer has and that never started: nothing depends on it.
    return node === undefined ? [] : this.applyTo(node, event);
  }

  /** As `apply`, by who knows which node the event is about, and the kept form of its output. */
  applyTo(node: number, event: RunEvent, output?: Kept): Command[] {
    const forMachine = this.fold(node, event, output);
    return forMachine === undefined ? [] : this.machine.apply(forMachine);
  }

  private fold(node: number, event: RunEvent, output: Kept): MachineEvent | undefined {
    switch (event.kind) {
      case 'started':
        this.attempts[node] = event.attempt;
        return { kind: 'started', node, attempt: event.attempt };
      case 'attempt-failed':
        this.attempts[node] = event.attempt;
        return undefined;
      case 'undo-saved':
        this.undos[node] = keepTrusted(event.undo);
        return undefined;
      case 'done':
        this.outputs[node] = output ?? keepTrusted(event.output);
        this.clear(node);
        return { kind: 'done', node };
      case 'released':
        this.outputs[node] = keepTrusted({ by: event.by, reason: event.reason });
        return { kind: 'done', node };
      case 'failed':
        this.blame(node, event.error);
        return { kind: 'failed', node, applied: event.error.applied, again: event.again === true };
      case 'interrupted':
        this.errors[node] = interrupted;
        return { kind: 'interrupted', node };
      case 'probed':
        return { kind: 'probed', node, happened: event.happened };
      case 'reverted':
        return { kind: 'reverted', node };
      case 'revert-failed':
        this.errors[node] = event.error;
        return { kind: 'revert-failed', node };
      case 'chosen':
        this.choices[node] = keepTrusted(event.value);
        this.forget(node);
        return { kind: 'chosen', node, choice: event.choice };
      case 'exhausted':
        this.blame(node, event.error);
        return { kind: 'exhausted', node };
      case 'asked':
      case 'patience-over':
        return { kind: event.kind, node };
      case 'resolved':
        if (event.how === 'mark-done') {
          this.outputs[node] = keepTrusted(event.output);
          this.clear(node);
        }
        return { kind: 'resolved', node, how: event.how };
      default:
        return undefined;
    }
  }

  /** The first failure in the body is why the run goes back; one inside a scope may yet be made good. */
  private blame(node: number, error: Failure): void {
    this.errors[node] = error;
    if (this.node(node).scope === -1) this.cause ??= error;
  }

  /** It turned out well after all. */
  private clear(node: number): void {
    if (this.cause !== undefined && this.cause === this.errors[node]) this.cause = undefined;
    this.errors[node] = undefined;
  }

  /** A new try of a scope knows nothing of the one before. */
  private forget(scope: number): void {
    const definition = this.definition(scope);
    if (definition.kind !== 'scope') return;
    for (const node of definition.inner) {
      this.outputs[node] = undefined;
      this.undos[node] = undefined;
      this.errors[node] = undefined;
      this.attempts[node] = 0;
      this.forget(node);
    }
  }

  // What can be asked.

  node(index: number): ShapeNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  definition(index: number): NodeDefinition {
    const definition = this.program.definitions[index];
    if (definition === undefined) throw new RangeError(`no node ${index}`);
    return definition;
  }

  /** The node behind a path, with or without the choices in it. */
  find(path: string): number | undefined {
    // Made when it is first asked for: a run that begins here and meets nobody's questions needs none.
    this.indexOf ??= new Map(this.nodes.map((node, index) => [node.path, index]));
    return (
      this.indexOf.get(path) ?? (path.includes('#') ? this.indexOf.get(path.replace(/#\d+/g, '')) : undefined)
    );
  }

  /** The node's path with the choices of the scopes around it: `place#1/provision-target`. */
  pathOf(index: number): string {
    const node = this.node(index);
    if (node.scope === -1) return node.path;
    const scope = this.node(node.scope);
    return `${this.pathOf(node.scope)}#${this.machine.choiceOf(node.scope)}${node.path.slice(scope.path.length)}`;
  }

  attemptOf(node: number): number {
    return this.attempts[node] ?? 0;
  }

  /** The error of a node's last try, if it had one. */
  knownErrorOf(node: number): Failure | undefined {
    return this.errors[node];
  }

  errorOf(node: number): Failure {
    return this.errors[node] ?? interrupted;
  }

  undoOf(node: number): unknown {
    return decode(this.undos[node]);
  }

  outputOf(node: number): unknown {
    return decode(this.outputs[node]);
  }

  value(source: Source): unknown {
    switch (source.from) {
      case 'value':
        return source.value;
      case 'choice':
        return decode(this.choices[source.scope]);
      case 'record':
        return Object.fromEntries(source.fields.map(([key, field]) => [key, this.value(field)]));
      case 'node': {
        const definition = this.definition(source.node);
        const isGroup = definition.kind === 'scope' || definition.kind === 'join';
        return isGroup ? this.value(definition.returns) : this.outputOf(source.node);
      }
    }
  }

  /** Does a step, or what the run gives back, take this node's value? */
  isNeeded(node: number): boolean {
    const takes = (source: Source): boolean =>
      (source.from === 'node' && source.node === node) ||
      (source.from === 'record' && source.fields.some(([, field]) => takes(field)));
    const { definitions, returns } = this.program;
    return (
      takes(returns) ||
      definitions.some((each) => {
        if (each.kind === 'step') return each.sources.some(takes);
        if (each.kind === 'scope') return takes(each.choices) || takes(each.returns);
        return each.kind === 'join' && takes(each.returns);
      })
    );
  }

  needsOf(node: number): Record<string, unknown> {
    const definition = this.definition(node);
    const names = this.node(node).needs;
    const needs: Record<string, unknown> = {};
    if (definition.kind !== 'step') return needs;
    for (let i = 0; i < names.length; i++) {
      const source = definition.sources[i];
      if (source !== undefined) needs[names[i] ?? ''] = this.value(source);
    }
    return needs;
  }

  stuckSteps(): StuckStep[] {
    const why = { 'stuck-unknown': 'outcome-unknown', 'stuck-failed': 'failed-after-pivot' } as const;
    return this.machine.stuckNodes().map((node) => {
      const state = this.machine.nodeState(node);
      return {
        step: this.pathOf(node),
        why: state === 'stuck-unknown' || state === 'stuck-failed' ? why[state] : 'revert-failed',
        error: this.errorOf(node),
        verbs: this.machine.verbsFor(node),
      };
    });
  }

  /** The outcome as of now; `undefined` while the run is on its way. */
  outcome(): Outcome<unknown> | undefined {
    const { runId, machine: of } = this;
    switch (of.state) {
      case 'success':
        return { runId, state: 'success', output: this.value(this.program.returns) };
      case 'reverted':
        return { runId, state: 'reverted', cause: this.cause ?? interrupted };
      case 'abandoned':
        return { runId, state: 'abandoned', ...(this.abandonedBy ?? { by: 'unknown', reason: '' }) };
      case 'stuck':
        return { runId, state: 'stuck', stuck: this.stuckSteps(), ...(this.cause && { cause: this.cause }) };
      case 'background':
        return { runId, state: 'background', steps: of.inFlight().map((node) => this.pathOf(node)) };
      case 'suspended':
        return { runId, state: 'suspended', reason: this.pausedBy ?? 'its runner was closed' };
      default:
        return undefined;
    }
  }
}

const interrupted: Failure = {
  kind: 'interrupted',
  message: 'the process that ran it ended before it said how it went',
  applied: 'unknown',
};
