import type { RunEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import { wiresOf } from '../fingerprint.ts';
import type { Json } from '../json.ts';
import type { Command } from '../machine.ts';
import type { RunRecord } from './record.ts';
import { keep, Unkept } from './values.ts';

/** Answers the machine's question for a scope's next choice: the choice, or that there is none left. */
export function choose(record: RunRecord, command: Command & { do: 'choose' }, maxBytes: number): RunEvent {
  const { node, choice, rounds } = command;
  const definition = record.definition(node);
  const scope = record.pathOf(node);
  const list: unknown = definition.kind === 'scope' ? record.value(definition.choices) : [];
  if (!Array.isArray(list)) {
    const message = `${scope}: its choices are not a list`;
    return { kind: 'exhausted', scope, error: { kind: 'no-choices', message, applied: 'no' } };
  }
  if (choice >= list.length * rounds)
    return { kind: 'exhausted', scope, error: exhaustion(record, node, list.length) };
  const value: Json = list[choice % list.length];
  const checked = keep(value, 'choice', maxBytes);
  if (checked instanceof Unkept) {
    const message = `${scope}: ${checked.problem}`;
    return { kind: 'exhausted', scope, error: { kind: 'bad-choice', message, applied: 'no' } };
  }
  return { kind: 'chosen', scope, choice, value, wires: wiresOf(record.program.shape, node) };
}

/** Says why the last try failed: the first error in it that was not merely somebody else's. */
function exhaustion(record: RunRecord, node: number, count: number): Failure {
  const definition = record.definition(node);
  const inner = definition.kind === 'scope' ? definition.inner : [];
  const errors = inner.flatMap((each) => record.knownErrorOf(each) ?? []);
  const last = errors.find((error) => error.kind !== 'aborted') ?? errors[0];
  const { path } = record.node(node);
  const message =
    count === 0
      ? `${path}: there is nothing to choose from`
      : `${path}: none of ${count} choices worked; the last: ${last?.message ?? 'unknown'}`;
  return { kind: 'exhausted', message, applied: 'no', ...(last && { cause: last }) };
}
