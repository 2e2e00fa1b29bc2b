/** Holds for people. Pure. */

import type { Held } from '@belay/scanner';
import { type Page, writerOn } from './labelled.ts';

/** All holds of a scope, by the side that keeps them. */
export function holdLines(
  scope: string,
  all: readonly { readonly side: string; readonly held: readonly Held[] }[],
  page: Page,
): readonly string[] {
  const on = writerOn(page);
  if (all.every(({ held }) => held.length === 0)) return on.text(`Nothing of ${scope} is held.`);
  return all.flatMap(({ side, held }) =>
    held.length === 0
      ? []
      : [
          ...on.head(`Held by ${side}: never taken away, needed or not`),
          ...held.flatMap(({ key, by, reason }) => [...on.text(key, 2), ...on.text(`${by}: ${reason}`, 4)]),
        ],
  );
}
