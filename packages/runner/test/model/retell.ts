import type { RunEvent, RunState, StoredEvent } from '../../src/event.ts';
import { type Machine, type MachineEvent, machine } from '../../src/machine.ts';
import type { Shape } from '../../src/shape.ts';
import type { Entry } from './driver.ts';
import { judge } from './judge.ts';
import { Reference } from './reference.ts';

/**
 * Reads a run's journal against the model: every start and every revert in it must have been due, and the story must
 * keep all promises. Says what was not so, and where the run stands.
 */
export function retell(
  shape: Shape,
  events: readonly StoredEvent[],
  limit: number,
): { wrong: string[]; state: RunState; machine: Machine } {
  const model = new Reference(shape, limit);
  const own = machine(shape, limit);
  const wrong: string[] = [];
  const trace: Entry[] = [];
  for (const { seq, event } of events) {
    const told = machineEvent(shape, event, own);
    if (event.kind === 'revert-started') {
      const isDue = own
        .outstanding()
        .some((each) => each.do === 'revert' && each.node === nodeOf(shape, event.step));
      if (!isDue) wrong.push(`${seq}: ${event.step} is reverted and should not be`);
    }
    if (told === undefined) continue;
    if (told.kind === 'started' && !model.isCalled(told.node))
      wrong.push(`${seq}: started a step that was not due`);
    const commands = own.apply(told);
    model.follow(told, commands);
    trace.push({ event: told, commands });
  }
  return { wrong: [...wrong, ...judge(shape, trace, model.state)], state: model.state, machine: own };
}

/** A node's path with the choices of the scopes around it. */
export function pathIn(shape: Shape, of: Machine, n: number): string {
  const { path, scope } = shape.nodes[n]!;
  if (scope === -1) return path;
  const outer = shape.nodes[scope]!.path.length;
  return `${pathIn(shape, of, scope)}#${of.choiceOf(scope)}${path.slice(outer)}`;
}

function nodeOf(shape: Shape, path: string): number {
  const plain = path.replace(/#\d+/g, '');
  const found = shape.nodes.findIndex((node) => node.path === plain);
  if (found === -1) throw new Error(`no node ${path}`);
  return found;
}

function machineEvent(shape: Shape, event: RunEvent, own: Machine): MachineEvent | undefined {
  switch (event.kind) {
    case 'created':
    case 'cancelled':
    case 'paused':
    case 'resumed':
    case 'keys-freed':
    case 'keys-taken':
    case 'revert-requested':
    case 'sealed':
    case 'abandoned':
      return { kind: event.kind };
    case 'started':
      return { kind: 'started', node: nodeOf(shape, event.step), attempt: event.attempt };
    case 'failed': {
      const { applied } = event.error;
      return { kind: 'failed', node: nodeOf(shape, event.step), applied, again: event.again === true };
    }
    case 'probed':
      return { kind: 'probed', node: nodeOf(shape, event.step), happened: event.happened };
    case 'done':
    case 'interrupted':
    case 'reverted':
    case 'revert-failed':
    case 'patience-over':
      return { kind: event.kind, node: nodeOf(shape, event.step) };
    case 'chosen':
      return { kind: 'chosen', node: nodeOf(shape, event.scope), choice: event.choice };
    case 'exhausted':
      return { kind: 'exhausted', node: nodeOf(shape, event.scope) };
    case 'asked':
      return { kind: 'asked', node: nodeOf(shape, event.hold) };
    case 'released':
      return { kind: 'done', node: nodeOf(shape, event.hold) };
    case 'resolved':
      return { kind: 'resolved', node: nodeOf(shape, event.step), how: event.how };
    case 'finished':
      if (own.state !== event.state)
        throw new Error(`finished as ${event.state}; the machine says ${own.state}`);
      return undefined;
    default:
      return undefined;
  }
}
