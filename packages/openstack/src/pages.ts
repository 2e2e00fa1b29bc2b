import type { CloudError } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { err, ok, type Result } from 'neverthrow';
import type { CallName } from './calls.ts';
import { read, type Span } from './span.ts';
import { listAt, objectAt, textAt, type Wire } from './wire.ts';

/** One page of a list, and the query that leads to the next. */
export interface Page {
  readonly items: readonly Wire[];
  readonly next: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/**
 * All pages as one list that is read on while the reader goes on. It ends with the first error; a page that leads to
 * one that was read already ends it too, for then the service goes round in circles. What appears on two pages, because
 * the list has moved meanwhile, is given once.
 */
export async function* pages(
  span: Span,
  name: CallName,
  items: string,
  args: {
    readonly path?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string | readonly string[]>>;
  } = {},
): AsyncIterable<Result<Wire, CloudError>> {
  const turned = new Set<string>();
  const given = new Set<string>();
  let query: Page['next'] = { limit: String(span.stack.pageSize), ...args.query };
  while (query !== undefined) {
    const answer = await read(span, name, { path: args.path, query });
    if (answer.isErr()) {
      yield err(answer.error);
      return;
    }
    const page: Page = pageOf(answer.value.body, items);
    for (const wire of page.items) {
      const id = textAt(wire, 'id');
      if (id !== undefined && given.has(id)) continue;
      if (id !== undefined) given.add(id);
      yield ok(wire);
    }
    const next = JSON.stringify(page.next ?? null);
    if (turned.has(next)) {
      yield err(fail(span, 'failed', `The list of ${items} leads round in circles.`));
      return;
    }
    turned.add(next);
    query = page.next;
  }
}

/**
 * Nova, Cinder and Neutron tell the next page as a link, Glance as a path, Designate under `links`. Of these only the
 * query is followed: behind a gateway the address in them often is one that leads nowhere.
 */
export function pageOf(body: Wire, items: string): Page {
  const linked = listAt(body, `${items}_links`).find((link) => textAt(link, 'rel') === 'next');
  const href =
    (linked === undefined ? undefined : textAt(linked, 'href')) ??
    textAt(body, 'next') ??
    textAt(objectAt(body, 'links'), 'next');
  return { items: listAt(body, items), next: href === undefined ? undefined : queryOf(href) };
}

function queryOf(href: string): Page['next'] {
  const search = new URLSearchParams(href.split('?')[1] ?? '');
  return Object.fromEntries([...new Set(search.keys())].map((name) => [name, search.getAll(name)]));
}
