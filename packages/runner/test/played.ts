import type { RunEvent, StoredEvent } from '../src/event.ts';
import type { Failure } from '../src/failure.ts';
import { type Command, type Machine, type MachineEvent, machine } from '../src/machine.ts';
import type { Shape } from '../src/shape.ts';

/**
 * Plays a run of a shape without an engine: the machine says what to do, the script says how it comes out, and a
 * journal comes back in which every event is a second after the one before.
 */
export interface Script {
  /** What the choices of a scope are, by its path; one where absent. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** How a step comes out, by its path with choices; done where absent. */
  readonly run?: (step: string, attempt: number) => Failure | 'never' | undefined;
  readonly revert?: (step: string) => Failure | 'never' | undefined;
  /** Events from outside: asked before each of the run's own steps forward. */
  readonly meanwhile?: (events: readonly StoredEvent[]) => RunEvent | undefined;
  readonly probed?: 'no' | 'unknown';
}

export interface Played {
  readonly events: readonly StoredEvent[];
  /** What the machine says of the run after each event. */
  readonly states: readonly string[];
}

export const startMs: number = Date.UTC(2026, 0, 2, 3, 4, 5);

export function play(shape: Shape, script: Script = {}): Played {
  return new Player(shape, script).play();
}

class Player {
  private readonly shape: Shape;
  private readonly script: Script;
  private readonly machine: Machine;
  private readonly events: StoredEvent[] = [];
  private readonly states: string[] = [];
  private readonly commands: Command[] = [];

  constructor(shape: Shape, script: Script) {
    this.shape = shape;
    this.script = script;
    this.machine = machine(shape);
  }

  play(): Played {
    this.write({ kind: 'created', graph: this.shape.graph, input: null, keys: [] }, { kind: 'created' });
    for (;;) {
      const outside = this.script.meanwhile?.(this.events);
      if (outside !== undefined) this.fromOutside(outside);
      const command = this.commands.shift();
      if (command !== undefined) this.answer(command);
      else if (outside === undefined) break;
    }
    const { state } = this.machine;
    if (state === 'success' || state === 'reverted') this.write({ kind: 'finished', state });
    return { events: this.events, states: this.states };
  }

  private answer(command: Command): void {
    // Told to start, and then stopped before it did.
    const isStart = command.do === 'run' || command.do === 'choose' || command.do === 'ask';
    if (isStart && this.machine.nodeState(command.node) !== 'ready') return;
    switch (command.do) {
      case 'run':
        return this.run(command.node, command.attempt);
      case 'revert':
        return this.revert(command.node, command.was);
      case 'choose':
        return this.choose(command.node, command.choice);
      case 'ask': {
        const ask = this.shape.nodes[command.node]?.ask ?? '';
        return this.write(
          { kind: 'asked', hold: this.pathOf(command.node), ask, wires: '' },
          { kind: 'asked', node: command.node },
        );
      }
      case 'probe': {
        const happened = this.script.probed ?? 'no';
        return this.write(
          { kind: 'probed', step: this.pathOf(command.node), happened },
          { kind: 'probed', node: command.node, happened },
        );
      }
      case 'free-keys':
        return this.write({ kind: 'keys-freed' }, { kind: 'keys-freed' });
      case 'take-keys':
        return this.write({ kind: 'keys-taken' }, { kind: 'keys-taken' });
      case 'abort':
        return;
    }
  }

  private run(node: number, attempt: number): void {
    const step = this.pathOf(node);
    this.write({ kind: 'started', step, attempt, wires: '' }, { kind: 'started', node, attempt });
    const end = this.script.run?.(step, attempt);
    if (end === 'never') return;
    if (end === undefined) this.write({ kind: 'done', step }, { kind: 'done', node });
    else {
      this.write(
        { kind: 'failed', step, error: end },
        { kind: 'failed', node, applied: end.applied, again: false },
      );
    }
  }

  private revert(node: number, was: 'done' | 'failed' | 'unknown'): void {
    const step = this.pathOf(node);
    this.write({ kind: 'revert-started', step, was });
    const end = this.script.revert?.(step);
    if (end === 'never') return;
    if (end === undefined) this.write({ kind: 'reverted', step }, { kind: 'reverted', node });
    else this.write({ kind: 'revert-failed', step, error: end }, { kind: 'revert-failed', node });
  }

  private choose(node: number, choice: number): void {
    const scope = this.pathOf(node);
    const choices = this.script.choices?.[scope] ?? ['only'];
    const value = choices[choice];
    if (value !== undefined) {
      this.write({ kind: 'chosen', scope, choice, value, wires: '' }, { kind: 'chosen', node, choice });
    } else {
      const error = { kind: 'exhausted', message: `none of ${choices.length} choices worked` };
      this.write({ kind: 'exhausted', scope, error }, { kind: 'exhausted', node });
    }
  }

  private fromOutside(event: RunEvent): void {
    const node = (path: string) =>
      this.shape.nodes.findIndex((each) => each.path === path.replace(/#\d+/g, ''));
    switch (event.kind) {
      case 'released':
        return this.write(event, { kind: 'done', node: node(event.hold) });
      case 'done':
        return this.write(event, { kind: 'done', node: node(event.step) });
      case 'resolved':
        return this.write(event, { kind: 'resolved', node: node(event.step), how: event.how });
      case 'patience-over':
      case 'interrupted':
        return this.write(event, { kind: event.kind, node: node(event.step) });
      case 'cancelled':
      case 'paused':
      case 'resumed':
      case 'revert-requested':
      case 'abandoned':
      case 'sealed':
        return this.write(event, { kind: event.kind });
      default:
        return this.write(event);
    }
  }

  private write(event: RunEvent, forMachine?: MachineEvent): void {
    const seq = this.events.length + 1;
    this.events.push({ seq, atMs: startMs + (seq - 1) * 1_000, fence: 1, event });
    if (forMachine !== undefined) this.commands.push(...this.machine.apply(forMachine));
    this.states.push(this.machine.state);
  }

  private pathOf(index: number): string {
    const node = this.shape.nodes[index]!;
    if (node.scope === -1) return node.path;
    const scope = this.shape.nodes[node.scope]!;
    return `${this.pathOf(node.scope)}#${this.machine.choiceOf(node.scope)}${node.path.slice(scope.path.length)}`;
  }
}

/** An event once, when the run's last event is of this kind (and step, if given). */
export function once(
  after: RunEvent['kind'],
  event: RunEvent,
  step?: string,
): NonNullable<Script['meanwhile']> {
  let isOut = false;
  return (events) => {
    const last = events.at(-1)?.event;
    if (isOut || last?.kind !== after) return undefined;
    if (step !== undefined && (!('step' in last) || last.step !== step)) return undefined;
    isOut = true;
    return event;
  };
}
