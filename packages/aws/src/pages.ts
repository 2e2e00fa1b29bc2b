import type { CloudError, CloudResult } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * All pages as one list that is read on while the reader goes on. It ends with the first error; a page token that
 * comes back a second time ends it too, for then the provider goes round in circles.
 */
export async function* pages<T>(
  turn: (token: string | undefined) => CloudResult<Page<T>>,
  circular: () => CloudError,
): AsyncIterable<Result<T, CloudError>> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await turn(token);
    if (page.isErr()) {
      yield err(page.error);
      return;
    }
    for (const item of page.value.items) yield ok(item);
    token = page.value.next === '' ? undefined : page.value.next;
    if (token !== undefined && seen.has(token)) {
      yield err(circular());
      return;
    }
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}
