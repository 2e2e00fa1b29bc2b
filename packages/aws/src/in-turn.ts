import { type CloudError, inTurn as inTurnOf } from '@belay/cloud';
import type { Result } from 'neverthrow';
import { leftMs, type Span } from './span.ts';

/** Work under one key, one after the other within this adapter, for as long as the verb may take. */
export function inTurn<T>(
  span: Span,
  key: string,
  work: () => Promise<Result<T, CloudError>>,
): Promise<Result<T, CloudError>> {
  const { ec2, signal, provider, operation, resourceId } = span;
  const { turns, clock } = ec2;
  const timeoutMs = leftMs(span);
  return inTurnOf({ turns, key, clock, signal, timeoutMs, provider, operation, resourceId }, work);
}
