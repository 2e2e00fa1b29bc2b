import type { Applied, Failure } from '@belay/cloud';

/** What may go wrong with the proxy itself. What it does to others on purpose is a {@link ProxyFault}. */
export type ProxyErrorKind =
  /** Somebody else listens on that port. */
  | 'port-taken'
  /** An address, a rule or an option makes no sense; the message names it. */
  | 'invalid'
  /** The service behind the proxy did not answer. The client gets it as 502, with this error as the body. */
  | 'upstream-unreachable'
  /** The caller's signal fired before the proxy was open. */
  | 'cancelled'
  /** The port could not be listened on, for another reason. */
  | 'failed';

/** An error of the proxy, as a plain value: from opening it, from reading rules, and in the body of its 502. */
export interface ProxyError extends Failure {
  readonly kind: ProxyErrorKind;
}

export function proxyError(
  kind: ProxyErrorKind,
  message: string,
  more: { readonly applied?: Applied; readonly cause?: Failure } = {},
): ProxyError {
  return { kind, message, ...more };
}
