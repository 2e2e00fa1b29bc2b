/**
 * When a look that finds nothing may be believed of something whose making was accepted. A provider may show it late,
 * and a read from a replica that lags may hide for seconds what another one has shown already: a create that was
 * accepted came to nothing only where nothing is seen for long enough, in several looks. Even then it is not known that
 * nothing was made.
 */
import type { Span } from './span.ts';

/** What is remembered of the looks at one thing. */
export interface Absence {
  /** It was seen: whatever was not seen before counts no more. */
  seen(): void;
  /** It was not seen. Is that to be believed by now? */
  isBelieved(elapsedMs: number): boolean;
}

/** `promisedMs`: for how long something that was accepted may stay out of sight before it is first seen. */
export function absenceOf({ visibilityMs }: Pick<Span, 'visibilityMs'>, promisedMs: number): Absence {
  let wasSeen = false;
  let empty = 0;
  let sinceMs: number | undefined;
  return {
    seen() {
      wasSeen = true;
      empty = 0;
      sinceMs = undefined;
    },
    isBelieved(elapsedMs) {
      empty += 1;
      sinceMs ??= elapsedMs;
      if (!wasSeen) return elapsedMs > promisedMs;
      return empty >= fewestLooks && elapsedMs - sinceMs >= visibilityMs;
    },
  };
}

const fewestLooks = 3;
