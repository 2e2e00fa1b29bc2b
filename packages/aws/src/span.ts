import type { CloudResult, ReadOptions } from '@belay/cloud';
import { type Span as AnySpan, ask, askAgain, openSpan, type Send } from '@belay/cloud/adapter';
import { ResultAsync } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider, readError } from './errors.ts';

/** One verb under way, and what it is done with. */
export interface Span extends AnySpan {
  readonly ec2: Ec2;
}

export function beginRead(
  ec2: Ec2,
  operation: string,
  options: ReadOptions | undefined,
  resourceId?: string,
): Span {
  return { ec2, ...openSpan({ ...ec2, provider }, { operation, changes: false, resourceId }, options) };
}

export function beginChange(ec2: Ec2, operation: string, options: ReadOptions, resourceId?: string): Span {
  return { ec2, ...openSpan({ ...ec2, provider }, { operation, changes: true, resourceId }, options) };
}

/** What is sent to EC2 or Route 53. */
export type Request<T> = (api: Ec2Api, signal: AbortSignal) => Promise<T>;

/** Sends a read. It ends with the verb's signal and deadline, whatever the client does. */
export function read<T>(span: Span, request: Request<T>): CloudResult<T> {
  return ask(span, { changes: false }, sending(span, request, false));
}

/** Sends a change: an answer that is missing leaves `applied: 'unknown'`. */
export function change<T>(span: Span, request: Request<T>): CloudResult<T> {
  return ask(span, { changes: true }, sending(span, request, true));
}

/** Sends a change that names its object and may therefore be repeated without harm, three times in all. */
export function repeat<T>(span: Span, request: Request<T>): CloudResult<T> {
  return askAgain(span, sending(span, request, true));
}

function sending<T>({ ec2, operation, resourceId }: Span, request: Request<T>, changes: boolean): Send<T> {
  return (stop) =>
    ResultAsync.fromPromise(request(ec2.api, stop), (thrown) =>
      readError(thrown, { operation, changes, resourceId }),
    );
}
