import type { ResultAsync } from 'neverthrow';
import type { Applied, Failure } from './failure.ts';

/** What can go wrong inside a server, as plain values. */

export const hostErrorKinds = [
  /** No connection, or it broke: `applied` says what is known. */
  'unreachable',
  /** The server came back with another boot than the one that was worked with: what it had mounted may be gone. */
  'rebooted',
  'not-found',
  /** Held open by something, which the message names. */
  'busy',
  /** The disk found is not the disk that was meant. */
  'wrong-disk',
  /** A copy ended and is not whole: files could not be read, or vanished where nothing may vanish. */
  'incomplete',
  'invalid',
  'forbidden',
  'unsupported',
  /** The command ran and failed. */
  'failed',
  'timeout',
  'cancelled',
] as const;

export type HostErrorKind = (typeof hostErrorKinds)[number];

/** An error of a server's inside, as a plain value. */
export interface HostError extends Failure {
  readonly kind: HostErrorKind;
  readonly applied: Applied;
  /** Formatted reference of the server. */
  readonly host: string;
  /** The port's verb, such as `mounts.unmount`. */
  readonly operation: string;
}

/** The answer of the port: a value or a {@link HostError}, never an exception. */
export type HostResult<T> = ResultAsync<T, HostError>;

/** Makes a host error; fields that are `undefined` are left out. */
export function hostError(
  kind: HostErrorKind,
  at: { readonly host: string; readonly operation: string },
  message: string,
  more: { readonly applied?: Applied; readonly cause?: Failure | undefined } = {},
): HostError {
  const error: HostError = {
    kind,
    message,
    applied: more.applied ?? 'no',
    host: at.host,
    operation: at.operation,
  };
  return more.cause === undefined ? error : { ...error, cause: more.cause };
}
