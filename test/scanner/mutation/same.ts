/**
 * Mutants that make no difference to anybody's safety, each with its reason: found by a part of their line, so that they
 * move with it.
 */

interface Same {
  readonly path: string;
  /** A part of the line. */
  readonly line: string;
  /** The beginning of what it does; left out, all mutants of the line. */
  readonly what?: string;
  readonly why: string;
}

const same: readonly Same[] = [];

/** Is this one of them? */
export function sameAs(path: string, line: string, what: string): boolean {
  return same.some(
    (one) =>
      path === one.path && line.includes(one.line) && (one.what === undefined || what.startsWith(one.what)),
  );
}
