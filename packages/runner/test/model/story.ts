import type { Resolution } from '../../src/event.ts';
import { type Command, type Machine, type MachineEvent, machine } from '../../src/machine.ts';
import type { Shape, ShapeNode } from '../../src/shape.ts';
import { say } from './reference.ts';

/** A node in a few words; all after it is named by name. Steps have a revert unless they say otherwise. */
export interface Spec extends Partial<Omit<ShapeNode, 'after' | 'scope' | 'path'>> {
  readonly name: string;
  readonly in?: string;
  readonly after?: readonly string[];
  readonly noRevert?: true;
  /** Of a scope: how many choices it has. */
  readonly choices?: number;
}

function shapeFrom(specs: readonly Spec[]): Shape {
  const at = (name: string): number => {
    const found = specs.findIndex((each) => each.name === name);
    if (found === -1) throw new Error(`no node ${name}`);
    return found;
  };
  const nodes = specs.map(({ name, in: home, after = [], noRevert, choices: _, ...rest }): ShapeNode => {
    const kind = rest.kind ?? 'step';
    const hasRevert = kind === 'step' && noRevert !== true && rest.pivot !== true;
    const scope = home === undefined ? -1 : at(home);
    return {
      ...rest,
      path: name,
      kind,
      scope,
      after: after.map(at),
      needs: [],
      ...(hasRevert && { hasRevert }),
    };
  });
  return { format: 1, graph: 'story', nodes };
}

/**
 * Tells a machine what happens, by name, and says in words what it asks for. Starts, questions and choices are
 * answered on the spot; `log` has every word.
 */
export class Story {
  readonly machine: Machine;
  readonly log: string[] = [];
  private readonly specs: readonly Spec[];

  constructor(specs: readonly Spec[], limit?: number) {
    this.specs = specs;
    this.machine = machine(shapeFrom(specs), limit);
  }

  begin(): string[] {
    return this.tell({ kind: 'created' });
  }

  done(...names: string[]): string[] {
    return names.flatMap((name) => this.tell({ kind: 'done', node: this.at(name) }));
  }

  failed(name: string, applied?: 'no' | 'yes' | 'unknown', again = false): string[] {
    return this.tell({ kind: 'failed', node: this.at(name), applied, again });
  }

  reverted(...names: string[]): string[] {
    return names.flatMap((name) => this.tell({ kind: 'reverted', node: this.at(name) }));
  }

  revertFailed(name: string): string[] {
    return this.tell({ kind: 'revert-failed', node: this.at(name) });
  }

  probed(name: string, happened: 'no' | 'unknown'): string[] {
    return this.tell({ kind: 'probed', node: this.at(name), happened });
  }

  interrupted(name: string): string[] {
    return this.tell({ kind: 'interrupted', node: this.at(name) });
  }

  patienceOver(name: string): string[] {
    return this.tell({ kind: 'patience-over', node: this.at(name) });
  }

  resolved(name: string, how: Resolution): string[] {
    return this.tell({ kind: 'resolved', node: this.at(name), how });
  }

  now(kind: (MachineEvent & { node?: never })['kind']): string[] {
    return this.tell({ kind });
  }

  get state(): string {
    return this.machine.state;
  }

  verbs(name: string): readonly Resolution[] {
    return this.machine.verbsFor(this.at(name));
  }

  nodeState(name: string): string {
    return this.machine.nodeState(this.at(name));
  }

  tell(event: MachineEvent): string[] {
    const words = this.machine
      .apply(event)
      .flatMap((command) => [this.word(command), ...this.answer(command)]);
    return words;
  }

  private answer(command: Command): string[] {
    this.log.push(this.word(command));
    switch (command.do) {
      case 'run':
        return this.tell({ kind: 'started', node: command.node, attempt: command.attempt });
      case 'ask':
        return this.tell({ kind: 'asked', node: command.node });
      case 'choose': {
        const { node, choice, rounds } = command;
        const exists = choice < (this.specs[node]!.choices ?? 1) * rounds;
        return this.tell(exists ? { kind: 'chosen', node, choice } : { kind: 'exhausted', node });
      }
      case 'free-keys':
        return this.tell({ kind: 'keys-freed' });
      default:
        return [];
    }
  }

  /** `run a`, `run a 2` for a second attempt, `revert a failed`, `choose place 1`. */
  private word(command: Command): string {
    if (!('node' in command)) return command.do;
    const name = this.specs[command.node]!.name;
    if (command.do === 'run') return command.attempt === 1 ? `run ${name}` : `run ${name} ${command.attempt}`;
    if (command.do === 'choose') return `choose ${name} ${command.choice}`;
    return say(command).replace(` ${command.node}`, ` ${name}`);
  }

  private at(name: string): number {
    return this.specs.findIndex((each) => each.name === name);
  }
}

export function story(specs: readonly Spec[], limit?: number): Story {
  return new Story(specs, limit);
}
