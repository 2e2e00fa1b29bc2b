/** What every command over a scope does around its own work: open, say what went wrong, close. */

import type { Call } from '../command.ts';
import type { Page } from './labelled.ts';
import { openScope, type Scope, type ScopeOptions } from './scope.ts';
import type { Trouble } from './trouble.ts';

/** Does the work in the scope, and closes it. */
export async function withScope(
  call: Call,
  command: string,
  name: string,
  work: (scope: Scope) => Promise<number>,
  options: ScopeOptions = {},
): Promise<number> {
  const scope = await openScope(call, name, options);
  if (scope.isErr()) return complain(call, command, scope.error);
  const code = await work(scope.value);
  const closed = await scope.value.close();
  return closed.isErr() ? complain(call, command, closed.error) : code;
}

/** Says what went wrong; gives its exit code. */
export function complain(
  { out }: Pick<Call, 'out'>,
  command: string,
  { message, next = [], code }: Trouble,
): number {
  out.say(`belay ${command}: ${message}`);
  for (const line of next) out.say(line);
  return code;
}

/** A report, on standard output. */
export function print({ out }: Pick<Call, 'out'>, lines: readonly string[]): void {
  for (const line of lines) out.data(line);
}

/** The page that a report is written on. */
export function pageOf({ page }: Pick<Call, 'page'>): Page {
  return { columns: page.columns, colour: page.colour };
}

/** A name and a reason, which stay in the ledger; the error says which is missing. */
export function signed({
  options,
  user,
}: {
  readonly options: { readonly by: string | undefined; readonly reason: string | undefined };
  readonly user: string;
}): { readonly by: string; readonly reason: string } | undefined {
  const by = (options.by ?? user).trim();
  const reason = (options.reason ?? '').trim();
  return by === '' || reason === '' ? undefined : { by, reason };
}

/** The options of whoever decides something. */
export const signing = {
  by: { type: 'string', value: 'NAME', help: 'who decides it; you, where absent' },
  reason: { type: 'string', value: 'TEXT', help: 'why; it stays in the ledger' },
} as const;

/** Said where a reason is missing. */
export const unsigned: string = '--reason is missing: it stays in the ledger, beside your name.';
