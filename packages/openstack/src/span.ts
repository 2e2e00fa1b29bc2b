import type { CloudResult, ReadOptions } from '@belay/cloud';
import { type Span as AnySpan, ask, askAgain, openSpan, type Send } from '@belay/cloud/adapter';
import type { CallArgs, Reply } from './api.ts';
import type { CallName } from './calls.ts';
import { provider } from './errors.ts';
import { persist } from './retry.ts';
import type { Stack } from './stack.ts';

/** One verb under way, and what it is done with. */
export interface Span extends AnySpan {
  readonly stack: Stack;
}

export function beginRead(
  stack: Stack,
  operation: string,
  options: ReadOptions | undefined,
  resourceId?: string,
): Span {
  return { stack, ...openSpan({ ...stack, provider }, { operation, changes: false, resourceId }, options) };
}

export function beginChange(
  stack: Stack,
  operation: string,
  options: ReadOptions,
  resourceId?: string,
): Span {
  return { stack, ...openSpan({ ...stack, provider }, { operation, changes: true, resourceId }, options) };
}

/** Sends a read. It ends with the verb's signal and deadline, whatever the service does. */
export function read(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return ask(span, { changes: false }, sending(span, name, args, false));
}

/** Sends a change, once: an answer that is missing leaves `applied: 'unknown'`. */
export function change(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return ask(span, { changes: true }, sending(span, name, args, true));
}

/** Sends a change that names its object and may therefore be repeated without harm, three times in all. */
export function repeat(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return askAgain(span, sending(span, name, args, true));
}

function sending(
  { stack, operation, resourceId }: Span,
  name: CallName,
  args: CallArgs,
  changes: boolean,
): Send<Reply> {
  const { api, clock, chance } = stack;
  return (signal) =>
    persist(() => api.send(name, args, { operation, changes, resourceId }, signal), {
      clock,
      chance,
      signal,
      changes,
    });
}
