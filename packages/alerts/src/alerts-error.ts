/**
 * What can go wrong with alerts, as plain values that survive `JSON.stringify`. No message holds an address with its
 * path, a header or a key: these are secrets at most receivers.
 */

export const alertsErrorKinds = [
  /** The call itself is wrong: the message names the field. */
  'invalid',
  /** No alert of this cause was ever raised. */
  'unknown-alert',
  /** The alert of this cause has been resolved already. */
  'resolved',
  /** The store could not be read or written. */
  'store',
  /** The receiver understood the message and will not take it: the same message will be refused again. */
  'refused',
  /** The receiver could not be reached, was overloaded, or gave no answer in time: later it may work. */
  'unreachable',
  /** The caller's signal fired. */
  'cancelled',
] as const;

export type AlertsErrorKind = (typeof alertsErrorKinds)[number];

/** An error of this package. */
export interface AlertsError {
  readonly kind: AlertsErrorKind;
  /** One sentence for a person. */
  readonly message: string;
  /** The answer's HTTP status, where there was an answer. */
  readonly status?: number | undefined;
}

/** Makes an error; a status that is `undefined` is left out, so that the value equals its JSON. */
export function alertsError(kind: AlertsErrorKind, message: string, status?: number): AlertsError {
  return status === undefined ? { kind, message } : { kind, message, status };
}
