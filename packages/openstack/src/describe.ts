import type { CloudError, CloudResult } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CallArgs, Reply } from './api.ts';
import type { CallName } from './calls.ts';
import { withPorts } from './floating-ip-ports.ts';
import { type Page, pageOf } from './pages.ts';
import { persist } from './retry.ts';
import type { StackOptions } from './stack.ts';
import { objectAt, textAt, type Wire } from './wire.ts';

/**
 * One look at many resources of a kind. Nova and Cinder have no call that takes several ids: so a few are asked for
 * one by one, and many by listing all that the project has. What a list leaves out is asked for by its id, for a list
 * that is read page by page can miss what changes meanwhile: only that answer says that something does not exist.
 */
export interface Listed<T> {
  readonly operation: string;
  readonly list: CallName;
  readonly items: string;
  readonly get: CallName;
  readonly item: string;
  readonly read: (wire: Wire) => T;
}

type Describe<T> = (ids: readonly string[], signal: AbortSignal) => CloudResult<ReadonlyMap<string, T>>;

export function describeListed<T>(stack: StackOptions, kind: Listed<T>): Describe<T> {
  // How many calls a list takes: as many ids are cheaper to ask for one by one.
  let pagesOfList = 1;
  return (ids, signal) =>
    new ResultAsync(
      (async () => {
        if (ids.length <= pagesOfList) return eachById(stack, kind, ids, signal);
        const listed = await listAll(stack, kind, { limit: String(stack.pageSize) }, signal);
        if (listed.isErr()) return err(listed.error);
        pagesOfList = Math.max(1, listed.value.pages);
        const found = new Map<string, T>();
        for (const id of ids) {
          const wire = listed.value.byId.get(id);
          if (wire !== undefined) found.set(id, kind.read(wire));
        }
        const rest = await eachById(
          stack,
          kind,
          ids.filter((id) => !found.has(id)),
          signal,
        );
        return rest.map((more) => new Map([...found, ...more]));
      })(),
    );
}

/** Neutron takes many ids in one call, and may still answer page by page. */
export async function describeEach(
  stack: StackOptions,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Result<readonly Wire[], CloudError>> {
  const kind = { operation: 'floatingIps.get', list: 'listFloatingIps', items: 'floatingips' } as const;
  const found = await listAll(stack, kind, { id: ids }, signal);
  if (found.isErr()) return err(found.error);
  return withPorts([...found.value.byId.values()], (portIds) =>
    ask(stack, kind.operation, 'listPorts', { query: { id: portIds } }, signal),
  );
}

async function eachById<T>(
  stack: StackOptions,
  { operation, get, item, read }: Listed<T>,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, T>, CloudError>> {
  const answers = await Promise.all(
    ids.map(async (id) => ({ id, answer: await ask(stack, operation, get, { path: { id } }, signal) })),
  );
  const found = new Map<string, T>();
  for (const { id, answer } of answers) {
    if (answer.isOk()) found.set(id, read(objectAt(answer.value.body, item)));
    // An id that is not even well formed names nothing either.
    else if (answer.error.kind !== 'not-found' && answer.error.kind !== 'invalid') return err(answer.error);
  }
  return ok(found);
}

/** All pages of a list, from a query on. */
export interface Listing {
  readonly byId: ReadonlyMap<string, Wire>;
  readonly pages: number;
  /** It led back to a page that was read, and something may be missing in it. */
  readonly circular: boolean;
}

export async function listAll(
  stack: StackOptions,
  { operation, list, items }: Pick<Listed<unknown>, 'operation' | 'list' | 'items'>,
  first: NonNullable<Page['next']>,
  signal: AbortSignal,
): Promise<Result<Listing, CloudError>> {
  const byId = new Map<string, Wire>();
  const seen = new Set<string>();
  let query: Page['next'] = first;
  let pages = 0;
  while (query !== undefined) {
    const answer = await ask(stack, operation, list, { query }, signal);
    if (answer.isErr()) return err(answer.error);
    pages += 1;
    const page: Page = pageOf(answer.value.body, items);
    for (const wire of page.items) byId.set(textAt(wire, 'id') ?? '', wire);
    const next = JSON.stringify(page.next ?? null);
    // What a describe misses on the way it asks for by id.
    if (seen.has(next)) return ok({ byId, pages, circular: true });
    seen.add(next);
    query = page.next;
  }
  return ok({ byId, pages, circular: false });
}

/** A read for whoever shares it: no verb's signal or deadline ends it. */
export function ask(
  stack: StackOptions,
  operation: string,
  name: CallName,
  args: CallArgs,
  signal: AbortSignal,
): Promise<Result<Reply, CloudError>> {
  const { api, clock, chance } = stack;
  return persist(() => api.send(name, args, { operation, changes: false }, signal), {
    clock,
    chance,
    signal,
    changes: false,
  });
}
