import type { CloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Operation } from '../faults.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';

/**
 * A list as the API gives it, page by page, as one stream. A page that fails ends the stream with its error: a list
 * that is cut short must not look like a short list.
 */
const pageSize = 100;

export async function* pages<R extends { readonly id: string }, T>(
  api: Adapter,
  operation: Operation,
  signal: AbortSignal | undefined,
  list: (world: World) => readonly R[],
  view: (world: World, resource: R) => T | undefined,
): AsyncIterable<Result<T, CloudError>> {
  const stop = signal ?? new AbortController().signal;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const marker: string = after;
    const page = await api.read(operation, stop, (world) => {
      const rest = [...list(world)].sort(byId).filter(({ id }) => id > marker);
      const items = rest.slice(0, pageSize);
      const views = items.map((one) => view(world, one)).filter((one) => one !== undefined);
      return ok({ views, next: rest.length > pageSize ? items.at(-1)?.id : undefined });
    });
    if (page.isErr()) {
      yield err(page.error);
      return;
    }
    for (const item of page.value.views) yield ok(item);
    after = page.value.next;
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
