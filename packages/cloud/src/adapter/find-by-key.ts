import { err, ok, type Result } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import { findVisible } from '../found.ts';
import { fail, leftMs, type Span } from './span.ts';

/** What carries a key, and how it is known. */
export interface Keyed<T> {
  readonly span: Span;
  readonly key: string;
  /** What carries the key and is alive. One look. */
  readonly look: () => CloudResult<readonly T[]>;
  /** The provider's id of one of them. */
  readonly idOf: (one: T) => string;
}

/**
 * Looks by key until something is found, or until the window of visibility is over: `windowMs`, or the span's own where
 * absent.
 */
export function findByKey<T>(keyed: Keyed<T>, windowMs?: number): CloudResult<T | undefined> {
  const { span } = keyed;
  const { clock, chance, signal, provider, operation, visibilityMs } = span;
  return findVisible<T>({
    look: () => lookOnce(keyed),
    windowMs: windowMs ?? visibilityMs,
    clock,
    chance,
    signal,
    timeoutMs: leftMs(span),
    provider,
    operation,
  });
}

/** One look. More than one under a key is nobody's to choose from: the error names them all. */
export function lookOnce<T>({ span, key, look, idOf }: Keyed<T>): CloudResult<T | undefined> {
  return look().andThen((all): Result<T | undefined, CloudError> => {
    if (all.length <= 1) return ok(all[0]);
    const ids = all.map(idOf).sort().join(', ');
    return err(fail(span, 'idempotency-mismatch', `More than one resource carries the key ${key}: ${ids}.`));
  });
}

/** What was asked for, held against what is there. */
export interface Wanted<T> extends Pick<Keyed<T>, 'span' | 'idOf'> {
  /** In what it differs from what is asked for; `undefined` where it does not. */
  readonly difference: (made: T) => string | undefined;
}

/** Takes what was made under a key before for what is asked for now, if it is that. */
export function adopt<T>({ span, idOf, difference }: Wanted<T>, made: T): Result<T, CloudError> {
  const found = difference(made);
  if (found === undefined) return ok(made);
  const resourceId = idOf(made);
  const message = `${resourceId} was made under this key before, and ${found}.`;
  return err(fail(span, 'idempotency-mismatch', message, { resourceId }));
}
