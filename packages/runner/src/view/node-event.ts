import type { RunEvent } from '../event.ts';
import type { MachineEvent } from '../machine.ts';

/** The events of a run that speak of one node, and what the machine is to hear of each. */
export type NodeEvent = Exclude<
  RunEvent,
  {
    kind:
      | 'created'
      | 'finished'
      | 'claimed'
      | 'keys-freed'
      | 'keys-taken'
      | 'resumed'
      | 'cancelled'
      | 'paused'
      | 'revert-requested'
      | 'sealed'
      | 'abandoned';
  }
>;

export function pathIn(event: NodeEvent): string {
  if ('scope' in event) return event.scope;
  return 'hold' in event ? event.hold : event.step;
}

/** Can a node of this kind have such an event? A path may have become something else since. */
export function fits(event: NodeEvent, kind: 'step' | 'hold' | 'scope' | 'join'): boolean {
  if (event.kind === 'resolved') return kind !== 'join';
  if (event.kind === 'chosen' || event.kind === 'exhausted') return kind === 'scope';
  return kind === (event.kind === 'asked' || event.kind === 'released' ? 'hold' : 'step');
}

export function machineEvent(event: NodeEvent, node: number): MachineEvent | undefined {
  switch (event.kind) {
    case 'started':
      return { kind: 'started', node, attempt: event.attempt };
    case 'failed':
      return { kind: 'failed', node, applied: event.error.applied, again: event.again === true };
    case 'probed':
      return { kind: 'probed', node, happened: event.happened };
    case 'chosen':
      return { kind: 'chosen', node, choice: event.choice };
    case 'resolved':
      return { kind: 'resolved', node, how: event.how };
    case 'released':
      return { kind: 'done', node };
    case 'done':
    case 'reverted':
    case 'revert-failed':
    case 'interrupted':
    case 'asked':
    case 'patience-over':
    case 'exhausted':
      return { kind: event.kind, node };
    default:
      return undefined;
  }
}
